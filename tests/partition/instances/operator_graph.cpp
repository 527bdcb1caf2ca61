#include "tests/partition/instances/operator_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace partita::test {
namespace {

using loads::DeviceId;
using loads::ItemId;
using loads::PlaceId;
using loads::ResourceId;
using loads::TariffId;
using loads::Uses;
using nlohmann::json;

std::optional<json> parse(const std::filesystem::path& file) {
  std::ifstream in(file);
  json document = json::parse(in, nullptr, false);
  if (document.is_discarded()) return std::nullopt;
  return document;
}

// 0/1 in some files, false/true in others.
bool flag(const json& node, const char* key, bool otherwise) {
  if (!node.contains(key) || node[key].is_null()) return otherwise;
  return node[key].is_boolean() ? node[key].get<bool>() : node[key].get<double>() != 0;
}

OperatorGraph read(const json& document, const std::string& name) {
  OperatorGraph graph{.name = name,
                      .accelerators = document.at("maxFPGAs").get<std::size_t>(),
                      .cpus = document.at("maxCPUs").get<std::size_t>(),
                      .capacity = document.at("maxSizePerFPGA").get<double>(),
                      .nodes = {}};
  std::map<std::string, std::size_t> known;
  for (const json& in : document.at("nodes")) {
    OperatorGraph::Node node{.id = in.at("id").dump(),
                             .accelerator = in.at("fpgaLatency").get<double>(),
                             .cpu = in.at("cpuLatency").get<double>(),
                             .backward = flag(in, "isBackwardNode", false),
                             .colour = std::nullopt,
                             .size = in.at("size").get<double>(),
                             .send = 0,
                             .successors = {}};
    if (in.at("id").is_string()) node.id = in["id"].get<std::string>();
    if (!flag(in, "supportedOnFpga", true)) node.accelerator.reset();
    if (in.contains("colorClass") && !in["colorClass"].is_null())
      node.colour = in["colorClass"].dump();
    if (!known.emplace(node.id, graph.nodes.size()).second)
      throw std::runtime_error(fmt::format("node {} is there twice", node.id));
    graph.nodes.push_back(std::move(node));
  }
  std::set<std::pair<std::size_t, std::size_t>> seen;
  std::vector<std::optional<double>> cost(graph.nodes.size());
  for (const json& in : document.at("edges")) {
    std::array<std::size_t, 2> ends{};
    for (const std::size_t side : {0, 1}) {
      const json& id = in.at(side == 0 ? "sourceId" : "destId");
      const auto found = known.find(id.is_string() ? id.get<std::string>() : id.dump());
      if (found == known.end())
        throw std::runtime_error(
            fmt::format("an edge names node {}, which is not there", id.dump()));
      ends[side] = found->second;
    }
    const double sent = in.at("cost").get<double>();
    if (cost[ends[0]].value_or(sent) != sent)
      throw std::runtime_error(fmt::format("the edges of node {} differ in cost", ends[0]));
    cost[ends[0]] = sent;
    if (ends[0] != ends[1] && seen.emplace(ends[0], ends[1]).second)
      graph.nodes[ends[0]].successors.push_back(ends[1]);
  }
  for (std::size_t node = 0; node < cost.size(); ++node)
    graph.nodes[node].send = cost[node].value_or(0);
  return graph;
}

}  // namespace

