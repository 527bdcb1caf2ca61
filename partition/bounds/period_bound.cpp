#include "partition/bounds/period_bound.h"

#include <algorithm>
#include <limits>

#include "partition/bounds/work_bound.h"
#include "partition/loads/machine_loads.h"

namespace partita {

PeriodBound period_bound(const Problem& problem) {
  const Delays delays(problem.network, problem.hardware);
  const auto candidates = Candidates::find(problem, delays);
  if (const auto* no = std::get_if<Infeasible>(&candidates)) return {Time{0}, no->reason};
  const WorkBound work(problem, std::get<Candidates>(candidates));
  std::vector<LayerId> all;
  for (const LayerId layer : problem.network.layers()) all.push_back(layer);
  const WorkBound::Weights weights = work.weights_for(all);
  PeriodBound best{work.bound(all, weights), work.dominant(weights)};
  const auto loads = loads::loads_of(problem, std::get<Candidates>(candidates));
  if (const auto* no = std::get_if<Infeasible>(&loads)) return {Time{0}, no->reason};
  // One item alone, wherever it is best off.
  for (const loads::Item& item : std::get<loads::MachineLoads>(loads).model.items) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const auto& option : item.options) {
      std::int64_t most = 0;
      for (const loads::Use& use : option.uses) most = std::max(most, use.amount);
      least = std::min(least, most);
    }
    const Time time{least / loads::kTicksPerPicosecond};
    if (time > best.value) best = {time, "layer " + item.name};
  }
  return best;
}

}  // namespace partita
