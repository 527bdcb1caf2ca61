#include "partition/bounds/work_bound.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

#include "models/base/random.h"
#include "models/evaluate/fluid.h"
#include "partition/bounds/paths.h"

namespace partita {
namespace {

constexpr std::int64_t kGrain = 1024;    // amounts are in ps / kGrain
constexpr double kWeightUnit = 1 << 30;  // weights become whole numbers of 2^-30
constexpr std::int64_t kMillion = 1'000'000;
constexpr int kRounds = 400;
constexpr int kPatience = 12;         // rounds without a gain before the target comes closer
constexpr std::size_t kMost = 2'000;  // layers that weights are sought with

std::vector<LayerId> some_of(const std::vector<LayerId>& layers) {
  if (layers.size() <= kMost) return layers;
  Random random(1);
  std::vector<LayerId> some;
  for (std::size_t i = 0; i < kMost; ++i) some.push_back(layers[random.below(layers.size())]);
  return some;
}

std::int64_t grains(Wide numerator, Wide denominator) {
  const Wide amount = numerator * kGrain / denominator;
  return static_cast<std::int64_t>(
      std::min<Wide>(amount, std::numeric_limits<std::int64_t>::max()));
}

// The nearest point whose parts are not negative and sum to 1 (Held, Wolfe, Crowder, "Validation of
// subgradient optimization", 1974).
void project_to_simplex(std::vector<double>& point) {
  std::vector<double> sorted = point;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0, shift = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    const double candidate = (sum - 1) / static_cast<double>(i + 1);
    if (sorted[i] - candidate > 0) shift = candidate;
  }
  for (double& part : point) part = std::max(0.0, part - shift);
}

}  // namespace

PackageSpeed speed_together(std::int64_t members, std::int64_t ppm) {
  PackageSpeed best;
  for (std::int64_t k = 1; k <= members; ++k) {
    const PackageSpeed speed{k * kMillion, kMillion + (k - 1) * ppm};
    if (static_cast<Wide>(speed.numerator) * best.denominator >
        static_cast<Wide>(best.numerator) * speed.denominator) {
      best = speed;
    }
  }
  return best;
}

WorkBound::WorkBound(const Problem& problem, const Candidates& candidates)
    : options_(problem.network.layer_count()) {
  const Hardware& hardware = problem.hardware;
  const std::size_t processors = hardware.processors().size();
  const bool load_store = has_load_store(hardware);
  for (const ProcessorSpec& spec : hardware.processors())
    resources_.push_back({Kind::Processor, spec.name});

  // A flow never gets less than 1 B/s, even on a channel that is full: at most one such excess for
  // each flow there can be at once, twice where it crosses the channel twice.
  std::int64_t most_flows = static_cast<std::int64_t>(processors);
  for (const EngineSpec& spec : hardware.engines()) most_flows += spec.channels;
  for (const ProcessorSpec& spec : hardware.processors()) most_flows += spec.streams;
  IdVector<ChannelId, std::optional<std::size_t>> memory(hardware.channels().size());
  for (const ProcessorSpec& spec : hardware.processors()) {
    const ChannelId channel = hardware.channel_of(spec.memory);
    if (memory[channel]) continue;
    memory[channel] = resources_.size();
    resources_.push_back({Kind::Memory, hardware.channels()[channel].name});
  }

  struct Package {
    std::int64_t members = 0, ppm = 0;
    PackageSpeed speed;
    std::size_t resource = 0;
  };
  std::vector<Package> packages(hardware.packages().size());
  for (const ProcessorSpec& spec : hardware.processors()) {
    if (spec.package) ++packages[*spec.package].members;
  }
  for (std::size_t i = 0; i < packages.size(); ++i) {
    packages[i].ppm = disturbance_ppm(hardware.packages()[i].slowdown);
    packages[i].speed = speed_together(packages[i].members, packages[i].ppm);
    packages[i].resource = resources_.size();
    resources_.push_back({Kind::Package, hardware.packages()[i].name});
  }

  for (const LayerId layer : problem.network.layers()) {
    for (const ProcessorId p : candidates[layer]) {
      const ProcessorSpec& spec = hardware.processors()[p];
      const Time time = duration(problem, layer, p);
      const ChannelId channel = hardware.channel_of(spec.memory);
      const std::int64_t capacity = hardware.channels()[channel].capacity.value;
      const LayerDemand demand =
          layer_demand(time, problem.costs(layer, p)->traffic, Bandwidth{capacity});
      Option option;
      option.uses.push_back({index(p), grains(time.count(), spec.streams)});
      const bool elsewhere = load_store && may_read_in_place(problem, layer, p);
      // What has to wake first asks for the same bytes in more time, to the nearest B/s and byte.
      const Time waking = spec.sleep ? spec.sleep->wake : Time{0};
      const Wide length = after(time, waking).count();
      const Wide asked = static_cast<Wide>(time.count()) * demand.cap;
      const Wide least_asked =
          waking == Time{0} ? asked : std::max<Wide>(0, asked - length - std::pico::den);
      if (demand.contends && !elsewhere) {
        option.uses.push_back(
            {*memory[channel], grains(least_asked, static_cast<Wide>(capacity) + 2 * most_flows)});
      }
      if (spec.package && !elsewhere) {
        const Package& package = packages[*spec.package];
        // Where the demand is so small that rounding keeps it at 1 B/s, the package may not slow
        // the layer down.
        const bool slows = least_asked / length * kMillion >=
                           kMillion + static_cast<Wide>(package.members - 1) * package.ppm;
        if (slows) {
          option.uses.push_back(
              {package.resource,
               grains(static_cast<Wide>(time.count()) * package.speed.denominator,
                      static_cast<Wide>(spec.streams) * package.speed.numerator)});
        }
      }
      options_[layer].push_back(std::move(option));
    }
  }
}

