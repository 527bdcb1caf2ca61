#include "partition/methods/greedy.h"

#include "partition/methods/list_schedule.h"

namespace partita {

Outcome solve_greedy(const Problem& problem, const SearchOptions& options) {
  return fitting_plan(
      problem, "greedy",
      [&](const Delays& delays, const Candidates& candidates) -> PlaceAll {
        std::vector<LayerId> order;
        for (const LayerId layer : problem.network.layers()) order.push_back(layer);
        return [&, order](const Reserve& reserve) {
          return place_in_order(
              {problem, delays, reserve}, candidates, order,
              [&](ListSchedule& schedule, LayerId layer) {
                return schedule.place_first_finisher(layer, candidates, ListSchedule::Gaps::Leave)
                    .has_value();
              },
              options.quick_until);
        };
      },
      options.quick_until);
}

}  // namespace partita
