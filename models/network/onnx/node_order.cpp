#include "models/network/onnx/node_order.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>

namespace partita {
namespace {

// Names of the graph's own; what else its nodes read comes from around it.
void add_outer_names(const onnx::GraphProto& graph, std::vector<std::string>& names) {
  std::set<std::string> own;
  for (const auto& input : graph.input()) own.insert(input.name());
  for (const auto& initializer : graph.initializer()) own.insert(initializer.name());
  for (const auto& node : graph.node()) own.insert(node.output().begin(), node.output().end());
  const auto add = [&](const std::string& name) {
    if (own.count(name) == 0) names.push_back(name);
  };
  for (const auto& node : graph.node()) {
    for (const std::string& name : names_read(node)) add(name);
  }
  for (const auto& output : graph.output()) add(output.name());
}

struct Links {
  std::vector<std::vector<int>> readers;  // of each node
  std::vector<int> waits_for;             // nodes that each one still needs
};

std::string cycle_text(const onnx::GraphProto& graph, const Links& links) {
  // Every node that is left waits for another one that is left, so going back must come round.
  std::vector<int> needs(links.waits_for.size(), -1);
  for (int from = 0; from < graph.node_size(); ++from) {
    if (links.waits_for[static_cast<std::size_t>(from)] == 0) continue;
    for (const int to : links.readers[static_cast<std::size_t>(from)]) {
      needs[static_cast<std::size_t>(to)] = from;
    }
  }
  int at = 0;
  while (links.waits_for[static_cast<std::size_t>(at)] == 0) ++at;
  std::vector<int> walk;
  std::set<int> seen;
  while (seen.insert(at).second) {
    walk.push_back(at);
    at = needs[static_cast<std::size_t>(at)];
  }
  walk.erase(walk.begin(), std::find(walk.begin(), walk.end(), at));
  walk.push_back(at);
  std::reverse(walk.begin(), walk.end());
  std::vector<std::string> names;
  for (const int node : walk) names.push_back(label(graph.node(node)));
  constexpr std::size_t kShown = 8;
  if (names.size() > kShown) {
    names.resize(kShown);
    names.emplace_back("...");
  }
  return fmt::format("{}", fmt::join(names, " -> "));
}

}  // namespace

std::string label(const onnx::NodeProto& node) {
  const bool has_name = !node.name().empty();
  if (!has_name && node.output_size() == 0) return fmt::format("a node ({})", node.op_type());
  return fmt::format("node '{}' ({})", has_name ? node.name() : node.output(0), node.op_type());
}

std::vector<std::string> names_read(const onnx::NodeProto& node) {
  std::vector<std::string> names;
  for (const std::string& name : node.input()) {
    if (!name.empty()) names.push_back(name);
  }
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) add_outer_names(attribute.g(), names);
    for (const auto& graph : attribute.graphs()) add_outer_names(graph, names);
  }
  return names;
}

std::vector<const onnx::NodeProto*> ordered_nodes(
    const onnx::GraphProto& graph, const std::function<bool(const std::string&)>& is_known,
    const SourceLoc& where, Diagnostics& diagnostics) {
  const auto count = static_cast<std::size_t>(graph.node_size());
  std::map<std::string, int> producers;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& name : graph.node(i).output()) {
      if (name.empty()) continue;
      const auto [first, is_new] = producers.emplace(name, i);
      if (!is_new) {
        diagnostics.error(
            where, fmt::format("{}: '{}' is made twice, first by {}", label(graph.node(i)), name,
                               label(graph.node(first->second))));
      } else if (is_known(name)) {
        diagnostics.error(where, fmt::format("{}: '{}' is the name of something else already",
                                             label(graph.node(i)), name));
      }
    }
  }
  Links links{std::vector<std::vector<int>>(count), std::vector<int>(count, 0)};
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& name : names_read(graph.node(i))) {
      const auto producer = producers.find(name);
      if (producer != producers.end()) {
        links.readers[static_cast<std::size_t>(producer->second)].push_back(i);
        ++links.waits_for[static_cast<std::size_t>(i)];
      } else if (!is_known(name)) {
        diagnostics.error(where, fmt::format("{}: it reads '{}', which nothing makes",
                                             label(graph.node(i)), name));
      }
    }
  }
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < graph.node_size(); ++i) {
    if (links.waits_for[static_cast<std::size_t>(i)] == 0) ready.push(i);
  }
  std::vector<const onnx::NodeProto*> order;
  while (!ready.empty()) {
    const int node = ready.top();
    ready.pop();
    order.push_back(&graph.node(node));
    for (const int reader : links.readers[static_cast<std::size_t>(node)]) {
      if (--links.waits_for[static_cast<std::size_t>(reader)] == 0) ready.push(reader);
    }
  }
  if (order.size() < count) {
    diagnostics.error(where, "nodes wait for each other: " + cycle_text(graph, links));
  }
  return order;
}

}  // namespace partita
