// Published profiles of networks that are cut into stages (PipeDream: Narayanan et al., SOSP 2019).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "partition/loads/load_model.h"

namespace partita::test {

// "nodeN -- what -- forward_compute_time=ms, backward_compute_time=ms, ..." and "<tab>nodeA -- nodeB".
struct StageGraph {
  struct Node {
    std::string id;
    double time = 0;  // forward and backward, ms
    std::vector<std::size_t> successors;
  };
  std::vector<Node> nodes;  // without sources that are called "Input..."
};

// Whether a file has the structure of the format, whatever is wrong with it otherwise.
bool is_stage_graph(const std::filesystem::path& file);
// Throws std::runtime_error, which names the file and what is wrong with it.
StageGraph read_stage_graph(const std::filesystem::path& file);

// `stages` equal devices one after another, no communication; items are the nodes in topological order.
struct StageLoads {
  loads::LoadModel model;
  std::vector<loads::ItemId> item;  // of each node
};
StageLoads loads_of(const StageGraph& graph, std::size_t stages);

}  // namespace partita::test
