#include "partition/bounds/memory_fees.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>

namespace partita {
namespace {

constexpr std::int64_t kMostSteps = 8;
constexpr std::array<std::int64_t, 3> kPercentOfWeights{95, 75, 50};
constexpr std::size_t kFewLayers = 5'000;  // for which all steps are tried

bool can_be_left(const Problem& problem, TensorId weight, const std::vector<ProcessorId>& readers) {
  return std::any_of(readers.begin(), readers.end(), [&](ProcessorId p) {
    return can_be_read_in_place(problem, weight, problem.hardware.processors()[p].memory);
  });
}

// Beside its weights, what a layer needs of a memory.
Bytes beside_weights(const Problem& problem, LayerId layer, MemoryId memory) {
  Bytes needed = needed_at_least(problem, layer, memory);
  for (const TensorId weight : weights_of(problem.network, layer)) {
    if (!can_be_read_in_place(problem, weight, memory))
      needed = needed - problem.network.tensor(weight).size;
  }
  return needed;
}

// Wherever the layer runs, at least.
Bytes beside_anywhere(const Problem& problem, const Candidates& candidates, LayerId layer) {
  std::optional<Bytes> least;
  for (const ProcessorId p : candidates[layer]) {
    const Bytes beside = beside_weights(problem, layer, problem.hardware.processors()[p].memory);
    least = std::min(least.value_or(beside), beside);
    if (!has_load_store(problem.hardware)) break;  // the same in every memory
  }
  return *least;
}

// The least that all layers with weights need beside them; and what those need at least that have most
// of the weights, or half of them.
std::vector<Bytes> thresholds(const Problem& problem, const Candidates& candidates) {
  std::map<Bytes, std::int64_t, std::greater<>> weights;  // by what is needed beside them
  std::int64_t all = 0;
  for (const LayerId layer : problem.network.layers()) {
    std::int64_t sum = 0;
    for (const TensorId weight : weights_of(problem.network, layer)) {
      const Tensor& tensor = problem.network.tensor(weight);
      sum += tensor.size.value / static_cast<std::int64_t>(tensor.consumers.size());
    }
    if (sum == 0) continue;
    weights[beside_anywhere(problem, candidates, layer)] += sum;
    all += sum;
  }
  std::vector<Bytes> thresholds{Bytes{0}};
  for (const std::int64_t percent : kPercentOfWeights) {
    std::int64_t sum = 0;
    for (const auto& [beside, size] : weights) {
      sum += size;
      if (static_cast<Wide>(sum) * 100 < static_cast<Wide>(all) * percent) continue;
      if (beside > thresholds.back()) thresholds.push_back(beside);
      break;
    }
  }
  return thresholds;
}

}  // namespace

MemoryFees::MemoryFees(const Problem& problem, const Candidates& candidates, Bytes least_beside)
    : problem_(&problem),
      candidates_(&candidates),
      weights_(problem.network.layer_count()),
      more_beside_(problem.network.layer_count()),
      room_(problem.hardware.memories().size(), kPlenty) {
  const auto& processors = problem.hardware.processors();
  const bool load_store = has_load_store(problem.hardware);
  IdVector<MemoryId, Bytes> wanted(room_.size());
  IdVector<MemoryId, std::optional<Bytes>> beside(room_.size());
  for (const LayerId layer : problem.network.layers()) {
    if (beside_anywhere(problem, candidates, layer) < least_beside) continue;
    for (const TensorId weight : weights_of(problem.network, layer)) {
      const Tensor& tensor = problem.network.tensor(weight);
      if (load_store && can_be_left(problem, weight, candidates[layer])) continue;
      weights_[layer] +=
          Bytes{tensor.size.value / static_cast<std::int64_t>(tensor.consumers.size())};
    }
    if (weights_[layer] == Bytes{}) continue;
    // The same beside every memory, where nothing can be left elsewhere.
    const Bytes anywhere =
        load_store ? Bytes{} : beside_weights(problem, layer, processors[ProcessorId{0}].memory);
    std::optional<MemoryId> counted;
    for (const ProcessorId p : candidates[layer]) {
      const MemoryId memory = processors[p].memory;
      const Bytes others = load_store ? beside_weights(problem, layer, memory) : anywhere;
      beside[memory] = std::min(beside[memory].value_or(others), others);
      if (counted != memory) wanted[memory] += weights_[layer];
      counted = memory;
    }
  }
  for (const MemoryId memory : ids<MemoryId>(room_.size())) {
    const Bytes capacity = problem.hardware.memories()[memory].capacity;
    if (!beside[memory] || wanted[memory] + *beside[memory] <= capacity) continue;
    room_[memory] = (capacity - *beside[memory]).value;
  }
  for (const LayerId layer : problem.network.layers()) {
    if (weights_[layer] == Bytes{}) continue;
    std::optional<Bytes> more;
    for (const ProcessorId p : candidates[layer]) {
      const MemoryId memory = processors[p].memory;
      if (room_[memory] == kPlenty) continue;
      const Bytes above = beside_weights(problem, layer, memory) - *beside[memory];
      more = std::min(more.value_or(above), above);
    }
    more_beside_[layer] = more.value_or(Bytes{});
  }
}

bool MemoryFees::any() const {
  return std::any_of(room_.begin(), room_.end(), [](std::int64_t room) { return room != kPlenty; });
}

CostTable MemoryFees::costs() const {
  CostTable costs = problem_->costs;
  for (const LayerId layer : problem_->network.layers()) {
    for (const ProcessorId p : (*candidates_)[layer]) {
      const Time fee = of(layer, p);
      if (fee == Time{0}) continue;
      LayerCost longer = *costs(layer, p);
      longer.time += fee;
      costs.set(layer, p, longer);
    }
  }
  return costs;
}

Time MemoryFees::refund() const {
  Wide room = 0;
  for (const std::int64_t of_memory : room_) room += of_memory == kPlenty ? 0 : of_memory;
  return Time{static_cast<std::int64_t>((room * price_ + kUnit - 1) / kUnit)};
}

// Prices at which it becomes better to leave a layer's weights out of scarce memories, ascending.
std::vector<MemoryFees::Price> MemoryFees::breakpoints() const {
  std::vector<Price> prices;
  for (const LayerId layer : problem_->network.layers()) {
    std::optional<Time> inside, outside;
    Wide counted_there = 0;
    for (const ProcessorId p : (*candidates_)[layer]) {
      const std::int64_t room = room_[problem_->hardware.processors()[p].memory];
      auto& best = room != kPlenty ? inside : outside;
      if (room != kPlenty) counted_there = std::max(counted_there, counted(layer, room));
      const Time time = duration(*problem_, layer, p);
      best = std::min(best.value_or(time), time);
    }
    if (counted_there == 0 || !inside || !outside || *outside <= *inside) continue;
    const Wide price = static_cast<Wide>((*outside - *inside).count()) * kUnit / counted_there;
    constexpr std::int64_t kHighest = std::int64_t{1} << 40;  // about a microsecond a byte
    prices.push_back(static_cast<Price>(std::min<Wide>(price, kHighest)));
  }
  std::sort(prices.begin(), prices.end());
  prices.erase(std::unique(prices.begin(), prices.end()), prices.end());
  return prices;
}

// Returns the bound with it.
Time MemoryFees::choose_price(const Bound& bound, const Deadline& deadline) {
  const std::vector<Price> prices = breakpoints();
  if (prices.empty()) return Time{0};
  const auto length = [&](Price price) {
    price_ = price;
    return bound(*this) - refund();
  };
  // It is concave in the price: its slope says on which side the best one is.
  std::size_t first = 0, last = prices.size() - 1;
  while (first < last && !deadline.passed()) {
    const std::size_t middle = (first + last) / 2;
    if (length(prices[middle]) < length(prices[middle + 1])) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return length(prices[first]);
}

std::optional<MemoryFees> MemoryFees::best(const Problem& problem, const Candidates& candidates,
                                           const Bound& bound, const Deadline& deadline) {
  const bool few = problem.network.layer_count() <= kFewLayers;
  std::optional<MemoryFees> best;
  Time most{0};
  for (const Bytes least_beside : thresholds(problem, candidates)) {
    const MemoryFees plain(problem, candidates, least_beside);
    if (!plain.any()) continue;
    for (std::int64_t steps = 0; steps <= (few ? kMostSteps : 1); ++steps) {
      if (deadline.passed()) break;
      MemoryFees fees = plain;
      fees.steps_ = steps;
      const Time raised = fees.choose_price(bound, deadline);
      if (raised > most) most = raised, best = std::move(fees);
    }
  }
  return best;
}

}  // namespace partita
