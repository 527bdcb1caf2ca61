#include "tests/partition/instances/recheck.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace partita::test {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using Graph = std::map<std::string, std::set<std::string>>;  // successors

[[noreturn]] void broken(const std::string& what) { throw std::runtime_error(what); }

std::string text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}
bool yes(const json& node, const char* key, bool otherwise) {
  const json value = node.value(key, json(otherwise));
  return value.is_number() ? value.get<double>() != 0 : value.is_boolean() && value.get<bool>();
}

// Everything that can be reached from these, them included.
std::set<std::string> reached(const Graph& graph, std::vector<std::string> from) {
  std::set<std::string> seen(from.begin(), from.end());
  while (!from.empty()) {
    const std::string node = from.back();
    from.pop_back();
    const auto at = graph.find(node);
    if (at == graph.end()) continue;
    for (const std::string& next : at->second) {
      if (seen.insert(next).second) from.push_back(next);
    }
  }
  return seen;
}

// A path that leaves the part leads to no member of it.
void check_contiguous(const Graph& graph, const std::set<std::string>& part, std::int64_t device) {
  std::vector<std::string> outside;
  for (const std::string& node : part) {
    const auto at = graph.find(node);
    if (at == graph.end()) continue;
    for (const std::string& next : at->second) {
      if (!part.contains(next)) outside.push_back(next);
    }
  }
  for (const std::string& node : reached(graph, std::move(outside))) {
    if (part.contains(node))
      broken(fmt::format("a path leaves device {} and comes back at {}", device, node));
  }
}

double max_load(const json& instance, const ordered_json& assignment, bool contiguous) {
  const auto accelerators = instance["maxFPGAs"].get<std::int64_t>();
  const auto cpus = instance["maxCPUs"].get<std::int64_t>();
  std::map<std::string, json> nodes;
  std::map<std::string, std::int64_t> device;
  std::map<std::int64_t, double> load, size;
  std::map<std::string, std::int64_t> of_colour;
  for (const json& node : instance["nodes"]) {
    const std::string id = text(node["id"]);
    if (!assignment.contains(id)) broken(fmt::format("node {} is nowhere", id));
    const auto on = assignment[id].get<std::int64_t>();
    if (on < 0 || on >= accelerators + cpus) broken(fmt::format("there is no device {}", on));
    const bool fast = on < accelerators;
    if (fast && !yes(node, "supportedOnFpga", true))
      broken(fmt::format("node {} cannot be on an accelerator", id));
    if (node.contains("colorClass") && !node["colorClass"].is_null()) {
      const auto [at, is_new] = of_colour.emplace(text(node["colorClass"]), on);
      if (!is_new && at->second != on)
        broken(fmt::format("colour {} is on two devices", at->first));
    }
    load[on] += node[fast ? "fpgaLatency" : "cpuLatency"].get<double>();
    size[on] += node["size"].get<double>();
    device[id] = on;
    nodes[id] = node;
  }
  if (assignment.size() != nodes.size()) broken("the assignment names nodes that there are not");
  std::map<std::string, std::set<std::int64_t>> goes_to;
  std::map<std::string, double> cost;
  Graph forward;
  for (const json& edge : instance["edges"]) {
    const std::string from = text(edge["sourceId"]), to = text(edge["destId"]);
    if (device.at(from) != device.at(to)) goes_to[from].insert(device.at(to));
    cost[from] = edge["cost"].get<double>();
    const bool backward =
        yes(nodes[from], "isBackwardNode", false) || yes(nodes[to], "isBackwardNode", false);
    if (!backward) forward[from].insert(to);
  }
  for (const auto& [from, devices] : goes_to) {
    if (device[from] < accelerators) load[device[from]] += cost[from];
    for (const std::int64_t to : devices) {
      if (to < accelerators) load[to] += cost[from];
    }
  }
  double most = 0;
  for (const auto& [on, sum] : load) {
    most = std::max(most, sum);
    if (on < accelerators && size[on] > instance["maxSizePerFPGA"].get<double>())
      broken(fmt::format("device {} holds {} bytes", on, size[on]));
    if (!contiguous) continue;
    std::set<std::string> part;
    for (const auto& [id, where] : device) {
      if (where == on && !yes(nodes[id], "isBackwardNode", false)) part.insert(id);
    }
    check_contiguous(forward, part, on);
  }
  return most;
}

