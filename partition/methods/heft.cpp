#include "partition/methods/heft.h"

#include "partition/methods/list_schedule.h"
#include "partition/methods/ranks.h"

namespace partita {
namespace {

PlaceAll by_upward_rank(const Problem& problem, const Delays& delays, const Candidates& candidates,
                        const Deadline& deadline = {}) {
  const MeanTimes means(problem, delays, candidates);
  return [&, deadline, order = ready_order(problem.network, upward_ranks(problem.network, means))](
             const Reserve& reserve) {
    return place_in_order(
        {problem, delays, reserve}, candidates, order,
        [&](ListSchedule& schedule, LayerId layer) {
          return schedule.place_first_finisher(layer, candidates, ListSchedule::Gaps::Fill)
              .has_value();
        },
        deadline);
  };
}

}  // namespace

Outcome solve_heft(const Problem& problem, const SearchOptions& options) {
  return fitting_plan(
      problem, "heft",
      [&](const Delays& delays, const Candidates& candidates) {
        return by_upward_rank(problem, delays, candidates, options.quick_until);
      },
      options.quick_until);
}

std::variant<Plan, Infeasible> heft_plan_of_any_size(const Problem& problem) {
  const Delays delays(problem.network, problem.hardware);
  auto found = Candidates::find(problem, delays);
  if (auto* no = std::get_if<Infeasible>(&found)) return std::move(*no);
  auto placed = by_upward_rank(problem, delays,
                               std::get<Candidates>(found))(unlimited_memory(problem.hardware));
  if (auto* no = std::get_if<Infeasible>(&placed)) return std::move(*no);
  auto made =
      make_plan(problem.network, problem.hardware, std::move(std::get<Placement>(placed)), "heft");
  if (auto* bad = std::get_if<BadPlan>(&made)) return Infeasible{std::move(bad->reason)};
  return std::move(std::get<Plan>(made));
}

}  // namespace partita
