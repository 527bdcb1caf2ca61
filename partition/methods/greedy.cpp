#include "partition/methods/greedy.h"

#include "partition/methods/list_schedule.h"

namespace partita {

Outcome solve_greedy(const Problem& problem, const SearchOptions&) {
  const Delays delays(problem.network, problem.hardware);
  auto found = Candidates::find(problem, delays);
  if (auto* no = std::get_if<Infeasible>(&found)) return std::move(*no);
  const Candidates& candidates = std::get<Candidates>(found);

  return fitting_plan(
      problem, "greedy", [&](const Reserve& reserve) -> std::variant<Placement, Infeasible> {
        ListSchedule schedule(problem, delays, reserve);
        for (const LayerId layer : problem.network.layers()) {
          if (!schedule.place_first_finisher(layer, candidates, ListSchedule::Gaps::Leave))
            return Infeasible{schedule.why_not(layer, candidates)};
        }
        return schedule.placement();
      });
}

}  // namespace partita
