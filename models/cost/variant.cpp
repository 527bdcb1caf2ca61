#include "models/cost/variant.h"

namespace partita {

CostTable without_layers(CostTable costs, const std::vector<LayerId>& skipped) {
  for (const LayerId layer : skipped) {
    for (const ProcessorId processor : ids<ProcessorId>(costs.processors())) {
      const std::optional<LayerCost>& cost = costs(layer, processor);
      if (!cost) continue;
      costs.set(layer, processor, LayerCost{Time{1}, Bytes{}, cost->source, false, {}});
    }
  }
  return costs;
}

}  // namespace partita