// Kahn's algorithm, the first of the file first.
std::vector<std::size_t> topological(const OperatorGraph& graph) {
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

std::int64_t ticks_for(const OperatorGraph& graph) {
  double total = 1;
  for (const auto& node : graph.nodes) {
    total += node.cpu + node.accelerator.value_or(0) +
             node.send * static_cast<double>(graph.accelerators + 1);
  }
  std::int64_t ticks = 1'000'000'000'000;
  while (ticks > 1 && total * static_cast<double>(ticks) > std::exp2(60)) ticks /= 10;
  return ticks;
}

bool is_operator_graph(const std::filesystem::path& file) {
  if (file.extension() != ".json") return false;
  const auto document = parse(file);
  return document && document->is_object() && document->contains("nodes") &&
         document->contains("edges") && document->contains("maxFPGAs");
}

OperatorGraph read_operator_graph(const std::filesystem::path& file) {
  try {
    const auto document = parse(file);
    if (!document) throw std::runtime_error("no JSON");
    OperatorGraph graph = read(*document, file.stem().string());
    topological(graph);  // acyclic
    return graph;
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

OperatorLoads loads_of(const OperatorGraph& graph) {
  OperatorLoads result;
  loads::LoadModel& model = result.model;
  const std::int64_t ticks = model.ticks = ticks_for(graph);
  const auto scaled = [&](double time) {
    return static_cast<std::int64_t>(std::llround(time * static_cast<double>(ticks)));
  };
  const std::size_t devices = graph.accelerators + graph.cpus;
  for (std::size_t i = 0; i < devices; ++i) {
    const bool accelerator = i < graph.accelerators;
    const std::string name = accelerator ? fmt::format("accelerator {}", i)
                                         : fmt::format("cpu {}", i - graph.accelerators);
    model.resources.push_back(name);
    model.places.push_back({name, std::nullopt});
    if (accelerator)
      model.places[PlaceId(i)].capacity = Bytes{static_cast<std::int64_t>(graph.capacity)};
    model.devices.push_back({name, PlaceId(i)});
  }

  // Items: colours, and nodes without one, in topological order of their first node.
  const std::vector<std::size_t> order = topological(graph);
  std::map<std::string, ItemId> of_colour;
  std::vector<std::vector<std::size_t>> members;
  result.item.resize(graph.nodes.size());
  for (const std::size_t node : order) {
    const auto& colour = graph.nodes[node].colour;
    const auto next = ItemId(members.size());
    const ItemId item = colour ? of_colour.emplace(*colour, next).first->second : next;
    if (item == next) members.emplace_back();
    members[index(item)].push_back(node);
    result.item[node] = item;
  }
  std::vector<bool> has_forward(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    loads::Item item{.name = graph.nodes[members[i].front()].id, .options = {}, .size = {}};
    std::int64_t fast = 0, slow = 0;
    double size = 0;
    bool supported = true;
    for (const std::size_t node : members[i]) {
      supported = supported && graph.nodes[node].accelerator.has_value();
      fast += scaled(graph.nodes[node].accelerator.value_or(0));
      slow += scaled(graph.nodes[node].cpu);
      size += graph.nodes[node].size;
      has_forward[i] = has_forward[i] || !graph.nodes[node].backward;
    }
    item.size = Bytes{static_cast<std::int64_t>(std::ceil(size))};
    for (std::size_t d = supported ? 0 : graph.accelerators; d < devices; ++d)
      item.options.push_back(
          {DeviceId(d), {{ResourceId(d), d < graph.accelerators ? fast : slow}}});
    model.items.push_back(std::move(item));
  }

  // Tensors of one item with the same consumers always move together: one net.
  std::map<std::pair<ItemId, std::vector<ItemId>>, std::int64_t> nets;
  std::set<loads::LoadModel::Arc> arcs;
  for (const std::size_t node : order) {
    const auto& from = graph.nodes[node];
    const ItemId producer = result.item[node];
    std::set<ItemId> consumers;
    for (const std::size_t next : from.successors) {
      const auto& to = graph.nodes[next];
      const ItemId consumer = result.item[next];
      if (consumer == producer) continue;
      consumers.insert(consumer);
      if (!from.backward && !to.backward) arcs.insert({producer, consumer});
      if (from.backward && to.backward &&
          !(has_forward[index(producer)] && has_forward[index(consumer)]))
        arcs.insert({consumer, producer});
    }
    if (!consumers.empty() && scaled(from.send) > 0)
      nets[{producer, {consumers.begin(), consumers.end()}}] += scaled(from.send);
  }
  model.arcs.assign(arcs.begin(), arcs.end());
  std::map<std::int64_t, TariffId> tariffs;
  for (const auto& [ends, cost] : nets) {
    const auto [found, is_new] = tariffs.emplace(cost, TariffId(model.tariffs.size()));
    if (is_new) {
      loads::Tariff tariff;
      for (std::size_t from = 0; from < devices; ++from) {
        const auto paid = [&](std::size_t device) {
          return device < graph.accelerators ? Uses{{ResourceId(device), cost}} : Uses{};
        };
        tariff.once.push_back(paid(from));
        tariff.each.push_back({});
        for (std::size_t to = 0; to < devices; ++to)
          tariff.each[DeviceId(from)].push_back(to == from ? Uses{} : paid(to));
      }
      model.tariffs.push_back(std::move(tariff));
    }
    model.nets.push_back({ends.first, ends.second, found->second});
  }
  return result;
}

}  // namespace partita::test
