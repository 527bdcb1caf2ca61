#include "partition/bounds/period_bound.h"

#include <algorithm>
#include <limits>

#include "partition/bounds/memory_fees.h"
#include "partition/bounds/work_bound.h"
#include "partition/loads/machine_loads.h"

namespace partita {
namespace {

constexpr std::size_t kFewLayers = 5'000;  // for which it is worked out what room is worth

}  // namespace

PeriodBound period_bound(const Problem& problem) {
  const Delays delays(problem.network, problem.hardware);
  const auto candidates = Candidates::find(problem, delays);
  if (const auto* no = std::get_if<Infeasible>(&candidates)) return {Time{0}, no->reason};
  const WorkBound work(problem, std::get<Candidates>(candidates));
  std::vector<LayerId> all;
  for (const LayerId layer : problem.network.layers()) all.push_back(layer);
  const WorkBound::Weights weights = work.weights_for(all);
  PeriodBound best{work.bound(all, weights), work.dominant(weights)};
  const auto of_work = [&](const MemoryFees& fees) {
    const WorkBound with_fees(problem, std::get<Candidates>(candidates), &fees);
    return with_fees.bound(all, with_fees.weights_for(all, weights));
  };
  if (all.size() <= kFewLayers) {
    for (const MemoryFees& fees :
         MemoryFees::best(problem, std::get<Candidates>(candidates), of_work)) {
      const Time value = of_work(fees) - fees.refund();
      if (value > best.value) best = {value, best.limit + " and weights that do not fit"};
    }
  }
  const auto loads = loads::loads_of(problem, std::get<Candidates>(candidates));
  if (const auto* no = std::get_if<Infeasible>(&loads)) return {Time{0}, no->reason};
  // One item alone, wherever it is best off. What reads in place need not ask that much of its memory.
  const std::size_t resources = has_load_store(problem.hardware)
                                    ? problem.hardware.processors().size()
                                    : std::numeric_limits<std::size_t>::max();
  for (const loads::Item& item : std::get<loads::MachineLoads>(loads).model.items) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const auto& option : item.options) {
      std::int64_t most = 0;
      for (const loads::Use& use : option.uses) {
        if (index(use.resource) < resources) most = std::max(most, use.amount);
      }
      least = std::min(least, most);
    }
    const Time time{least / loads::kTicksPerPicosecond};
    if (time > best.value) best = {time, "layer " + item.name};
  }
  return best;
}

}  // namespace partita
