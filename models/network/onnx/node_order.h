// The nodes of an ONNX graph in an order in which results are made before they are read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/base/diagnostics.h"

namespace onnx {
class GraphProto;
class NodeProto;
}  // namespace onnx

namespace partita {

// What a person calls the node: its name, else its operator and first result.
std::string label(const onnx::NodeProto& node);  // "node 'conv1' (Conv)"

// Names that the node reads, those that its branches read from around them included.
std::vector<std::string> names_read(const onnx::NodeProto& node);

// Kahn's algorithm, the first in the file first. `is_known(name)`: made outside of the nodes.
// Records doubled and missing names and cycles as errors at `where`; nodes in a cycle are left out.
std::vector<const onnx::NodeProto*> ordered_nodes(
    const onnx::GraphProto& graph, const std::function<bool(const std::string&)>& is_known,
    const SourceLoc& where, Diagnostics& diagnostics);

}  // namespace partita
