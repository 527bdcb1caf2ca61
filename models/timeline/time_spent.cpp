#include "models/timeline/time_spent.h"

#include <algorithm>
#include <map>
#include <utility>

namespace partita {
namespace {

// When each tensor that travels was there for a processor that is about to read it.
class Arrivals {
 public:
  Arrivals(const Timeline& timeline, const Plan& plan) {
    // Legs of a transfer stand in order, so the last one stays.
    for (const LegSpan& leg : timeline.legs) {
      const Transfer& transfer = plan.transfers()[leg.transfer];
      last_leg_[{transfer.tensor, transfer.dst}] = &leg;
    }
  }

  Time operator()(TensorId tensor, MemoryId memory, ProcessorId reader) const {
    const auto found = last_leg_.find({tensor, memory});
    if (found == last_leg_.end()) return Time{0};  // made there, or there from the start
    const LegSpan& leg = *found->second;
    return leg.copier == reader ? leg.queued : leg.finish;
  }

 private:
  std::map<std::pair<TensorId, MemoryId>, const LegSpan*> last_leg_;
};

}  // namespace

IdVector<LayerId, Time> time_spent(const Timeline& timeline, const Network& network,
                                   const Hardware& hardware, const Plan& plan) {
  const Arrivals arrival(timeline, plan);
  const auto memory_of = [&](LayerId layer) {
    return hardware.processors()[plan.processor(layer)].memory;
  };
  IdVector<LayerId, Time> spent(timeline.layers.size(), Time{0});
  for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
    const MemoryId memory = hardware.processors()[p].memory;
    std::map<int, Time> free_from;  // by stream
    for (const LayerId layer : plan.order(p)) {
      const LayerSpan& span = timeline.layers[layer];
      Time since = std::exchange(free_from[span.stream], span.finish);
      for (const TensorId input : network.layer(layer).inputs) {
        since = std::max(since, arrival(input, memory, p));
        // On one memory with its producer it does not travel.
        const std::optional<LayerId>& producer = network.tensor(input).producer;
        if (producer && memory_of(*producer) == memory)
          since = std::max(since, timeline.layers[*producer].finish);
      }
      spent[layer] = span.finish - std::min(since, span.start);
    }
  }
  return spent;
}

}  // namespace partita
