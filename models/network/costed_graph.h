// Costed graphs: networks whose layers are known by their times, not by what they compute.
//
// JSON, version 1:
//   {"costed_graph": 1,
//    "name": "example",
//    "processors": ["cpu0", "gpu0"],
//    "layers": [
//      {"name": "a", "times": {"cpu0": "12 us", "gpu0": "3 us"}, "memory": "3 MB",
//       "workspace": "1 MB"},
//      {"name": "b", "times": {"cpu0": "2 us"}}],
//    "edges": [{"from": "a", "to": "b", "tensor": "x", "size": "1 MB"}]}
//
// times:     alone on that processor, above zero; one that is absent cannot run the layer
// memory:    weights that stay on the layer's processor (default: none)
// workspace: memory while the layer runs (default: none)
// collective: "all_reduce", "reduce_scatter", "all_gather", "all_to_all", "broadcast", "gather" or
//            "scatter": the layer is what several processors do together, one for each operand
//            (edge to it), or for each result of a broadcast or scatter (default: none). Operands
//            have equal sizes; results, as many (one of a gather), in the order in which their
//            tensors first stand in `edges`, the sizes that follow. Its times are those of doing it
//            alone, on one processor
// edges:     "size" is carried by the machine's links; "time" instead is a pure delay, paid only
//            between different processors. Edges of one layer that name the same "tensor" carry
//            one result; an edge without it carries one of its own.
#pragma once

#include <string>

#include "models/base/document.h"
#include "models/network/network.h"

namespace partita {

// All mistakes at once, each with its place (ConfigError).
Network load_costed_graph(const Document& document);

// The same graph as text that load_costed_graph reads. Precondition: network.given_times().
std::string to_costed_json(const Network& network);

}  // namespace partita
