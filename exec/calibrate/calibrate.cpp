#include "exec/calibrate/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "exec/calibrate/least_deviations.h"
#include "models/evaluate/evaluate.h"

namespace partita::exec {
namespace {

// Two processors that take turns are half as fast; whoever measures worse measured something else.
constexpr double kWorstSlowdown = 2;
// Clocks drift, and caches are warmer here than there; beyond this something else is wrong.
constexpr double kLeastScale = 0.5, kMostScale = 2;

struct Interval {
  Time start{0}, finish{0};
};

bool same_package(const Hardware& hardware, ProcessorId a, ProcessorId b) {
  const auto& package = hardware.processors()[a].package;
  return package && package == hardware.processors()[b].package;
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
  std::sort(found.begin(), found.end(),
            [](const Interval& a, const Interval& b) { return a.start < b.start; });
  return found;
}

// How long during `span` any of `others` was busy.
Time covered(const Interval& span, std::vector<Interval> others) {
  std::sort(others.begin(), others.end(),
            [](const Interval& a, const Interval& b) { return a.start < b.start; });
  Time total{0}, until = span.start;
  for (const Interval& other : others) {
    const Time from = std::max(other.start, until);
    const Time to = std::min(other.finish, span.finish);
    if (to > from) total += to - from, until = to;
  }
  return total;
}

// When each tensor that travels had arrived in each memory.
std::map<std::pair<TensorId, MemoryId>, Time> arrivals(const Timeline& timeline, const Plan& plan) {
  std::map<std::pair<TensorId, MemoryId>, Time> arrived;
  for (const LegSpan& leg : timeline.legs) {
    const Transfer& transfer = plan.transfers()[leg.transfer];
    Time& at = arrived[{transfer.tensor, transfer.dst}];
    at = std::max(at, leg.finish);
  }
  return arrived;
}

// Fits set-ups and bandwidths to the measured legs.
class CopyFit {
 public:
  CopyFit(const Network& network, const Hardware& hardware)
      : network_(network),
        hardware_(hardware),
        setups_(hardware.processors().size() + hardware.engines().size()) {
    for (const LinkId link : ids<LinkId>(hardware.links().size())) {
      const std::string& name = hardware.links()[link].name;
      for (const char* suffix : {"", ">", "<"}) link_of_channel_[name + suffix] = link;
    }
  }

  void add(const Observation& observation) {
    for (const LegSpan& leg : observation.measured.legs) {
      const Transfer& transfer = observation.plan.transfers()[leg.transfer];
      const Tensor& tensor = network_.tensor(transfer.tensor);
      if (tensor.transfer_time || leg.finish <= leg.start) continue;
      const Leg& route_leg = (*hardware_.route(transfer.src, transfer.dst))[leg.leg];
      // Regimes say more than the one line that is fitted here.
      if (!route_leg.paced.empty()) continue;
      const std::optional<LinkId> link = slowest_link(route_leg);
      if (!link) continue;
      const std::size_t server =
          leg.copier ? index(*leg.copier) : hardware_.processors().size() + index(*leg.engine);
      Equation equation;
      equation.coefficients.assign(setups_ + hardware_.links().size(), 0.0);
      const EngineSpec by_itself{};
      const EngineSpec& engine = leg.engine ? hardware_.engines()[*leg.engine] : by_itself;
      equation.coefficients[server] = static_cast<double>(engine.descriptors(tensor.size));
      equation.coefficients[setups_ + index(*link)] = static_cast<double>(tensor.size.value);
      equation.value = static_cast<double>(
          (leg.finish - leg.start - engine.completion - route_leg.latency).count());
      equation.weight = 1 / std::max(equation.value, 1.0);  // relative errors count alike
      equations_.push_back(std::move(equation));
    }
  }

  void apply(HardwareParts& parts) const {
    const std::vector<double> fitted =
        least_deviations(equations_, std::vector<double>(setups_ + hardware_.links().size(), 0.0));
    if (fitted.empty()) return;
    std::vector<bool> touched(fitted.size(), false);
    for (const Equation& equation : equations_) {
      for (std::size_t i = 0; i < fitted.size(); ++i) {
        if (equation.coefficients[i] != 0) touched[i] = true;
      }
    }
    for (std::size_t i = 0; i < fitted.size(); ++i) {
      if (!touched[i]) continue;
      if (i < parts.processors.size()) {
        parts.processors[static_cast<ProcessorId>(i)].copy_setup = whole(fitted[i]);
      } else if (i < setups_) {
        parts.engines[static_cast<EngineId>(i - parts.processors.size())].setup = whole(fitted[i]);
      } else if (fitted[i] > 0) {
        LinkSpec& link = parts.links[static_cast<LinkId>(i - setups_)];
        // fitted: picoseconds a byte.
        link.bandwidth = Bandwidth{std::max<std::int64_t>(1, std::llround(1e12 / fitted[i]))};
      }
    }
  }

 private:
  static Time whole(double picoseconds) { return Time{std::llround(picoseconds)}; }

