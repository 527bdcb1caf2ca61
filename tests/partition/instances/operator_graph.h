// Published operator graphs with accelerators and CPUs (dnn_partitioning: Tarnawski et al., "Efficient
// Algorithms for Device Placement of DNN Graph Operators", NeurIPS 2020).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "partition/loads/load_model.h"

namespace partita::test {

// Times are those of the file, in its unit (ms).
struct OperatorGraph {
  struct Node {
    std::string id;                     // as the file writes it
    std::optional<double> accelerator;  // absent: not supported there
    double cpu = 0;
    bool backward = false;
    std::optional<std::string> colour;  // the same: on one device
    double size = 0;                    // bytes
    double send = 0;                    // its output, between an accelerator and host memory
    std::vector<std::size_t> successors;
  };
  std::string name;
  std::size_t accelerators = 0, cpus = 0;
  double capacity = 0;  // bytes, of each accelerator
  std::vector<Node> nodes;
};

// Whether a file has the structure of the format, whatever is wrong with it otherwise.
bool is_operator_graph(const std::filesystem::path& file);
// Throws std::runtime_error, which names the file and what is wrong with it.
OperatorGraph read_operator_graph(const std::filesystem::path& file);

// A load model of the graph, and which item each node went to.
//
// Model: load(CPU) = sum of cpu times; load(accelerator D) = sum of accelerator times in D
//   + send(u) for each u in D with a successor outside, once
//   + send(u) for each u outside with a successor in D, once for each D.
// Devices are the accelerators, then the CPUs; each is a place and a resource of its own. Arcs are those
// of the forward part; backward nodes follow their colour, and those without a forward partner count as
// forward nodes with their arcs turned round, as in the paper's appendix.
struct OperatorLoads {
  loads::LoadModel model;
  std::vector<loads::ItemId> item;  // of each node
};
OperatorLoads loads_of(const OperatorGraph& graph);

}  // namespace partita::test
