#include "partition/runtime/policies/move_times.h"

#include <algorithm>
#include <tuple>

namespace partita {

MoveTimes::MoveTimes(const Network& network, const Hardware& hardware)
    : network_(network), hardware_(hardware), delays_(network, hardware) {}

const std::optional<MoveTimes::Move>& MoveTimes::between(const Candidate& from,
                                                         const Candidate& to) {
  const Key key{from.configuration.get(), to.configuration.get()};
  auto found = known_.find(key);
  if (found == known_.end()) found = known_.emplace(key, work_out(from, to)).first;
  return found->second;
}

void MoveTimes::forget(const Configuration* gone) {
  std::erase_if(known_, [&](const auto& each) {
    return each.first.first == gone || each.first.second == gone;
  });
}

std::optional<MoveTimes::Move> MoveTimes::work_out(const Candidate& from,
                                                   const Candidate& to) const {
  // Who makes the first leg of a copy: an engine, or a processor by itself.
  using Copier = std::pair<std::optional<EngineId>, std::optional<ProcessorId>>;
  std::map<Copier, double> busy;
  Move sum;
  for (const WeightPlace& wanted : to.weights) {
    if (std::binary_search(from.weights.begin(), from.weights.end(), wanted)) continue;
    std::optional<Time> least;
    MemoryId src{};
    const WeightPlace first{wanted.weight, MemoryId{0}};
    for (auto at = std::lower_bound(from.weights.begin(), from.weights.end(), first);
         at != from.weights.end() && at->weight == wanted.weight; ++at) {
      const auto delay = delays_.of_constant(wanted.weight, at->memory, wanted.memory);
      if (delay && (!least || *delay < *least)) least = delay, src = at->memory;
    }
    if (!least) return std::nullopt;
    const Leg& leg = hardware_.route(src, wanted.memory)->front();
    double& copier = busy[{leg.engine, leg.copier}];
    copier += partita::seconds(*least);
    sum.seconds = std::max(sum.seconds, copier);
    sum.bytes += network_.tensor(wanted.weight).size;
  }
  return sum;
}

}  // namespace partita
