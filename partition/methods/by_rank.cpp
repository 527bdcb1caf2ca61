#include "partition/methods/by_rank.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "models/network/collective_kind.h"
#include "partition/bounds/paths.h"

namespace partita {
namespace {

using Ranks = IdVector<LayerId, std::optional<std::size_t>>;

void meet(std::optional<std::size_t>& rank, std::size_t other) {
  rank = std::min(rank.value_or(other), other);
}

// Time of all layers together on each processor that can run all of them.
std::vector<ProcessorId> fastest_processors(const Problem& problem) {
  std::vector<std::pair<Time, ProcessorId>> able;
  for (const ProcessorId p : ids<ProcessorId>(problem.hardware.processors().size())) {
    Time total{0};
    bool can = true;
    for (const LayerId layer : problem.network.layers()) {
      can = can && problem.costs(layer, p).has_value();
      if (can) total += duration(problem, layer, p);
    }
    if (can) able.emplace_back(total, p);
  }
  std::sort(able.begin(), able.end());
  std::vector<ProcessorId> processors;
  for (const auto& [time, processor] : able) processors.push_back(processor);
  return processors;
}

}  // namespace

Ranks ranks_of(const Network& network) {
  Ranks ranks(network.layer_count());
  const auto passes = [&](LayerId layer) { return !collective_of(network.layer(layer)); };
  for (const LayerId id : network.layers()) {
    if (passes(id)) continue;
    const Layer& layer = network.layer(id);
    const std::vector<TensorId> operands = collective_operands(network, layer);
    for (std::size_t rank = 0; rank < operands.size(); ++rank) {
      const auto producer = network.tensor(operands[rank]).producer;
      if (producer && passes(*producer)) meet(ranks[*producer], rank);
    }
    for (std::size_t rank = 0; rank < layer.outputs.size(); ++rank) {
      for (const LayerId reader : network.tensor(layer.outputs[rank]).consumers) {
        if (passes(reader)) meet(ranks[reader], rank);
      }
    }
  }
  const auto take_from = [&](LayerId layer, const std::vector<LayerId>& neighbours) {
    std::optional<std::size_t> lowest;
    for (const LayerId neighbour : neighbours) {
      if (passes(neighbour) && ranks[neighbour]) meet(lowest, *ranks[neighbour]);
    }
    if (passes(layer) && !ranks[layer]) ranks[layer] = lowest;
  };
  for (const LayerId layer : network.layers()) take_from(layer, network.predecessors(layer));
  for (std::size_t left = network.layer_count(); left-- > 0;) {
    const auto layer = static_cast<LayerId>(left);
    take_from(layer, network.successors(layer));
  }
  return ranks;
}

Outcome solve_by_rank(const Problem& problem, const SearchOptions&) {
  const Ranks ranks = ranks_of(problem.network);
  if (std::none_of(ranks.begin(), ranks.end(), [](const auto& rank) { return rank.has_value(); })) {
    return Infeasible{"the network has no collectives whose ranks processors could be"};
  }
  const std::vector<ProcessorId> processors = fastest_processors(problem);
  if (processors.empty()) return Infeasible{"no processor can run all layers of a rank"};
  Placement placement;
  placement.order.resize(problem.hardware.processors().size());
  for (const LayerId layer : problem.network.layers()) {
    const ProcessorId at = processors[ranks[layer].value_or(0) % processors.size()];
    placement.processor.push_back(at);
    placement.order[at].push_back(layer);
  }
  auto made = make_plan(problem.network, problem.hardware, std::move(placement), "by_rank");
  if (const auto* bad = std::get_if<BadPlan>(&made)) return Infeasible{bad->reason};
  Plan plan = std::get<Plan>(std::move(made));
  CostModel model(problem);
  const Judgement found = model.judge(plan);
  if (!found.feasible()) return Infeasible{model.why_infeasible()};
  return Solution{std::move(plan), found.cost, found.value};
}

}  // namespace partita
