#include "partition/bounds/lower_bound.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "partition/bounds/chain_bound.h"
#include "partition/bounds/energy_bound.h"
#include "partition/bounds/memory_fees.h"
#include "partition/bounds/paths.h"
#include "partition/bounds/period_bound.h"
#include "partition/bounds/work_bound.h"

namespace partita {
namespace {

constexpr std::size_t kThresholds = 24;  // tried for heads, and for tails
constexpr std::size_t kRefined = 3;      // windows whose weights are sought again

// Some of the distinct values, the smallest among them.
std::vector<Time> thresholds(std::vector<Time> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  if (values.size() <= kThresholds) return values;
  std::vector<Time> some;
  for (std::size_t i = 0; i < kThresholds; ++i)
    some.push_back(values[i * values.size() / kThresholds]);
  return some;
}

// The layers that cannot start before `head`, and have `tail` behind them: their work fits between.
struct Window {
  Time head{0}, tail{0}, bound{0};
};

class Windows {
 public:
  Windows(const Problem& problem, const Paths& paths, const WorkBound& work,
          const Deadline& deadline)
      : problem_(problem), paths_(paths), work_(work), deadline_(deadline) {}

  LatencyBound best() const {
    const Window everything;
    const WorkBound::Weights weights = work_.weights_for(layers_in(everything), {}, deadline_);
    LatencyBound best{work_.bound(layers_in(everything), weights), work_.dominant(weights)};

    std::vector<Window> windows = all(weights);
    std::stable_sort(windows.begin(), windows.end(),
                     [](const Window& a, const Window& b) { return a.bound > b.bound; });
    windows.resize(std::min(windows.size(), kRefined));
    for (const Window& window : windows) {
      if (deadline_.passed()) break;
      const std::vector<LayerId> layers = layers_in(window);
      const WorkBound::Weights refined = work_.weights_for(layers, weights, deadline_);
      const Time value = window.head + window.tail +
                         std::max(work_.whole_bound(layers, refined), work_.bound(layers, weights));
      if (value <= best.value) continue;
      const bool all = window.head + window.tail == Time{0};
      best = {value, work_.dominant(refined) + (all ? "" : " and the paths before and after it")};
    }
    return best;
  }

 private:
  std::vector<LayerId> layers_in(const Window& window) const {
    std::vector<LayerId> layers;
    for (const LayerId layer : problem_.network.layers()) {
      if (paths_.head(layer) >= window.head && paths_.tail(layer) >= window.tail)
        layers.push_back(layer);
    }
    return layers;
  }

  std::vector<Window> all(const WorkBound::Weights& weights) const {
    std::vector<Time> heads, tails;
    for (const LayerId layer : problem_.network.layers()) {
      heads.push_back(paths_.head(layer));
      tails.push_back(paths_.tail(layer));
    }
    heads = thresholds(std::move(heads)), tails = thresholds(std::move(tails));
    const WorkBound::Shares shares = work_.shares(weights);
    std::vector<Window> windows;
    for (const Time head : heads) {
      for (const Time tail : tails) {
        if (deadline_.passed()) return windows;
        Wide sum = 0;
        for (const LayerId layer : problem_.network.layers()) {
          if (paths_.head(layer) >= head && paths_.tail(layer) >= tail)
            sum += shares.of_layer[layer];
        }
        if (sum > 0) windows.push_back({head, tail, head + tail + shares.bound(sum)});
      }
    }
    return windows;
  }