  std::optional<LinkId> slowest_link(const Leg& leg) const {
    std::optional<LinkId> slowest;
    for (const ChannelId channel : leg.channels) {
      const auto found = link_of_channel_.find(hardware_.channels()[channel].name);
      if (found == link_of_channel_.end()) continue;
      if (!slowest ||
          hardware_.links()[found->second].bandwidth < hardware_.links()[*slowest].bandwidth) {
        slowest = found->second;
      }
    }
    return slowest;
  }

  const Network& network_;
  const Hardware& hardware_;
  std::size_t setups_;  // of processors, then engines; bandwidths of links follow
  std::map<std::string, LinkId> link_of_channel_;
  std::vector<Equation> equations_;
};

// Fits launch overheads and package slowdowns to the measured layers.
class LayerFit {
 public:
  LayerFit(const Network& network, const Hardware& hardware, const CostTable& costs)
      : network_(network), hardware_(hardware), costs_(costs) {}

  void add(const Observation& observation) {
    const std::size_t processors = hardware_.processors().size();
    const auto arrived = arrivals(observation.measured, observation.plan);
    for (const ProcessorId p : ids<ProcessorId>(processors)) {
      std::vector<Interval> neighbours;
      for (const ProcessorId other : ids<ProcessorId>(processors)) {
        if (other == p || !same_package(hardware_, p, other)) continue;
        const std::vector<Interval> layers = busy(observation.measured, other, false);
        neighbours.insert(neighbours.end(), layers.begin(), layers.end());
      }
      const std::vector<Interval> own = busy(observation.measured, p, true);
      for (const LayerId layer : observation.plan.order(p)) {
        add_layer(observation, arrived, p, layer, own, neighbours);
      }
    }
  }

  void apply(HardwareParts& parts) const {
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
  }

 private:
  // Unknowns: overheads of processors, slowdowns of packages, time scales of processors, each - 1
  // where 1 means nothing.
  std::size_t scale_of(ProcessorId p) const {
    return hardware_.processors().size() + hardware_.packages().size() + index(p);
  }
  std::size_t unknowns() const {
    return 2 * hardware_.processors().size() + hardware_.packages().size();
  }

  void add_layer(const Observation& observation,
                 const std::map<std::pair<TensorId, MemoryId>, Time>& arrived, ProcessorId p,
                 LayerId layer, const std::vector<Interval>& own,
                 const std::vector<Interval>& neighbours) {
    const Timeline& measured = observation.measured;
    const LayerSpan& span = measured.layers[layer];
    const auto& cost = costs_(layer, p);
    if (!cost || span.finish <= span.start || hardware_.processors()[p].streams > 1) return;

    Time ready{0};
    for (const TensorId input : network_.layer(layer).inputs) {
      const auto there = arrived.find({input, hardware_.processors()[p].memory});
      if (there != arrived.end()) ready = std::max(ready, there->second);
      const auto& producer = network_.tensor(input).producer;
      if (producer && measured.layers[*producer].processor == p) {
        ready = std::max(ready, measured.layers[*producer].finish);
      }
    }
    for (const Interval& before : own) {
      if (before.start < span.start) ready = std::max(ready, before.finish);
    }
    ready = std::min(ready, span.start);

    const double overlap = static_cast<double>(covered({ready, span.finish}, neighbours).count()) /
                           static_cast<double>((span.finish - ready).count());
    const double alone = static_cast<double>(cost->time.count());
    Equation equation;
    equation.coefficients.assign(unknowns(), 0.0);
    equation.coefficients[index(p)] = 1;
    equation.coefficients[scale_of(p)] = alone;
    if (const auto& package = hardware_.processors()[p].package; package && overlap > 0) {
      equation.coefficients[hardware_.processors().size() + *package] = alone * overlap;
      overlaps_.insert(*package);
    }
    equation.value = static_cast<double>((span.finish - ready).count()) - alone;
    seen_.insert(p);
    equations_.push_back(std::move(equation));
  }

  const Network& network_;
  const Hardware& hardware_;
  const CostTable& costs_;
  std::vector<Equation> equations_;
  std::set<ProcessorId> seen_;
  std::set<std::size_t> overlaps_;  // packages
};

// Moves one number at a time by shrinking factors for as long as the makespans of the fitted plans
// get closer.
class MakespanFit {
 public:
  MakespanFit(const Network& network, const Hardware& before, const CostTable& costs,
              const std::vector<Observation>& observations)
      : network_(network), before_(before), costs_(costs), observations_(observations) {}

