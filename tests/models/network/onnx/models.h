// ONNX models written as text, and what the importer makes of them.
#pragma once

#include <onnx/onnx_pb.h>

#include <ostream>
#include <string>
#include <vector>

#include "models/network/onnx/import.h"

namespace partita {

// `graph` in ONNX's textual syntax: "g (float[1,3] x) => (float[1,3] y) { y = Relu(x) }".
onnx::ModelProto model_of(const std::string& graph, int opset = 17);

Network imported(const onnx::ModelProto& model, const ImportOptions& options = {},
                 std::vector<std::string>* warnings = nullptr);
Network imported(const std::string& graph, int opset = 17);

// The error of importing the graph, without the file's name; "" where there is none.
std::string error_of(const std::string& graph, int opset = 17);
std::string error_of(const onnx::ModelProto& model, const ImportOptions& options = {});

std::vector<std::string> signatures(const Network& network);

// One ONNX operator and the layers in normal form that it must become.
struct NormalForm {
  std::string name;
  int opset;
  std::string graph;
  std::vector<std::string> signatures;
};
void PrintTo(const NormalForm& form, std::ostream* out);  // for GoogleTest
const std::vector<NormalForm>& normal_forms();

}  // namespace partita