  const Problem& problem_;
  const Paths& paths_;
  const WorkBound& work_;
  const Deadline& deadline_;
};

// With fees: of time and fees, before these are paid back.
LatencyBound time_bound(const Problem& problem, const Delays& delays, const Candidates& candidates,
                        const MemoryFees* fees, const Deadline& deadline) {
  const CostTable costs = fees == nullptr ? problem.costs : fees->costs();
  const Paths paths({problem.network, problem.hardware, costs}, delays, candidates, deadline);
  LatencyBound best{paths.longest(), "critical path"};
  const WorkBound work(problem, candidates, fees);
  LatencyBound packed = Windows(problem, paths, work, deadline).best();
  if (packed.value > best.value) best = std::move(packed);
  ChainBound chain = chain_bound(problem, delays, candidates, work, fees, deadline);
  if (chain.length > best.value) best = {chain.length, "chain of blocks"};
  best.near = std::move(chain.placement);
  return best;
}

}  // namespace

LatencyBound latency_bound(const Problem& problem, const Deadline& deadline) {
  const Delays delays(problem.network, problem.hardware, Delays::Of::Least);
  auto found = Candidates::find(problem, delays);
  if (const auto* no = std::get_if<Infeasible>(&found)) return {Time{0}, no->reason, {}};
  const Candidates& candidates = std::get<Candidates>(found);

  LatencyBound best = time_bound(problem, delays, candidates, nullptr, deadline);
  const auto longest_path = [&](const MemoryFees& fees) {
    const CostTable costs = fees.costs();
    const Problem longer{problem.network, problem.hardware, costs};
    return Paths(longer, delays, candidates, deadline).longest();
  };
  // Of a network that is hardly more than a path, with what is beside it.
  const auto all_in_turn = [&](const MemoryFees& fees) {
    Time sum{0};
    for (const LayerId layer : problem.network.layers()) {
      Time least = Time::max();
      for (const ProcessorId p : candidates[layer])
        least = std::min(least, duration(problem, layer, p) + fees.of(layer, p));
      sum += least;
    }
    return sum;
  };
  for (const MemoryFees::Bound& raised :
       {MemoryFees::Bound(longest_path), MemoryFees::Bound(all_in_turn)}) {
    if (deadline.passed()) break;
    const auto best_fees = MemoryFees::best(problem, candidates, raised, deadline);
    if (!best_fees) continue;
    const MemoryFees& fees = *best_fees;
    LatencyBound with_memory = time_bound(problem, delays, candidates, &fees, deadline);
    with_memory.value -= fees.refund();
    with_memory.limit += " and weights that do not fit";
    if (with_memory.value <= best.value) continue;
    if (!with_memory.near) with_memory.near = std::move(best.near);
    best = std::move(with_memory);
  }
  return best;
}

namespace {

// What is known of each term; 0 of those of which nothing is.
LowerBound of_nominal_times(const Problem& problem, const Deadline& deadline) {
  const Objective& objective = problem.objective;
  const bool energy = objective.weighs(Term::EnergyUse) || objective.weighs(Term::EnergyDelay);
  PlanCost least;
  LowerBound bound;
  if (objective.weighs(Term::Latency) || energy) {
    LatencyBound latency = latency_bound(problem, deadline);
    least.latency = latency.value;
    bound.limit = std::move(latency.limit);
    bound.near = std::move(latency.near);
  }
  if (energy) {
    const Delays delays(problem.network, problem.hardware, Delays::Of::Least);
    auto found = Candidates::find(problem, delays);
    if (const auto* no = std::get_if<Infeasible>(&found)) return {0, no->reason, {}};
    const EnergyBound of(problem, std::get<Candidates>(found));
    least.energy = whole_nanojoules(of.value(least.latency));
    const char* what = of.is_rest(least.latency) ? "power at rest as long as the latency bound"
                                                 : "energy of the layers where they take least";
    const bool latency_too = objective.weighs(Term::Latency) || objective.weighs(Term::EnergyDelay);
    bound.limit = latency_too ? what + (" and " + bound.limit) : what;
  }
  if (objective.weighs(Term::Period)) {
    PeriodBound period = period_bound(problem, deadline);
    least.period = period.value;
    bound.limit += (bound.limit.empty() ? "" : " and ") + period.limit;
  }
  bound.value = objective.value(least);
  return bound;
}

}  // namespace

LowerBound lower_bound(const Problem& problem, const Deadline& deadline) {
  LowerBound bound = of_nominal_times(problem, deadline);
  if (problem.uncertainty == nullptr) return bound;
  // In each sample no value is below its bound, so neither is the mean, or any rank of them.
  std::vector<double> values;
  for (const CostTable& costs : problem.uncertainty->samples) {
    const Problem sample{problem.network,   problem.hardware,    costs,
                         problem.objective, problem.constraints, nullptr};
    values.push_back(of_nominal_times(sample, deadline).value);
  }
  bound.value = statistic_of(std::move(values), problem.uncertainty->statistic);
  return bound;
}

}  // namespace partita
