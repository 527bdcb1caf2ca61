#include "partition/methods/round_robin.h"

#include "partition/methods/list_schedule.h"

namespace partita {
namespace {

// False where no candidate takes it; `turn` moves behind the one that does.
bool place_next(ListSchedule& schedule, LayerId layer, const Candidates& candidates,
                std::size_t processors, std::size_t& turn) {
  for (std::size_t i = 0; i < processors; ++i) {
    const auto p = static_cast<ProcessorId>((turn + i) % processors);
    if (!candidates.has(layer, p)) continue;
    const auto slot = schedule.earliest(layer, p, ListSchedule::Gaps::Leave);
    if (!slot || !schedule.delivered(layer, p, *slot)) continue;
    schedule.place(layer, p, *slot);
    turn = index(p) + 1;
    return true;
  }
  return false;
}

}  // namespace

Outcome solve_round_robin(const Problem& problem, const SearchOptions& options) {
  return fitting_plan(
      problem, "round_robin",
      [&](const Delays& delays, const Candidates& candidates) -> PlaceAll {
        std::vector<LayerId> order;
        for (const LayerId layer : problem.network.layers()) order.push_back(layer);
        return [&, order](const Reserve& reserve) {
          std::size_t turn = 0;
          return place_in_order(
              {problem, delays, reserve}, candidates, order,
              [&](ListSchedule& schedule, LayerId layer) {
                return place_next(schedule, layer, candidates, problem.hardware.processors().size(),
                                  turn);
              },
              options.quick_until);
        };
      },
      options.quick_until);
}

}  // namespace partita