  HardwareParts refine(HardwareParts parts) const {
    using Move = std::function<void(HardwareParts&, double)>;
    std::vector<Move> moves;
    for (const ProcessorId processor : ids<ProcessorId>(parts.processors.size())) {
      moves.push_back([processor](HardwareParts& p, double factor) {
        double& scale = p.processors[processor].time_scale;
        scale = std::clamp(scale * factor, kLeastScale, kMostScale);
      });
    }
    for (std::size_t i = 0; i < parts.packages.size(); ++i) {
      moves.push_back([i](HardwareParts& p, double factor) {
        p.packages[i].slowdown = std::clamp(p.packages[i].slowdown * factor, 1.0, kWorstSlowdown);
      });
    }
    for (const MemoryId memory : ids<MemoryId>(parts.memories.size())) {
      if (parts.memories[memory].part_of) continue;
      moves.push_back([memory](HardwareParts& p, double factor) {
        Bandwidth& bandwidth = p.memories[memory].bandwidth;
        bandwidth.value = std::llround(static_cast<double>(bandwidth.value) * factor);
      });
    }
    double best = error(parts);
    for (const double step : {1.2, 1.1, 1.05, 1.02, 1.01}) {
      for (const Move& move : moves) {
        for (const double factor : {step, 1 / step}) {
          for (int repeat = 0; repeat < 10; ++repeat) {
            HardwareParts tried = parts;
            move(tried, factor);
            const double tried_error = error(tried);
            if (tried_error >= best * 0.999) break;
            best = tried_error;
            parts = std::move(tried);
          }
        }
      }
    }
    return parts;
  }

  double error(const HardwareParts& parts) const {
    const Hardware hardware = HardwareBuilder::build(parts);
    return makespan_error(network_, hardware, rescaled(costs_, before_, hardware), observations_);
  }

 private:
  const Network& network_;
  const Hardware& before_;
  const CostTable& costs_;
  const std::vector<Observation>& observations_;
};

std::vector<Change> differences(const HardwareParts& before, const HardwareParts& after) {
  std::vector<Change> changes;
  const auto compare = [&](std::string parameter, const auto& a, const auto& b) {
    if (!(a == b)) changes.push_back({std::move(parameter), to_string(a), to_string(b)});
  };
  const auto compare_ratio = [&](std::string parameter, double a, double b) {
    if (a == b) return;
    changes.push_back({std::move(parameter), fmt::format("{:.3f}", a), fmt::format("{:.3f}", b)});
  };
  for (const ProcessorId p : ids<ProcessorId>(before.processors.size())) {
    const std::string path = "processors." + before.processors[p].name;
    compare(path + ".launch_overhead", before.processors[p].launch_overhead,
            after.processors[p].launch_overhead);
    compare(path + ".copy_setup", before.processors[p].copy_setup, after.processors[p].copy_setup);
    compare_ratio(path + ".time_scale", before.processors[p].time_scale,
                  after.processors[p].time_scale);
  }
  for (const EngineId e : ids<EngineId>(before.engines.size())) {
    compare("dma_engines." + before.engines[e].name + ".setup", before.engines[e].setup,
            after.engines[e].setup);
  }
  for (const LinkId l : ids<LinkId>(before.links.size())) {
    compare("links." + before.links[l].name + ".bandwidth", before.links[l].bandwidth,
            after.links[l].bandwidth);
  }
  for (const MemoryId m : ids<MemoryId>(before.memories.size())) {
    compare("memories." + before.memories[m].name + ".bandwidth", before.memories[m].bandwidth,
            after.memories[m].bandwidth);
  }
  for (std::size_t i = 0; i < before.packages.size(); ++i) {
    compare_ratio("packages." + before.packages[i].name + ".slowdown", before.packages[i].slowdown,
                  after.packages[i].slowdown);
  }
  return changes;
}

}  // namespace

Calibration calibrate(const Network& network, const Hardware& before, const CostTable& costs,
                      const std::vector<Observation>& fitted) {
  HardwareParts parts = before.parts();
  CopyFit copies(network, before);
  LayerFit layers(network, before, costs);
  for (const Observation& observation : fitted) {
    copies.add(observation);
    layers.add(observation);
  }
  copies.apply(parts);
  layers.apply(parts);
  if (!fitted.empty()) {
    // Where processors hardly ever work at once, the spans say little about what they do to each
    // other: the fitted slowdowns must prove themselves on whole plans.
    HardwareParts undisturbed = parts;
    undisturbed.packages = before.parts().packages;
    const MakespanFit makespans(network, before, costs, fitted);
    HardwareParts with = makespans.refine(std::move(parts));
    HardwareParts without = makespans.refine(std::move(undisturbed));
    parts = makespans.error(with) < makespans.error(without) ? std::move(with) : std::move(without);
  }
  std::vector<Change> changes = differences(before.parts(), parts);
  Hardware hardware = HardwareBuilder::build(std::move(parts));
  CostTable scaled_costs = rescaled(costs, before, hardware);
  return {std::move(hardware), std::move(scaled_costs), std::move(changes)};
}

double makespan_error(const Network& network, const Hardware& hardware, const CostTable& costs,
                      const std::vector<Observation>& observations) {
  if (observations.empty()) return 0;
  Evaluator evaluator(network, hardware, costs);
  double sum = 0;
  for (const Observation& observation : observations) {
    const auto measured = static_cast<double>(observation.measured.makespan.count());
    const auto predicted = static_cast<double>(evaluator.run(observation.plan).makespan.count());
    sum += std::fabs(predicted - measured) / measured;
  }
  return sum / static_cast<double>(observations.size());
}

}  // namespace partita::exec
