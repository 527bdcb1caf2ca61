#include "partition/methods/critical.h"

#include <algorithm>

namespace partita {

const std::vector<LayerId>& CriticalLayers::find(const Plan& plan, const Timeline& timeline) {
  last_leg_.resize(plan.transfers().size());
  for (std::uint32_t i = 0; i < timeline.legs.size(); ++i) last_leg_[timeline.legs[i].transfer] = i;
  position_.resize(network_.layer_count());
  for (const std::vector<LayerId>& order : plan.placement().order) {
    for (std::uint32_t i = 0; i < order.size(); ++i) position_[order[i]] = i;
  }
  found_.clear();
  LayerId at = last_of_all(plan, timeline);
  do {
    found_.push_back(at);
  } while (waited_for(at, plan, timeline, at));
  return found_;
}

LayerId CriticalLayers::last_of_all(const Plan& plan, const Timeline& timeline) const {
  LayerId last{};
  for (const LayerId layer : network_.layers()) {
    if (timeline.layers[layer].finish > timeline.layers[last].finish) last = layer;
  }
  if (timeline.layers[last].finish == timeline.makespan) return last;
  for (const LegSpan& leg : timeline.legs) {
    const Tensor& tensor = network_.tensor(plan.transfers()[leg.transfer].tensor);
    if (leg.finish == timeline.makespan && tensor.producer) return *tensor.producer;
  }
  return last;
}

bool CriticalLayers::came_at(TensorId input, LayerId consumer, const Plan& plan,
                             const Timeline& timeline) const {
  const LayerId producer = *network_.tensor(input).producer;
  const Time start = timeline.layers[consumer].start;
  const MemoryId here = hardware_.processors()[plan.processor(consumer)].memory;
  if (hardware_.processors()[plan.processor(producer)].memory == here)
    return timeline.layers[producer].finish == start;
  const Plan::Range sent = plan.transfers_of(producer);
  for (std::uint32_t i = sent.first; i < sent.last; ++i) {
    const Transfer& transfer = plan.transfers()[i];
    if (transfer.tensor == input && transfer.dst == here)
      return timeline.legs[last_leg_[i]].finish == start;
  }
  return false;
}

bool CriticalLayers::waited_for(LayerId layer, const Plan& plan, const Timeline& timeline,
                                LayerId& cause) const {
  for (const TensorId input : network_.layer(layer).inputs) {
    const auto& producer = network_.tensor(input).producer;
    if (!producer || !came_at(input, layer, plan, timeline)) continue;
    cause = *producer;
    return true;
  }
  const std::vector<LayerId>& order = plan.order(plan.processor(layer));
  const auto streams =
      static_cast<std::uint32_t>(hardware_.processors()[plan.processor(layer)].streams);
  // Layers start in order: this one may have waited for the one before to start, or for a stream.
  // Whatever held the stream started not long before.
  const std::uint32_t last = position_[layer];
  const Time start = timeline.layers[layer].start;
  for (std::uint32_t i = last; i-- > (last > 4 * streams ? last - 4 * streams : 0);) {
    const LayerSpan& before = timeline.layers[order[i]];
    if (before.finish != start && before.start != start) continue;
    cause = order[i];
    return true;
  }
  return false;
}

}  // namespace partita
