#include "partition/bounds/memory_prices.h"

#include <algorithm>
#include <limits>

#include "partition/bounds/paths.h"

namespace partita {
namespace {

constexpr std::int64_t kUnit = std::int64_t{1} << 20;

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

}  // namespace

MemoryPrices::MemoryPrices(const Problem& problem, const Candidates& candidates)
    : problem_(problem),
      candidates_(candidates),
      weights_(problem.network.layer_count()),
      scarce_(problem.hardware.memories().size()) {
  const auto& processors = problem.hardware.processors();
  const bool load_store = has_load_store(problem.hardware);
  IdVector<MemoryId, Bytes> wanted(scarce_.size());
  IdVector<MemoryId, std::optional<Bytes>> beside(scarce_.size());
  for (const LayerId layer : problem.network.layers()) {
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
  for (const MemoryId memory : ids<MemoryId>(scarce_.size())) {
    const Bytes capacity = problem.hardware.memories()[memory].capacity;
    if (!beside[memory] || wanted[memory] + *beside[memory] <= capacity) continue;
    scarce_[memory] = true;
    room_ += (capacity - *beside[memory]).value;
  }
}

CostTable MemoryPrices::costs_at(Price price) const {
  CostTable costs = problem_.costs;
  for (const LayerId layer : problem_.network.layers()) {
    const auto cost =
        Time{static_cast<std::int64_t>(static_cast<Wide>(weights_[layer].value) * price / kUnit)};
    for (const ProcessorId p : candidates_[layer]) {
      if (!scarce_[problem_.hardware.processors()[p].memory]) continue;
      LayerCost longer = *costs(layer, p);
      longer.time += cost;
      costs.set(layer, p, longer);
    }
  }
  return costs;
}

Time MemoryPrices::refund_at(Price price) const {
  return Time{static_cast<std::int64_t>((room_ * price + kUnit - 1) / kUnit)};
}

// Prices at which it becomes better to leave a layer's weights out of scarce memories, ascending.
std::vector<MemoryPrices::Price> MemoryPrices::breakpoints() const {
  std::vector<Price> prices;
  for (const LayerId layer : problem_.network.layers()) {
    if (weights_[layer] == Bytes{}) continue;
    std::optional<Time> inside, outside;
    for (const ProcessorId p : candidates_[layer]) {
      auto& best = scarce_[problem_.hardware.processors()[p].memory] ? inside : outside;
      const Time time = duration(problem_, layer, p);
      best = std::min(best.value_or(time), time);
    }
    if (!inside || !outside || *outside <= *inside) continue;
    const Wide price =
        static_cast<Wide>((*outside - *inside).count()) * kUnit / weights_[layer].value;
    constexpr std::int64_t kHighest = std::int64_t{1} << 40;  // about a microsecond a byte
    prices.push_back(static_cast<Price>(std::min<Wide>(price, kHighest)));
  }
  std::sort(prices.begin(), prices.end());
  prices.erase(std::unique(prices.begin(), prices.end()), prices.end());
  return prices;
}

std::optional<MemoryPrices::Price> MemoryPrices::best_price(const Delays& delays,
                                                            const Deadline& deadline) const {
  const std::vector<Price> prices = breakpoints();
  if (prices.empty()) return std::nullopt;
  const auto length = [&](Price price) {
    const CostTable costs = costs_at(price);
    const Paths paths({problem_.network, problem_.hardware, costs}, delays, candidates_, deadline);
    return paths.longest() - refund_at(price);
  };
  // The length is concave in the price: its slope says on which side the best one is.
  std::size_t first = 0, last = prices.size() - 1;
  while (first < last && !deadline.passed()) {
    const std::size_t middle = (first + last) / 2;
    if (length(prices[middle]) < length(prices[middle + 1])) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return prices[first];
}

}  // namespace partita
