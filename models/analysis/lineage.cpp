#include "models/analysis/lineage.h"

namespace partita {

InputArrivals::InputArrivals(const PlanRun& run)
    : run_(run), brought_(run.network.tensors().size()) {
  const std::vector<LegSpan>& legs = run.timeline.legs;
  for (std::uint32_t i = 0; i < legs.size(); ++i) {
    if (i + 1 < legs.size() && legs[i + 1].transfer == legs[i].transfer) continue;
    const Transfer& transfer = run.transfer(legs[i]);
    brought_[index(transfer.tensor)].emplace_back(transfer.dst, i);
  }
}

InputArrivals::Arrival InputArrivals::last_input(LayerId layer) const {
  const MemoryId here = run_.memory(layer);
  Arrival last;
  bool any = false;
  for (const TensorId input : run_.network.layer(layer).inputs) {
    const Tensor& tensor = run_.network.tensor(input);
    if (!moves(tensor)) continue;
    Arrival arrival{Time{0}, std::nullopt, tensor.producer};
    if (tensor.producer) arrival.at = run_.span(*tensor.producer).finish;
    if (!tensor.producer || run_.memory(*tensor.producer) != here) {
      for (const auto& [memory, leg] : brought_[index(input)]) {
        if (memory != here) continue;
        arrival.at = run_.timeline.legs[leg].finish;
        arrival.leg = leg;
      }
    }
    if (!any || arrival.at > last.at) last = arrival;
    any = true;
  }
  return last;
}

InputArrivals::Arrival InputArrivals::before(std::uint32_t leg) const {
  const LegSpan& span = run_.timeline.legs[leg];
  const std::optional<LayerId>& producer = run_.tensor(span).producer;
  if (span.leg > 0) return {run_.timeline.legs[leg - 1].finish, leg - 1, producer};
  if (producer) return {run_.span(*producer).finish, std::nullopt, producer};
  return {};
}

}  // namespace partita
