#include "tests/partition/task_graph.h"

#include <configured/source_dir.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "models/network/implied_machine.h"

namespace partita::test {
namespace {

Time ms(double value) { return Time{std::llround(value * 1e9)}; }

// The numbers of a line, whatever stands between them.
std::vector<double> numbers(std::string line) {
  for (char& c : line) {
    if (std::string_view{"0123456789.-"}.find(c) == std::string_view::npos) c = ' ';
  }
  std::istringstream in(line);
  std::vector<double> found;
  for (double value = 0; in >> value;) found.push_back(value);
  return found;
}

std::vector<std::string> lines(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in.is_open()) throw std::runtime_error("cannot read " + file.string());
  std::vector<std::string> found;
  for (std::string line; std::getline(in, line);) found.push_back(line);
  return found;
}

// A table with a header line and a name before each row.
std::vector<std::vector<double>> table(const std::filesystem::path& file) {
  std::vector<std::vector<double>> rows;
  const auto all = lines(file);
  for (std::size_t i = 1; i < all.size(); ++i)
    rows.push_back(numbers(all[i].substr(std::min(all[i].size(), all[i].find(',')))));
  return rows;
}

}  // namespace

Network network_of(const TaskGraph& graph) {
  NetworkBuilder builder(graph.name);
  std::vector<Layer> layers(graph.times.size());
  for (std::size_t i = 0; i < layers.size(); ++i) layers[i].name = "T" + std::to_string(i);
  for (const TaskGraph::Edge& edge : graph.edges) {
    Tensor tensor;
    tensor.name = layers[edge.from].name + ">" + layers[edge.to].name;
    tensor.transfer_time = ms(edge.cost);
    const TensorId id = builder.add_tensor(std::move(tensor));
    layers[edge.from].outputs.push_back(id);
    layers[edge.to].inputs.push_back(id);
  }
  for (Layer& layer : layers) builder.add_layer(std::move(layer));
  std::vector<std::string> processors;
  for (std::size_t p = 0; p < graph.times.front().size(); ++p)
    processors.push_back("P" + std::to_string(p));
  std::vector<std::vector<std::optional<Time>>> times;
  for (const std::vector<double>& row : graph.times) {
    times.emplace_back();
    for (const double value : row) times.back().push_back(ms(value));
  }
  builder.set_given_times(std::move(processors), std::move(times));
  return builder.build({graph.name, 0, 0});
}

Hardware machine_of(const Network& network) {
  return HardwareBuilder::build(implied_machine(network));
}

TaskGraph topcuoglu2002() {
  return {"topcuoglu2002",
          {{14, 16, 9},
           {13, 19, 18},
           {11, 13, 19},
           {13, 8, 17},
           {12, 13, 10},
           {13, 16, 9},
           {7, 15, 11},
           {5, 11, 14},
           {18, 12, 20},
           {21, 7, 16}},
          {{0, 1, 18},
           {0, 2, 12},
           {0, 3, 9},
           {0, 4, 11},
           {0, 5, 14},
           {1, 7, 19},
           {1, 8, 16},
           {2, 6, 23},
           {3, 7, 27},
           {3, 8, 23},
           {4, 8, 13},
           {5, 7, 15},
           {6, 9, 17},
           {7, 9, 11},
           {8, 9, 13}}};
}

std::optional<std::filesystem::path> shared_data() {
  const char* named = std::getenv("PARTITA_DATA");
  const std::filesystem::path folder =
      named != nullptr ? named : PARTITA_SOURCE_DIR "/../shared/data";
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

TaskGraph read_tables(const std::filesystem::path& folder) {
  TaskGraph graph{folder.filename().string(), {}, {}};
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("_task_exe_time.csv")) graph.times = table(entry.path());
    if (!name.ends_with("_task_connectivity.csv")) continue;
    const auto weights = table(entry.path());
    for (std::size_t from = 0; from < weights.size(); ++from) {
      for (std::size_t to = 0; to < weights[from].size(); ++to) {
        if (weights[from][to] != 0) graph.edges.push_back({from, to, weights[from][to]});
      }
    }
  }
  return graph;
}

TaskGraph read_listing(const std::filesystem::path& file) {
  TaskGraph graph{file.stem().string(), {}, {}};
  std::string section;
  for (const std::string& line : lines(file)) {
    if (line.starts_with('#')) {
      section = line.substr(0, line.find_last_not_of(" \r\t") + 1);
      continue;
    }
    std::vector<double> row = numbers(line);
    if (row.size() < 2) continue;
    row.erase(row.begin());  // the line's own number
    if (section == "#tasks") graph.times.push_back(row);
    if (section == "#edges") {
      if (row.size() != 3) throw std::runtime_error(file.string() + ": no edge in '" + line + "'");
      graph.edges.push_back(
          {static_cast<std::size_t>(row[0]), static_cast<std::size_t>(row[1]), row[2]});
    }
  }
  return graph;
}

}  // namespace partita::test
