#include "partition/bounds/period_bound.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "partition/bounds/cut_bound.h"
#include "partition/bounds/memory_fees.h"
#include "partition/bounds/work_bound.h"
#include "partition/loads/machine_loads.h"

namespace partita {
namespace {

constexpr std::size_t kFewLayers = 5'000;  // for which it is worked out what room is worth

// One item alone, wherever it is best off. What reads in place need not ask that much of its memory.
PeriodBound of_largest_layer(const Problem& problem, const loads::LoadModel& model) {
  PeriodBound best;
  const std::size_t resources = has_load_store(problem.hardware)
                                    ? problem.hardware.processors().size()
                                    : std::numeric_limits<std::size_t>::max();
  for (const loads::Item& item : model.items) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const auto& option : item.options) {
      std::int64_t most = 0;
      for (const loads::Use& use : option.uses) {
        if (index(use.resource) < resources) most = std::max(most, use.amount);
      }
      least = std::min(least, most);
    }
    const Time time{least / loads::kTicksPerPicosecond};
    if (time > best.value) best = {time, "layer " + item.name};
  }
  return best;
}

// Without what is sent.
class OfWork {
 public:
  OfWork(const Problem& problem, const Candidates& candidates)
      : problem_(problem), candidates_(candidates) {
    for (const LayerId layer : problem.network.layers()) layers_.push_back(layer);
  }
  PeriodBound operator()(const MemoryFees* fees) const {
    const WorkBound work(problem_, candidates_, fees);
    const WorkBound::Weights weights = work.best_weights_for(layers_);
    return {work.whole_bound(layers_, weights), work.dominant(weights)};
  }
  // The same, but less and sooner.
  Time at_least(const MemoryFees& fees) const {
    const WorkBound work(problem_, candidates_, &fees);
    return work.bound(layers_, work.weights_for(layers_));
  }

 private:
  const Problem& problem_;
  const Candidates& candidates_;
  std::vector<LayerId> layers_;
};

// With what is sent from the host's memory and to it. Nothing where that is never sent, or need not be.
PeriodBound of_crossings(const Problem& problem, const loads::MachineLoads& machine,
                         const MemoryFees* fees) {
  const auto host = problem.hardware.host();
  if (!host || machine.model.places.size() == 1 || has_load_store(problem.hardware)) return {};
  const auto side = loads::PlaceId(static_cast<std::uint32_t>(index(*host)));
  if (fees == nullptr) {
    const std::int64_t ticks = bounds::cut_bound(machine.model, side);
    return {Time{ticks / loads::kTicksPerPicosecond},
            "work, and what the host's memory sends and gets"};
  }
  IdVector<loads::ItemId, std::vector<LayerId>> layers(machine.model.items.size());
  for (const LayerId layer : problem.network.layers()) layers[machine.item[layer]].push_back(layer);
  const std::int64_t ticks =
      bounds::cut_bound(machine.model, side, [&](loads::ItemId item, loads::DeviceId device) {
        Time sum{0};
        for (const LayerId layer : layers[item])
          sum +=
              fees->of(layer, static_cast<ProcessorId>(static_cast<std::uint32_t>(index(device))));
        return sum.count() * loads::kTicksPerPicosecond;
      });
  return {Time{ticks / loads::kTicksPerPicosecond},
          "work, and what the host's memory sends and gets"};
}

}  // namespace

PeriodBound period_bound(const Problem& problem, const Deadline& deadline) {
  const Delays delays(problem.network, problem.hardware);
  const auto found = Candidates::find(problem, delays);
  if (const auto* no = std::get_if<Infeasible>(&found)) return {Time{0}, no->reason};
  const Candidates& candidates = std::get<Candidates>(found);
  const auto loads = loads::loads_of(problem, candidates);
  if (const auto* no = std::get_if<Infeasible>(&loads)) return {Time{0}, no->reason};
  const auto& machine = std::get<loads::MachineLoads>(loads);

  PeriodBound best = of_largest_layer(problem, machine.model);
  const auto consider = [&](const PeriodBound& bound, const MemoryFees* fees) {
    const Time value = bound.value - (fees == nullptr ? Time{0} : fees->refund());
    if (value <= best.value) return;
    best = {value, bound.limit + (fees == nullptr ? "" : " and weights that do not fit")};
  };
  const OfWork of_work(problem, candidates);
  consider(of_work(nullptr), nullptr);
  if (problem.network.layer_count() > kFewLayers) return best;
  consider(of_crossings(problem, machine, nullptr), nullptr);
  const auto value_with = [&](const MemoryFees& fees) { return of_work.at_least(fees); };
  if (const auto fees = MemoryFees::best(problem, candidates, value_with, deadline)) {
    consider(of_work(&*fees), &*fees);
    consider(of_crossings(problem, machine, &*fees), &*fees);
  }
  return best;
}

}  // namespace partita
