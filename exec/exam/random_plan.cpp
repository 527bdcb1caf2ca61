#include "exec/exam/random_plan.h"

#include <algorithm>
#include <random>

#include "models/base/assert.h"

namespace partita::exec {
namespace {

// std::mt19937_64 is the same everywhere; the standard's distributions are not.
double fraction(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

std::vector<ProcessorId> able(const CostTable& costs, LayerId layer, std::size_t processors) {
  std::vector<ProcessorId> found;
  for (const ProcessorId p : ids<ProcessorId>(processors)) {
    if (costs(layer, p)) found.push_back(p);
  }
  return found;
}

}  // namespace

Plan random_plan(const Network& network, const Hardware& hardware, const CostTable& costs,
                 double mean_block, std::uint64_t seed, std::string name) {
  std::mt19937_64 random(seed);
  const std::size_t processors = hardware.processors().size();
  IdVector<LayerId, ProcessorId> processor(network.layer_count());
  IdVector<LayerId, double> rank(network.layer_count());
  ProcessorId current{};
  bool new_block = true;
  for (const LayerId layer : network.layers()) {
    const std::vector<ProcessorId> candidates = able(costs, layer, processors);
    PARTITA_ASSERT(!candidates.empty(), "a layer that no processor can run");
    const bool stays = std::find(candidates.begin(), candidates.end(), current) != candidates.end();
    if (new_block || !stays) current = candidates[random() % candidates.size()];
    processor[layer] = current;
    rank[layer] = static_cast<double>(index(layer));
    new_block = fraction(random) < 1 / mean_block;
  }
  auto plan =
      make_plan(network, hardware, ordered_by(processor, processors, rank), std::move(name));
  PARTITA_ASSERT(std::holds_alternative<Plan>(plan), std::get<BadPlan>(plan).reason);
  return std::move(std::get<Plan>(plan));
}

}  // namespace partita::exec
