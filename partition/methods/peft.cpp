#include "partition/methods/peft.h"

#include <algorithm>

#include "partition/bounds/paths.h"
#include "partition/methods/list_schedule.h"
#include "partition/methods/ranks.h"

namespace partita {
namespace {

class Peft {
 public:
  Peft(const Problem& problem, const Delays& delays, const Candidates& candidates)
      : problem_(problem),
        delays_(delays),
        candidates_(candidates),
        optimistic_(problem.network.layer_count()) {
    const MeanTimes means(problem, delays, candidates);
    Ranks rank(problem.network.layer_count());
    for (std::size_t i = problem.network.layer_count(); i-- > 0;) {
      const auto layer = static_cast<LayerId>(i);
      Wide sum = 0;
      for (const ProcessorId p : candidates[layer]) {
        optimistic_[layer].push_back(cost_after(layer, p, means));
        sum += optimistic_[layer].back().count();
      }
      rank[layer] = mean(sum, static_cast<std::int64_t>(candidates[layer].size()));
    }
    order_ = ready_order(problem.network, rank);
  }

  std::variant<Placement, Infeasible> place_all(const Reserve& reserve) const {
    return place_in_order(
        {problem_, delays_, reserve}, candidates_, order_,
        [&](ListSchedule& schedule, LayerId layer) { return place(schedule, layer); });
  }

 private:
  Time cost_after(LayerId layer, ProcessorId p, const MeanTimes& means) const {
    Time cost{0};
    for (const TensorId output : problem_.network.layer(layer).outputs) {
      const Tensor& tensor = problem_.network.tensor(output);
      if (tensor.is_output) cost = std::max(cost, delays_.to_host(output, p).value_or(Time{0}));
      for (const LayerId next : tensor.consumers) {
        Time least = Time::max();
        for (std::size_t i = 0; i < candidates_[next].size(); ++i) {
          const ProcessorId q = candidates_[next][i];
          const Time way = q == p ? Time{0} : means.transfer(output);
          least = std::min(least, optimistic_[next][i] + duration(problem_, next, q) + way);
        }
        cost = std::max(cost, least);
      }
    }
    return cost;
  }

  bool place(ListSchedule& schedule, LayerId layer) const {
    std::optional<ProcessorId> best;
    ListSchedule::Slot best_slot;
    Time best_end{0};
    for (std::size_t i = 0; i < candidates_[layer].size(); ++i) {
      const ProcessorId p = candidates_[layer][i];
      const auto slot = schedule.earliest(layer, p, ListSchedule::Gaps::Fill);
      if (!slot || !schedule.delivered(layer, p, *slot)) continue;
      const Time end = slot->finish + optimistic_[layer][i];
      if (best && end >= best_end) continue;
      best = p, best_slot = *slot, best_end = end;
    }
    if (best) schedule.place(layer, *best, best_slot);
    return best.has_value();
  }

  const Problem& problem_;
  const Delays& delays_;
  const Candidates& candidates_;
  IdVector<LayerId, std::vector<Time>> optimistic_;  // in the candidates' order
  std::vector<LayerId> order_;
};

}  // namespace

Outcome solve_peft(const Problem& problem, const SearchOptions&) {
  return fitting_plan(problem, "peft",
                      [&](const Delays& delays, const Candidates& candidates) -> PlaceAll {
                        return [peft = Peft(problem, delays, candidates)](const Reserve& reserve) {
                          return peft.place_all(reserve);
                        };
                      });
}

}  // namespace partita
