#include "partition/methods/cpop.h"

#include <algorithm>

#include "partition/bounds/paths.h"
#include "partition/methods/list_schedule.h"
#include "partition/methods/ranks.h"

namespace partita {
namespace {

class Cpop {
 public:
  Cpop(const Problem& problem, const Delays& delays, const Candidates& candidates)
      : problem_(problem),
        delays_(delays),
        candidates_(candidates),
        on_path_(problem.network.layer_count()) {
    const MeanTimes means(problem, delays, candidates);
    Ranks priority = upward_ranks(problem.network, means);
    const Ranks down = downward_ranks(problem.network, means);
    for (const LayerId layer : problem.network.layers()) priority[layer] += down[layer];
    order_ = ready_order(problem.network, priority);
    const std::vector<LayerId> path = critical_path(priority);
    for (const LayerId layer : path) on_path_[layer] = true;
    processor_ = fastest_for(path);
  }

  std::variant<Placement, Infeasible> place_all(const Reserve& reserve,
                                                const Deadline& deadline) const {
    return place_in_order(
        {problem_, delays_, reserve}, candidates_, order_,
        [&](ListSchedule& schedule, LayerId layer) { return place(schedule, layer); }, deadline);
  }

 private:
  // From the entry of the highest priority, always to a successor of the same: priorities are
  // lengths of the longest paths through layers, exact sums of whole picoseconds.
  std::vector<LayerId> critical_path(const Ranks& priority) const {
    const Network& network = problem_.network;
    std::optional<LayerId> at;
    for (const LayerId layer : network.layers()) {
      if (!network.predecessors(layer).empty()) continue;
      if (!at || priority[layer] > priority[*at]) at = layer;
    }
    std::vector<LayerId> path;
    while (at) {
      path.push_back(*at);
      const auto& next = network.successors(*at);
      const auto same = std::find_if(next.begin(), next.end(), [&](LayerId layer) {
        return priority[layer] == priority[path.back()];
      });
      at = same == next.end() ? std::nullopt : std::optional{*same};
    }
    return path;
  }

  ProcessorId fastest_for(const std::vector<LayerId>& path) const {
    ProcessorId best{0};
    std::size_t best_count = 0;
    Wide best_time = 0;
    for (const ProcessorId p : ids<ProcessorId>(problem_.hardware.processors().size())) {
      std::size_t count = 0;
      Wide time = 0;
      for (const LayerId layer : path) {
        if (candidates_.has(layer, p)) ++count, time += duration(problem_, layer, p).count();
      }
      if (count > best_count || (count == best_count && time < best_time))
        best = p, best_count = count, best_time = time;
    }
    return best;
  }

  bool place(ListSchedule& schedule, LayerId layer) const {
    if (on_path_[layer] && candidates_.has(layer, processor_)) {
      const auto slot = schedule.earliest(layer, processor_, ListSchedule::Gaps::Fill);
      if (slot && schedule.delivered(layer, processor_, *slot)) {
        schedule.place(layer, processor_, *slot);
        return true;
      }
    }
    return schedule.place_first_finisher(layer, candidates_, ListSchedule::Gaps::Fill).has_value();
  }

  const Problem& problem_;
  const Delays& delays_;
  const Candidates& candidates_;
  std::vector<LayerId> order_;
  IdVector<LayerId, bool> on_path_;
  ProcessorId processor_{0};
};

}  // namespace

Outcome solve_cpop(const Problem& problem, const SearchOptions& options) {
  return fitting_plan(
      problem, "cpop",
      [&](const Delays& delays, const Candidates& candidates) -> PlaceAll {
        return [&, cpop = Cpop(problem, delays, candidates)](const Reserve& reserve) {
          return cpop.place_all(reserve, options.quick_until);
        };
      },
      options.quick_until);
}

}  // namespace partita
