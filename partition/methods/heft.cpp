#include "partition/methods/heft.h"

#include <algorithm>

#include "partition/bounds/paths.h"
#include "partition/methods/list_schedule.h"

namespace partita {
namespace {

// Means are rounded down to a picosecond; sums of them in 128 bits stay exact on every machine.
Time mean(Wide sum, std::int64_t count) {
  return Time{count > 0 ? static_cast<std::int64_t>(sum / count) : 0};
}

Time mean_time(const Problem& problem, LayerId layer, const Candidates& candidates) {
  Wide sum = 0;
  for (const ProcessorId p : candidates[layer]) {
    sum += duration(problem, layer, p).count();
  }
  return mean(sum, static_cast<std::int64_t>(candidates[layer].size()));
}

Time mean_transfer(const Problem& problem, TensorId tensor, const Delays& delays) {
  const ids<ProcessorId> processors(problem.hardware.processors().size());
  Wide sum = 0;
  std::int64_t pairs = 0;
  for (const ProcessorId src : processors) {
    for (const ProcessorId dst : processors) {
      const auto delay = src != dst ? delays.between(tensor, src, dst) : std::nullopt;
      if (delay) sum += delay->count(), ++pairs;
    }
  }
  return mean(sum, pairs);
}

Time mean_to_host(const Problem& problem, TensorId tensor, const Delays& delays) {
  Wide sum = 0;
  std::int64_t ways = 0;
  for (const ProcessorId src : ids<ProcessorId>(problem.hardware.processors().size())) {
    if (const auto delay = delays.to_host(tensor, src)) sum += delay->count(), ++ways;
  }
  return mean(sum, ways);
}

IdVector<LayerId, Time> upward_ranks(const Problem& problem, const Delays& delays,
                                     const Candidates& candidates) {
  const Network& network = problem.network;
  IdVector<LayerId, Time> rank(network.layer_count());
  for (std::size_t i = network.layer_count(); i-- > 0;) {
    const auto layer = static_cast<LayerId>(i);
    Time after{0};
    for (const TensorId output : network.layer(layer).outputs) {
      const Tensor& tensor = network.tensor(output);
      if (tensor.is_output) after = std::max(after, mean_to_host(problem, output, delays));
      if (tensor.consumers.empty()) continue;
      const Time transfer = mean_transfer(problem, output, delays);
      for (const LayerId consumer : tensor.consumers)
        after = std::max(after, transfer + rank[consumer]);
    }
    rank[layer] = mean_time(problem, layer, candidates) + after;
  }
  return rank;
}

class Heft {
 public:
  Heft(const Problem& problem, const Delays& delays, const Candidates& candidates)
      : problem_(problem), delays_(delays), candidates_(candidates) {
    const IdVector<LayerId, Time> rank = upward_ranks(problem, delays, candidates);
    for (const LayerId layer : problem.network.layers()) by_rank_.push_back(layer);
    // Stable, and every time is at least 1 ps: producers come before their consumers.
    std::stable_sort(by_rank_.begin(), by_rank_.end(),
                     [&](LayerId a, LayerId b) { return rank[a] > rank[b]; });
  }

  std::variant<Placement, Infeasible> place_all(const Reserve& reserve) const {
    ListSchedule schedule(problem_, delays_, reserve);
    for (const LayerId layer : by_rank_) {
      if (!schedule.place_first_finisher(layer, candidates_, ListSchedule::Gaps::Fill))
        return Infeasible{schedule.why_not(layer, candidates_)};
    }
    return schedule.placement();
  }

 private:
  const Problem& problem_;
  const Delays& delays_;
  const Candidates& candidates_;
  std::vector<LayerId> by_rank_;
};

}  // namespace

Outcome solve_heft(const Problem& problem, const SearchOptions&) {
  const Delays delays(problem.network, problem.hardware);
  auto found = Candidates::find(problem, delays);
  if (auto* no = std::get_if<Infeasible>(&found)) return std::move(*no);
  const Heft heft(problem, delays, std::get<Candidates>(found));
  return fitting_plan(problem, "heft",
                      [&](const Reserve& reserve) { return heft.place_all(reserve); });
}

std::variant<Plan, Infeasible> heft_plan_of_any_size(const Problem& problem) {
  const Delays delays(problem.network, problem.hardware);
  auto found = Candidates::find(problem, delays);
  if (auto* no = std::get_if<Infeasible>(&found)) return std::move(*no);
  auto placed = Heft(problem, delays, std::get<Candidates>(found))
                    .place_all(unlimited_memory(problem.hardware));
  if (auto* no = std::get_if<Infeasible>(&placed)) return std::move(*no);
  auto made =
      make_plan(problem.network, problem.hardware, std::move(std::get<Placement>(placed)), "heft");
  if (auto* bad = std::get_if<BadPlan>(&made)) return Infeasible{std::move(bad->reason)};
  return std::move(std::get<Plan>(made));
}

}  // namespace partita
