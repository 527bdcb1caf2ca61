// Networks as ONNX files, so that other tools can open them.
//
// Model: opset 17 (20 where Gelu needs it), one node a layer, parameters of the normal form as
// constants again. Weights take no space (GraphWriter): their values matter for no decision. What
// import_onnx reads from the file has the same layers with the same signatures.
// Left out: a Softmax over several axes becomes three nodes, since no newer opset has it as one.
#pragma once

#include <filesystem>

#include "models/network/network.h"

namespace onnx {
class ModelProto;
}

namespace partita {

// Written whole or not at all. ConfigError for a costed graph, whose layers nobody can compute;
// Error where the file cannot be written.
void export_onnx(const Network& network, const std::filesystem::path& file);

onnx::ModelProto to_onnx(const Network& network);

}  // namespace partita
