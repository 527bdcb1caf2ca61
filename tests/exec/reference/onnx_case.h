// One case of the ONNX backend test suite (Debian package libonnx-testdata): a small model with
// inputs and the outputs that the specification demands.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "exec/values/tensor_value.h"
#include "models/network/network.h"

namespace partita {

struct OnnxCase {
  Network network;
  std::map<TensorId, TensorValue> inputs;
  std::map<TensorId, TensorValue> expected;  // the outputs that the network has
};

// The case cannot be run, and why.
struct NotRun {
  std::string reason;
};

// The model in `folder` with its first data set. What the importer wants constant (axes, shapes,
// bounds) are inputs in these models, so they are made initializers before it sees them;
// initializers that it would make seeded weights of become inputs.
std::variant<OnnxCase, NotRun> load_onnx_case(const std::filesystem::path& folder);

}  // namespace partita
