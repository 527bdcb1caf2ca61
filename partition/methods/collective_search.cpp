#include "partition/methods/collective_search.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "models/collectives/collectives.h"
#include "models/collectives/participants.h"
#include "models/network/collective_kind.h"

namespace partita {
namespace {

bool adds_up(OpKind kind) { return kind == OpKind::AllReduce || kind == OpKind::ReduceScatter; }

// Of the plan with its collectives done so; the largest time where it cannot be done.
Time makespan(const Problem& problem, const Plan& plan) {
  auto made = with_collectives(problem.network, problem.hardware, problem.costs, plan);
  const auto* expanded = std::get_if<Expanded>(&made);
  if (expanded == nullptr) return Time::max();
  Evaluator evaluator(expanded->network, expanded->hardware, expanded->costs);
  const Timeline& timeline = evaluator.run(expanded->plan);
  return exceeded_capacity(timeline, expanded->hardware).empty() ? timeline.makespan : Time::max();
}

// A ring of m in p pieces is m * m * p steps each way; more pieces than these never paid.
std::vector<CollectiveChoice> candidates() {
  std::vector<CollectiveChoice> all;
  for (const int pieces : {1, 2, 4, 8}) {
    for (const CollectiveAlgorithm algorithm :
         {CollectiveAlgorithm::Direct, CollectiveAlgorithm::Ring, CollectiveAlgorithm::Tree}) {
      all.push_back({algorithm, pieces});
    }
  }
  for (const int pieces : {1, 2, 4, 8, 16, 64}) {
    all.push_back({CollectiveAlgorithm::InSwitch, pieces});
  }
  return all;
}

}  // namespace

Plan::Collectives all_collectives(const Network& network, const CollectiveChoice& choice) {
  Plan::Collectives all;
  for (const LayerId layer : network.layers()) {
    const auto kind = collective_of(network.layer(layer));
    if (!kind) continue;
    all[layer] = choice;
    if (choice.algorithm == CollectiveAlgorithm::InSwitch && !adds_up(*kind)) {
      all[layer].algorithm = CollectiveAlgorithm::Direct;
    }
  }
  return all;
}

Plan with_fastest_collectives(const Problem& problem, Plan plan) {
  using Group = std::tuple<OpKind, Bytes, std::vector<ProcessorId>>;
  std::vector<std::pair<Group, std::vector<LayerId>>> groups;
  for (const LayerId layer : problem.network.layers()) {
    const auto kind = collective_of(problem.network.layer(layer));
    if (!kind) continue;
    const auto operands = collective_operands(problem.network, problem.network.layer(layer));
    Group group{*kind, problem.network.tensor(operands.front()).size,
                participants_of(problem.network, problem.hardware, plan, layer).ring};
    const auto found = std::find_if(groups.begin(), groups.end(),
                                    [&](const auto& known) { return known.first == group; });
    if (found == groups.end()) {
      groups.emplace_back(std::move(group), std::vector<LayerId>{layer});
    } else {
      found->second.push_back(layer);
    }
  }
  Plan::Collectives best;
  plan = with_choices(std::move(plan), best);
  Time fastest = makespan(problem, plan);
  for (const auto& [group, layers] : groups) {
    for (const CollectiveChoice& choice : candidates()) {
      Plan::Collectives tried = best;
      for (const LayerId layer : layers) tried[layer] = choice;
      const Time time = makespan(problem, with_choices(plan, tried));
      if (time >= fastest) continue;
      fastest = time;
      best = std::move(tried);
    }
  }
  return with_choices(std::move(plan), best);
}

}  // namespace partita