double slowest_stage(const std::filesystem::path& file, std::int64_t stages,
                     const ordered_json& assignment) {
  static const std::regex kNode(
      R"(^(\S+) -- (.*) -- forward_compute_time=([0-9.eE+-]+), backward_compute_time=([0-9.eE+-]+).*)");
  static const std::regex kEdge(R"(^\t(\S+) -- (\S+)\s*)");
  std::map<std::string, double> time;
  std::set<std::string> inputs, entered;
  std::vector<std::pair<std::string, std::string>> edges;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::smatch found;
    if (std::regex_match(line, found, kNode)) {
      time[found[1]] = std::stod(found[3]) + std::stod(found[4]);
      if (found[2].str().starts_with("Input")) inputs.insert(found[1]);
    } else if (std::regex_match(line, found, kEdge)) {
      edges.emplace_back(found[1], found[2]);
      entered.insert(found[2]);
    }
  }
  std::map<std::int64_t, double> load;
  const auto dropped = [&](const std::string& node) {
    return inputs.contains(node) && !entered.contains(node);
  };
  for (const auto& [node, cost] : time) {
    if (dropped(node)) continue;
    if (!assignment.contains(node)) broken(fmt::format("{} has no stage", node));
    const auto stage = assignment[node].get<std::int64_t>();
    if (stage < 0 || stage >= stages) broken(fmt::format("there is no stage {}", stage));
    load[stage] += cost;
  }
  for (const auto& [from, to] : edges) {
    if (!dropped(from) && assignment[from] > assignment[to])
      broken(fmt::format("{} is in a later stage than {}", from, to));
  }
  double slowest = 0;
  for (const auto& [stage, sum] : load) slowest = std::max(slowest, sum);
  return slowest;
}

std::vector<double> fields(std::string line) {
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == ',' || c == ':'; }, ' ');
  std::istringstream in(line);
  std::vector<double> found;
  for (std::string word; in >> word;) {
    try {
      found.push_back(std::stod(word));
    } catch (const std::exception&) {
      found.push_back(0);  // a name
    }
  }
  return found;
}

struct Tasks {
  std::vector<std::vector<double>> times;
  std::map<std::pair<std::size_t, std::size_t>, double> edges;
};

Tasks tasks_of(const std::filesystem::path& file) {
  Tasks tasks;
  const auto rows = [](const std::filesystem::path& table) {
    std::vector<std::vector<double>> found;
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      auto row = fields(line);
      if (row.empty()) continue;
      row.erase(row.begin());
      found.push_back(std::move(row));
    }
    return found;
  };
  if (std::filesystem::is_directory(file)) {
    for (const auto& entry : std::filesystem::directory_iterator(file)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with("_task_exe_time.csv")) tasks.times = rows(entry.path());
      if (!name.ends_with("_task_connectivity.csv")) continue;
      const auto weights = rows(entry.path());
      for (std::size_t from = 0; from < weights.size(); ++from) {
        for (std::size_t to = 0; to < weights[from].size(); ++to) {
          if (weights[from][to] != 0) tasks.edges[{from, to}] = weights[from][to];
        }
      }
    }
    return tasks;
  }
  std::ifstream in(file);
  std::string section;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) {
      section = line;
      continue;
    }
    auto row = fields(line);
    if (row.size() < 2) continue;
    row.erase(row.begin());
    if (section.starts_with("#tasks")) tasks.times.push_back(row);
    if (section.starts_with("#edges"))
      tasks.edges[{static_cast<std::size_t>(row[0]), static_cast<std::size_t>(row[1])}] = row[2];
  }
  return tasks;
}

double makespan(const std::filesystem::path& file, const ordered_json& schedule) {
  constexpr double kTolerance = 1e-9;
  const Tasks tasks = tasks_of(file);
  struct Span {
    std::size_t processor;
    double start, finish;
  };
  std::map<std::size_t, Span> spans;
  for (const auto& entry : schedule) {
    const auto task = entry["task"].get<std::size_t>();
    const auto processor = entry["processor"].get<std::size_t>();
    const auto start = entry["start"].get<double>();
    if (start < 0) broken(fmt::format("task {} starts before time", task));
    spans[task] = {processor, start, start + tasks.times.at(task).at(processor)};
  }
  if (spans.size() != tasks.times.size() || schedule.size() != spans.size())
    broken("not every task is there once");
  double last = 0;
  for (const auto& [task, span] : spans) {
    last = std::max(last, span.finish);
    for (const auto& [other, theirs] : spans) {
      const bool overlap = task < other && span.processor == theirs.processor &&
                           span.start < theirs.finish - kTolerance &&
                           theirs.start < span.finish - kTolerance;
      if (overlap) broken(fmt::format("tasks {} and {} overlap", task, other));
    }
  }
  for (const auto& [ends, cost] : tasks.edges) {
    const Span &from = spans[ends.first], &to = spans[ends.second];
    const double ready = from.finish + (from.processor == to.processor ? 0 : cost);
    if (to.start < ready - kTolerance)
      broken(fmt::format("task {} starts before what it needs is there", ends.second));
  }
  return last;
}

}  // namespace

double value_of(const std::filesystem::path& file, const std::string& objective,
                const ordered_json& assignment) {
  if (objective == "makespan") return makespan(file, assignment);
  if (objective.starts_with("stages:"))
    return slowest_stage(file, std::stoll(objective.substr(7)), assignment);
  std::ifstream in(file);
  const json instance = json::parse(in);
  if (objective == "max_load") return max_load(instance, assignment, false);
  if (objective == "contiguous_max_load") return max_load(instance, assignment, true);
  broken("nobody here can recompute '" + objective + "'");
}

}  // namespace partita::test
