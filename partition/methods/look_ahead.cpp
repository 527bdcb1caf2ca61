#include "partition/methods/look_ahead.h"

#include <algorithm>
#include <tuple>

#include "partition/methods/list_schedule.h"
#include "partition/methods/ranks.h"

namespace partita {
namespace {

class LookAhead {
 public:
  LookAhead(const Problem& problem, const Delays& delays, const Candidates& candidates)
      : problem_(problem),
        delays_(delays),
        candidates_(candidates),
        children_(problem.network.layer_count()) {
    const Ranks rank = upward_ranks(problem.network, MeanTimes(problem, delays, candidates));
    order_ = ready_order(problem.network, rank);
    for (const LayerId layer : order_) {  // so each list is by rank
      for (const LayerId parent : problem.network.predecessors(layer))
        children_[parent].push_back(layer);
    }
  }

  std::variant<Placement, Infeasible> place_all(const Reserve& reserve) const {
    return place_in_order(
        {problem_, delays_, reserve}, candidates_, order_,
        [&](ListSchedule& schedule, LayerId layer) { return place(schedule, layer); });
  }

 private:
  static constexpr auto kGaps = ListSchedule::Gaps::Fill;

  bool place(ListSchedule& schedule, LayerId layer) const {
    std::optional<ProcessorId> best;
    ListSchedule::Slot best_slot;
    std::tuple<std::size_t, Time, Time> best_price;
    for (const ProcessorId p : candidates_[layer]) {
      const auto slot = schedule.earliest(layer, p, kGaps);
      const auto end = slot ? schedule.delivered(layer, p, *slot) : std::nullopt;
      if (!end) continue;
      schedule.place(layer, p, *slot);
      const auto [homeless, last] = children_after(schedule, layer);
      schedule.take_back();
      const std::tuple price{homeless, std::max(last, *end), *end};
      if (best && price >= best_price) continue;
      best = p, best_slot = *slot, best_price = price;
    }
    if (best) schedule.place(layer, *best, best_slot);
    return best.has_value();
  }

  // How many of the children would find no place, and when the last of the others could end.
  std::pair<std::size_t, Time> children_after(ListSchedule& schedule, LayerId layer) const {
    std::size_t homeless = 0, placed = 0;
    Time last{0};
    for (const LayerId child : children_[layer]) {
      const auto end = schedule.place_first_finisher(child, candidates_, kGaps);
      if (!end) {
        ++homeless;
        continue;
      }
      ++placed;
      last = std::max(last, *end);
    }
    for (; placed > 0; --placed) schedule.take_back();
    return {homeless, last};
  }

  const Problem& problem_;
  const Delays& delays_;
  const Candidates& candidates_;
  IdVector<LayerId, std::vector<LayerId>> children_;
  std::vector<LayerId> order_;
};

}  // namespace

Outcome solve_look_ahead(const Problem& problem, const SearchOptions&) {
  return fitting_plan(
      problem, "look_ahead", [&](const Delays& delays, const Candidates& candidates) -> PlaceAll {
        return [look_ahead = LookAhead(problem, delays, candidates)](const Reserve& reserve) {
          return look_ahead.place_all(reserve);
        };
      });
}

}  // namespace partita
