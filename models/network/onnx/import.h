// ONNX files as networks.
//
// Model: one pass over the nodes in topological order. Each becomes layers in the normal form of
// operator.h, whose shapes follow from its operands'; whatever depends on constants alone is
// computed, so that chains of Shape, Gather, Concat and the like leave constants behind and no
// shape stays unknown. An If whose condition is constant is replaced by its branch. Constants that
// are operands of a learnt kind (kernels, biases, scales, tables) become weights without values;
// the others keep theirs. Layers that no output needs are dropped.
// Left out: Loop, Scan, an If that depends on inputs; operators of other domains than our own
// "partita", which has the collectives (operator.h); functions; quantised types; results that only
// training needs. Tensors that are used twice in different form (a table and its transpose) count
// as two weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/network/network.h"

namespace onnx {
class ModelProto;
}

namespace partita {

struct ImportOptions {
  // Extents of the free dimensions of inputs, by the name that the file gives them ("batch"); one
  // that has none is named after its input and axis ("data.0").
  std::map<std::string, std::int64_t> dimensions{};
  // Values in a file of their own that is missing or too short: an error, else a warning.
  bool must_have_data = false;
  // Weights keep the values that the file has for them: for networks that were trained.
  bool keep_weights = false;
};

// Opset 7 or newer. Throws ConfigError with all mistakes, each naming its node ("node 'x' (Conv):
// ..."). What is only doubtful is added to `warnings`, if given.
Network import_onnx(const std::filesystem::path& file, const ImportOptions& options = {},
                    std::vector<std::string>* warnings = nullptr);

// The same for a model in memory; `where` for messages, `folder` for values in files of their own.
Network import_onnx(const onnx::ModelProto& model, const std::string& name, const SourceLoc& where,
                    const std::filesystem::path& folder, const ImportOptions& options,
                    std::vector<std::string>& warnings);

}  // namespace partita
