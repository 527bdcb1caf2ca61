#include "tests/partition/instances/stage_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

namespace partita::test {
namespace {

constexpr std::int64_t kTicks = 1'000'000'000;  // in a millisecond

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t end = line.find(" -- ", at);
    parts.push_back(line.substr(at, end == std::string::npos ? end : end - at));
    at = end == std::string::npos ? end : end + 4;
  }
  return parts;
}

double named(const std::string& text, const std::string& key) {
  const std::size_t at = text.find(key + "=");
  if (at == std::string::npos) throw std::runtime_error("no " + key + " in '" + text + "'");
  return std::stod(text.substr(at + key.size() + 1));
}

std::vector<std::size_t> topological(const StageGraph& graph) {
  std::vector<std::size_t> missing(graph.nodes.size()), order;
  for (const auto& node : graph.nodes) {
    for (const std::size_t next : node.successors) ++missing[next];
  }
  std::deque<std::size_t> ready;
  for (std::size_t node = 0; node < missing.size(); ++node) {
    if (missing[node] == 0) ready.push_back(node);
  }
  for (; !ready.empty(); ready.pop_front()) {
    order.push_back(ready.front());
    for (const std::size_t next : graph.nodes[ready.front()].successors) {
      if (--missing[next] == 0) ready.push_back(next);
    }
  }
  if (order.size() != graph.nodes.size()) throw std::runtime_error("the graph has a cycle");
  return order;
}

StageGraph read(std::istream& in) {
  struct Raw {
    std::string id, what;
    double time;
  };
  std::vector<Raw> raw;
  std::vector<std::pair<std::string, std::string>> edges;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const bool edge = line.front() == '\t';
    const auto parts = split(edge ? line.substr(1) : line);
    if (parts.size() < 2) throw std::runtime_error("'" + line + "' is neither node nor edge");
    if (edge) {
      edges.emplace_back(parts[0], parts[1]);
    } else {
      raw.push_back({parts[0], parts[1],
                     named(line, "forward_compute_time") + named(line, "backward_compute_time")});
    }
  }
  std::set<std::string> entered;
  for (const auto& [from, to] : edges) entered.insert(to);
  StageGraph graph;
  std::map<std::string, std::optional<std::size_t>> known;  // absent: dropped
  for (const Raw& node : raw) {
    const bool source = node.what.starts_with("Input") && !entered.contains(node.id);
    known[node.id] = source ? std::optional<std::size_t>{} : graph.nodes.size();
    if (!source) graph.nodes.push_back({node.id, node.time, {}});
  }
  for (const auto& [from, to] : edges) {
    for (const std::string& id : {from, to}) {
      if (!known.contains(id)) throw std::runtime_error("an edge names '" + id + "'");
    }
    if (!known[from] || !known[to]) continue;
    auto& successors = graph.nodes[*known[from]].successors;
    if (std::find(successors.begin(), successors.end(), *known[to]) == successors.end())
      successors.push_back(*known[to]);
  }
  if (graph.nodes.empty()) throw std::runtime_error("no nodes");
  topological(graph);
  return graph;
}

}  // namespace

bool is_stage_graph(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line) && line.empty()) {
  }
  return line.find(" -- ") != std::string::npos &&
         line.find("forward_compute_time=") != std::string::npos;
}

StageGraph read_stage_graph(const std::filesystem::path& file) {
  try {
    std::ifstream in(file);
    return read(in);
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

StageLoads loads_of(const StageGraph& graph, std::size_t stages) {
  StageLoads result;
  loads::LoadModel& model = result.model;
  model.ticks = kTicks;
  model.ordered = true;
  for (std::size_t stage = 0; stage < stages; ++stage) {
    const std::string name = fmt::format("stage {}", stage);
    model.resources.push_back(name);
    const auto place = model.places.push_back({name, std::nullopt});
    model.devices.push_back({name, place});
  }
  result.item.resize(graph.nodes.size());
  for (const std::size_t node : topological(graph)) {
    loads::Item item{.name = graph.nodes[node].id, .options = {}, .size = {}};
    const auto time = static_cast<std::int64_t>(std::llround(graph.nodes[node].time * kTicks));
    for (std::size_t stage = 0; stage < stages; ++stage)
      item.options.push_back({loads::DeviceId(stage), {{loads::ResourceId(stage), time}}});
    result.item[node] = model.items.push_back(std::move(item));
  }
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    for (const std::size_t next : graph.nodes[node].successors)
      model.arcs.push_back({result.item[node], result.item[next]});
  }
  std::sort(model.arcs.begin(), model.arcs.end());
  return result;
}

}  // namespace partita::test
