#include "exec/calibrate/layer_fit.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "exec/calibrate/bounded_mean.h"
#include "exec/calibrate/parameter.h"

namespace partita::exec {
namespace {

struct Interval {
  Time start{0}, finish{0};
};

bool same_package(const Hardware& hardware, ProcessorId a, ProcessorId b) {
  const auto& package = hardware.processors()[a].package;
  return package && package == hardware.processors()[b].package;
}

void sort_by_start(std::vector<Interval>& intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.start < b.start; });
}

// What a processor did in one measured run, in order of start: layers, and copies that it made.
std::vector<Interval> busy(const Timeline& timeline, ProcessorId processor, bool copies) {
  std::vector<Interval> found;
  for (const LayerSpan& span : timeline.layers) {
    if (span.processor == processor) found.push_back({span.start, span.finish});
  }
  for (const LegSpan& leg : timeline.legs) {
    if (copies && leg.copier == processor) found.push_back({leg.start, leg.finish});
  }
  sort_by_start(found);
  return found;
}

// How long during `span` any of `others`, by start, was busy.
Time covered(const Interval& span, const std::vector<Interval>& others) {
  Time total{0}, until = span.start;
  for (const Interval& other : others) {
    const Time from = std::max(other.start, until);
    const Time to = std::min(other.finish, span.finish);
    if (to > from) total += to - from, until = to;
  }
  return total;
}

}  // namespace

// One measured run, seen from one processor.
struct LayerFit::Run {
  const Network& network;
  const CostTable& costs;
  const Timeline& measured;
  struct Arrival {
    Time at{0};
    std::optional<EngineId> engine;
  };
  std::map<std::pair<TensorId, MemoryId>, Arrival> arrived{};  // of tensors that travel
  std::vector<Interval> own{}, neighbours{};                   // by start
};

void LayerFit::add(const Network& network, const CostTable& costs, const Observation& observation) {
  Run run{network, costs, observation.measured};
  for (const LegSpan& leg : observation.measured.legs) {
    const Transfer& transfer = observation.plan.transfers()[leg.transfer];
    Run::Arrival& arrival = run.arrived[{transfer.tensor, transfer.dst}];
    if (leg.finish >= arrival.at) arrival = {leg.finish, leg.engine};
  }
  const std::size_t processors = hardware_.processors().size();
  for (const ProcessorId p : ids<ProcessorId>(processors)) {
    run.own = busy(run.measured, p, true);
    run.neighbours.clear();
    for (const ProcessorId other : ids<ProcessorId>(processors)) {
      if (other == p || !same_package(hardware_, p, other)) continue;
      const std::vector<Interval> layers = busy(run.measured, other, false);
      run.neighbours.insert(run.neighbours.end(), layers.begin(), layers.end());
    }
    sort_by_start(run.neighbours);
    for (const LayerId layer : observation.plan.order(p)) add_layer(run, p, layer);
  }
}

void LayerFit::add_layer(const Run& run, ProcessorId p, LayerId layer) {
  const LayerSpan& span = run.measured.layers[layer];
  const auto& cost = run.costs(layer, p);
  const ProcessorSpec& processor = hardware_.processors()[p];
  if (!cost || span.finish <= span.start || processor.streams > 1) return;

  Time ready{0};
  std::optional<EngineId> brought;  // what came last
  for (const TensorId input : run.network.layer(layer).inputs) {
    const auto there = run.arrived.find({input, processor.memory});
    if (there != run.arrived.end() && there->second.at > ready) {
      ready = there->second.at;
      brought = there->second.engine;
    }
    const auto& producer = run.network.tensor(input).producer;
    if (producer && run.measured.layers[*producer].processor == p &&
        run.measured.layers[*producer].finish >= ready) {
      ready = run.measured.layers[*producer].finish;
      brought.reset();
    }
  }
  for (const Interval& before : run.own) {
    if (before.start >= span.start) break;
    if (before.finish >= ready) {
      ready = before.finish;
      brought.reset();
    }
  }
  ready = std::min(ready, span.start);

  const Time taken = span.finish - ready;
  const double overlap =
      static_cast<double>(covered({ready, span.finish}, run.neighbours).count()) /
      static_cast<double>(taken.count());
  const double alone = static_cast<double>(cost->time.count());
  Equation equation;
  equation.coefficients.assign(unknowns(), 0.0);
  equation.coefficients[index(p)] = 1;
  equation.coefficients[scale_of(p)] = alone;
  if (processor.package && overlap > 0) {
    equation.coefficients[hardware_.processors().size() + *processor.package] = alone * overlap;
    overlaps_.insert(*processor.package);
  }
  equation.value = static_cast<double>(taken.count()) - alone;
  seen_.insert(p);
  if (brought) {
    waited_.emplace_back(*brought, std::move(equation));
  } else {
    equations_.push_back(std::move(equation));
  }
}

void LayerFit::apply(HardwareParts& parts) const {
  std::vector<double> lowest(unknowns(), 0.0);
  for (const ProcessorId p : ids<ProcessorId>(parts.processors.size()))
    lowest[scale_of(p)] = kLeastScale - 1;
  const std::vector<double> fitted = least_deviations(equations_, lowest);
  if (fitted.empty()) return;
  for (const ProcessorId p : ids<ProcessorId>(parts.processors.size())) {
    if (seen_.count(p) == 0) continue;
    ProcessorSpec& spec = parts.processors[p];
    spec.launch_overhead = Time{std::llround(fitted[index(p)])};
    spec.time_scale *= std::min(1 + fitted[scale_of(p)], kMostScale);
  }
  for (std::size_t i = 0; i < parts.packages.size(); ++i) {
    if (overlaps_.count(i) == 0) continue;
    const double fit = 1 + fitted[parts.processors.size() + i];
    parts.packages[i].slowdown = std::min(fit, kWorstSlowdown);
  }
  std::map<EngineId, std::vector<double>> later;
  for (const auto& [engine, equation] : waited_) {
    double left = equation.value;
    for (std::size_t i = 0; i < fitted.size(); ++i) left -= equation.coefficients[i] * fitted[i];
    later[engine].push_back(left);
  }
  for (auto& [engine, waits] : later) {
    parts.engines[engine].completion =
        Time{std::llround(std::max(0.0, bounded_mean(std::move(waits))))};
  }
}

}  // namespace partita::exec