WorkBound::Weights WorkBound::weights_for(const std::vector<LayerId>& all, const Weights& start,
                                          const Deadline& deadline) const {
  const std::vector<LayerId> layers = some_of(all);
  std::vector<double> at = start.of_resource;
  if (at.empty()) at = by_speed(layers);
  std::vector<double> best = at, slope(at.size());
  double best_value = -1;
  double reach = 0.5;  // how far above the best the target lies
  int without_gain = 0;
  for (int round = 0; round < kRounds && !deadline.passed(); ++round) {
    double value = 0;
    std::fill(slope.begin(), slope.end(), 0.0);
    for (const LayerId layer : layers) {
      const Option* cheapest = nullptr;
      double least = std::numeric_limits<double>::infinity();
      for (const Option& option : options_[layer]) {
        double cost = 0;
        for (const Use& use : option.uses)
          cost += at[use.resource] * static_cast<double>(use.amount);
        if (cost < least) least = cost, cheapest = &option;
      }
      value += least;
      for (const Use& use : cheapest->uses) slope[use.resource] += static_cast<double>(use.amount);
    }
    if (value > best_value * (1 + 1e-6)) {
      without_gain = 0;
    } else if (++without_gain >= kPatience) {
      reach /= 2, without_gain = 0;
      at = best;
    }
    if (value > best_value) best_value = value, best = at;
    // Within the simplex only the part of the slope that keeps the sum counts.
    const double mean =
        std::accumulate(slope.begin(), slope.end(), 0.0) / static_cast<double>(slope.size());
    double length = 0;
    for (double& part : slope) part -= mean, length += part * part;
    if (length == 0) break;
    const double step = (best_value * (1 + reach) - value) / length;
    for (std::size_t i = 0; i < at.size(); ++i) at[i] += step * slope[i];
    project_to_simplex(at);
  }
  return {std::move(best)};
}

WorkBound::Whole WorkBound::whole(const Weights& weights) {
  Whole whole;
  Wide sum = 0;
  for (const double weight : weights.of_resource) {
    whole.weights.push_back(static_cast<std::int64_t>(weight * kWeightUnit));
    sum += whole.weights.back();
  }
  if (sum > 0) whole.unit = sum * kGrain;  // else nothing counts, over anything
  return whole;
}

Wide WorkBound::least(LayerId layer, const Whole& whole) const {
  std::optional<Wide> least;
  for (const Option& option : options_[layer]) {
    Wide cost = 0;
    for (const Use& use : option.uses)
      cost += static_cast<Wide>(use.amount) * whole.weights[use.resource];
    if (!least || cost < *least) least = cost;
  }
  return least.value_or(0);
}

// Weights that are the best where all processors can do everything, each at a speed of its own, and
// nothing else is scarce; or equal ones, where those are better.
std::vector<double> WorkBound::by_speed(const std::vector<LayerId>& layers) const {
  std::vector<double> equal(resources_.size(), 1.0 / static_cast<double>(resources_.size()));
  std::vector<double> work(resources_.size(), 0.0), speed(resources_.size(), 0.0);
  for (const LayerId layer : layers) {
    for (const Option& option : options_[layer])
      work[option.uses.front().resource] += static_cast<double>(option.uses.front().amount);
  }
  double sum = 0;
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (resources_[i].kind == Kind::Processor && work[i] > 0) sum += speed[i] = 1 / work[i];
  }
  if (sum == 0) return equal;
  for (double& part : speed) part /= sum;
  return bound(layers, {speed}) > bound(layers, {equal}) ? speed : equal;
}

Time WorkBound::bound(const std::vector<LayerId>& layers, const Weights& weights) const {
  const Whole whole = WorkBound::whole(weights);
  Wide sum = 0;
  for (const LayerId layer : layers) sum += least(layer, whole);
  return Time{static_cast<std::int64_t>(sum / whole.unit)};
}

WorkBound::Shares WorkBound::shares(const Weights& weights) const {
  const Whole whole = WorkBound::whole(weights);
  Shares shares{{}, whole.unit};
  for (const LayerId layer : ids<LayerId>(options_.size()))
    shares.of_layer.push_back(least(layer, whole));
  return shares;
}

std::string WorkBound::dominant(const Weights& weights) const {
  double of_processors = 0;
  std::size_t heaviest = 0;
  for (std::size_t i = 0; i < resources_.size(); ++i) {
    if (resources_[i].kind == Kind::Processor) of_processors += weights.of_resource[i];
    if (weights.of_resource[i] > weights.of_resource[heaviest]) heaviest = i;
  }
  if (of_processors >= 0.5) {
    return weights.of_resource[heaviest] > 0.999
               ? fmt::format("work of {}", resources_[heaviest].name)
               : "work of all processors";
  }
  switch (resources_[heaviest].kind) {
    case Kind::Memory: return fmt::format("bandwidth of {}", resources_[heaviest].name);
    case Kind::Package: return fmt::format("work of package {}", resources_[heaviest].name);
    case Kind::Processor: break;
  }
  return "work of all processors and memories";
}

}  // namespace partita
