// Published task graphs: times of each task on each processor, and edges that cost a pure delay.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/hardware/hardware.h"
#include "models/network/network.h"

namespace partita::test {

struct TaskGraph {
  struct Edge {
    std::size_t from, to;
    double cost;
  };
  std::string name;
  std::vector<std::vector<double>> times;  // [task][processor], in milliseconds
  std::vector<Edge> edges;
};

// Each edge is a tensor of its own with a given transfer time.
Network network_of(const TaskGraph& graph);
// Its processors, each on a memory of its own, without contention.
Hardware machine_of(const Network& network);

// Topcuoglu, Hariri, Wu 2002, figures 2 and 3: HEFT gives 80, CPOP 86.
TaskGraph topcuoglu2002();

// The folder of shared data, where there is one: $PARTITA_DATA, else shared/data beside the
// repository.
std::optional<std::filesystem::path> shared_data();
// Tables *_task_exe_time.csv and *_task_connectivity.csv of a folder.
TaskGraph read_tables(const std::filesystem::path& folder);
// "#tasks", "i: time, time, ...", "#edges", "k: from, to, cost".
TaskGraph read_listing(const std::filesystem::path& file);

}  // namespace partita::test
