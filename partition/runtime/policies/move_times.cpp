#include "partition/runtime/policies/move_times.h"

#include <algorithm>

namespace partita {

MoveTimes::MoveTimes(const Network& network, const Hardware& hardware)
    : network_(network), cost_(network, hardware) {}

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

std::optional<MoveTimes::Move> MoveTimes::work_out(const Candidate& from, const Candidate& to) {
  Move all;
  cost_.clear();
  for (const WeightPlace& wanted : to.weights) {
    if (std::binary_search(from.weights.begin(), from.weights.end(), wanted)) continue;
    std::optional<Time> least;
    MemoryId src{};
    const WeightPlace first{wanted.weight, MemoryId{0}};
    for (auto at = std::lower_bound(from.weights.begin(), from.weights.end(), first);
         at != from.weights.end() && at->weight == wanted.weight; ++at) {
      const auto time = cost_.alone(wanted.weight, at->memory, wanted.memory);
      if (time && (!least || *time < *least)) least = time, src = at->memory;
    }
    if (!least) return std::nullopt;
    cost_.add(wanted.weight, src, wanted.memory);
    all.bytes += network_.tensor(wanted.weight).size;
  }
  all.seconds = partita::seconds(cost_.together());
  return all;
}

}  // namespace partita
