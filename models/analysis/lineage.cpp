#include "models/analysis/lineage.h"

namespace partita {

Sources::Sources(const WorkloadRun& run) : run_(run), brought_(run.requests.size()) {
  for (std::size_t request = 0; request < run.requests.size(); ++request) {
    const PlanRun& one = run.requests[request];
    const std::vector<LegSpan>& legs = one.timeline.legs;
    std::vector<Brought>& brought = brought_[request];
    for (std::uint32_t i = 0; i < legs.size(); ++i) {
      if (i + 1 < legs.size() && legs[i + 1].transfer == legs[i].transfer) continue;
      const Transfer& transfer = one.transfer(legs[i]);
      const Place place{transfer.tensor, transfer.dst};
      brought.push_back({place, i});
      if (run.network.tensor(transfer.tensor).stays) weights_.try_emplace(place, request, i);
    }
    std::sort(brought.begin(), brought.end(),
              [](const Brought& a, const Brought& b) { return a.place < b.place; });
  }
}

Sources::Source Sources::last_input(std::size_t request, LayerId layer) const {
  const PlanRun& run = run_.requests[request];
  const MemoryId here = run.memory(layer);
  Source last{request, run.admitted, {}, {}};
  bool any = false;
  for (const TensorId input : run_.network.layer(layer).inputs) {
    const Tensor& tensor = run_.network.tensor(input);
    if (!moves(tensor)) continue;
    Source source{request, run.admitted, std::nullopt, tensor.producer};
    if (tensor.producer) source.at = run.span(*tensor.producer).finish;
    if (!tensor.producer || run.memory(*tensor.producer) != here) {
      const Place place{input, here};
      const auto found = std::lower_bound(
          brought_[request].begin(), brought_[request].end(), place,
          [](const Brought& each, const Place& wanted) { return each.place < wanted; });
      if (found != brought_[request].end() && found->place == place) {
        source.at = run.timeline.legs[found->leg].finish;
        source.leg = found->leg;
        if (tensor.stays) std::tie(source.request, source.leg) = weights_.at(place);
      }
    }
    if (!any || source.at > last.at) last = source;
    any = true;
  }
  return last;
}

Sources::Source Sources::before(std::size_t request, std::uint32_t leg) const {
  const PlanRun& run = run_.requests[request];
  const LegSpan& span = run.timeline.legs[leg];
  const std::optional<LayerId>& producer = run.tensor(span).producer;
  if (span.leg > 0) return {request, run.timeline.legs[leg - 1].finish, leg - 1, producer};
  if (producer) return {request, run.span(*producer).finish, std::nullopt, producer};
  return {request, run.admitted, {}, {}};
}

Sources::Source Sources::last(std::size_t request) const {
  const PlanRun& run = run_.requests[request];
  const Time end = run.timeline.makespan;
  for (const LayerId id : run.network.layers()) {
    if (run.span(id).finish == end) return {request, end, {}, id};
  }
  for (std::uint32_t i = 0; i < run.timeline.legs.size(); ++i) {
    if (run.timeline.legs[i].finish == end) return {request, end, i, {}};
  }
  return {request, run.admitted, {}, {}};
}

}  // namespace partita
