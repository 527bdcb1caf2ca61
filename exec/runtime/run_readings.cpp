#include "exec/runtime/run_readings.h"

#include "models/timeline/time_spent.h"

namespace partita::exec {

std::vector<LayerReading> layer_readings(const Timeline& timeline, const Network& network,
                                         const Hardware& hardware, const Plan& plan,
                                         const std::vector<ProcessorId>& in_whole,
                                         std::uint32_t input_class) {
  const IdVector<LayerId, Time> spent = time_spent(timeline, network, hardware, plan);
  std::vector<LayerReading> readings;
  for (const LayerId layer : network.layers()) {
    readings.push_back({layer, in_whole.at(index(plan.processor(layer))), input_class, spent[layer],
                        timeline.layers[layer].finish - spent[layer]});
  }
  return readings;
}

std::vector<CopyReading> copy_readings(const Timeline& timeline, const Hardware& hardware,
                                       const Plan& plan, std::uint32_t input_class) {
  std::vector<CopyReading> readings;
  for (const LegSpan& span : timeline.legs) {
    const Transfer& transfer = plan.transfers()[span.transfer];
    const Leg& leg = (*hardware.route(transfer.src, transfer.dst))[span.leg];
    readings.push_back({transfer.tensor, leg.src, leg.dst, span.finish - span.data, input_class});
  }
  return readings;
}

}  // namespace partita::exec
