#include "partition/bounds/work_bound.h"

#include <fmt/format.h>

#include <ClpSimplex.hpp>
#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "models/base/random.h"
#include "models/evaluate/fluid.h"
#include "partition/bounds/paths.h"
#include "partition/bounds/simplex.h"

namespace partita {
namespace {

constexpr std::int64_t kGrain = 1024;    // amounts are in ps / kGrain
constexpr double kWeightUnit = 1 << 30;  // weights become whole numbers of 2^-30
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::size_t kMostKinds = 64;  // of layers, that are placed as a whole
constexpr std::int64_t kMostNodes = 300'000;
constexpr std::size_t kMostColumns = 20'000;
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

}  // namespace

WorkBound::WorkBound(const Problem& problem, const Candidates& candidates, const MemoryFees* fees)
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
    std::int64_t ppm = 0;
    std::vector<std::pair<ProcessorId, std::size_t>> members;  // and their resources

    std::int64_t slowest() const {  // how long a millionth of work takes while all are busy
      return kMillion + static_cast<std::int64_t>(members.size() - 1) * ppm;
    }
  };
  std::vector<Package> packages(hardware.packages().size());
  for (const ProcessorId p : ids<ProcessorId>(processors)) {
    const auto& number = hardware.processors()[p].package;
    if (!number) continue;
    packages[*number].members.emplace_back(p, resources_.size());
    resources_.push_back({Kind::Package, hardware.packages()[*number].name});
  }
  for (std::size_t i = 0; i < packages.size(); ++i)
    packages[i].ppm = std::min(kMillion, disturbance_ppm(hardware.packages()[i].slowdown));

  for (const LayerId layer : problem.network.layers()) {
    for (const ProcessorId p : candidates[layer]) {
      const ProcessorSpec& spec = hardware.processors()[p];
      const Time time = duration(problem, layer, p);
      const ChannelId channel = hardware.channel_of(spec.memory);
      const std::int64_t capacity = hardware.channels()[channel].capacity.value;
      const LayerDemand demand =
          layer_demand(time, problem.costs(layer, p)->traffic, Bandwidth{capacity});
      Option option{.processor = p, .uses = {}};
      if (fees != nullptr) option.fee = grains(fees->of(layer, p).count(), 1);
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
      if (spec.package) {
        const Package& package = packages[*spec.package];
        // Where the demand is so small that rounding keeps it at 1 B/s, the package may not slow
        // the layer down.
        const bool slows = !elsewhere && least_asked / length * kMillion >= package.slowest();
        const Wide streams =
            static_cast<Wide>(spec.streams) * (slows ? kMillion : package.slowest());
        for (const auto& [member, resource] : package.members) {
          const std::int64_t part = member == p ? kMillion : package.ppm;
          option.uses.push_back(
              {resource, grains(static_cast<Wide>(time.count()) * part, streams)});
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
  // Few layers leave time to find the way from anywhere.
  if (at.empty()) {
    at = all.size() > kMost
             ? by_speed(layers)
             : std::vector<double>(resources_.size(), 1.0 / static_cast<double>(resources_.size()));
  }
  const bounds::Alike alike = WorkBound::alike();
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
        double cost = static_cast<double>(option.fee);
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
    alike.level(slope);
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

// The smallest T such that parts of layers, on any of their options, keep every resource within it (fees
// added). Floating point proves nothing: its prices of resources are weights like any other.
WorkBound::Weights WorkBound::best_weights_for(const std::vector<LayerId>& layers) const {
  std::size_t columns = 0;
  for (const LayerId layer : layers) columns += options_[layer].size();
  const Weights found = weights_for(layers);
  if (columns > kMostColumns) return found;
  const double unit = static_cast<double>(std::max(1_ps, bound(layers, found)).count()) * kGrain;
  const auto resources = static_cast<int>(resources_.size());
  const auto rows = resources + static_cast<int>(layers.size());
  ClpSimplex lp;
  lp.setLogLevel(0);
  lp.resize(rows, 0);
  std::vector<int> all(resources_.size());
  std::iota(all.begin(), all.end(), 0);
  for (const int r : all) lp.setRowBounds(r, -COIN_DBL_MAX, 0);
  const std::vector<double> largest(resources_.size(), -1.0);
  lp.addColumn(resources, all.data(), largest.data(), 0, COIN_DBL_MAX, 1);
  for (int row = resources; row < rows; ++row) {
    lp.setRowBounds(row, 1, 1);
    for (const Option& option : options_[layers[static_cast<std::size_t>(row - resources)]]) {
      std::vector<int> of{row};
      std::vector<double> parts{1};
      for (const Use& use : option.uses) {
        of.push_back(static_cast<int>(use.resource));
        parts.push_back(static_cast<double>(use.amount) / unit);
      }
      lp.addColumn(static_cast<int>(of.size()), of.data(), parts.data(), 0, COIN_DBL_MAX,
                   static_cast<double>(option.fee) / unit);
    }
  }
  lp.dual();
  Weights best;
  for (const int r : all) best.of_resource.push_back(std::max(0.0, -lp.getRowPrice()[r]));
  project_to_simplex(best.of_resource);
  return bound(layers, best) > bound(layers, found) ? best : found;
}

bounds::Alike WorkBound::alike() const {
  std::vector<std::vector<bounds::Asked>> asked(resources_.size());
  for (const LayerId layer : ids<LayerId>(options_.size())) {
    for (const Option& option : options_[layer]) {
      for (const Use& use : option.uses) asked[use.resource].push_back({index(layer), use.amount});
    }
  }
  return bounds::Alike(std::move(asked));
}

WorkBound::Whole WorkBound::whole(const Weights& weights) {
  Whole whole;
  for (const double weight : weights.of_resource) {
    whole.weights.push_back(static_cast<std::int64_t>(weight * kWeightUnit));
    whole.sum += whole.weights.back();
  }
  if (whole.sum > 0) whole.unit = whole.sum * kGrain;  // else nothing counts, over anything
  return whole;
}

Wide WorkBound::least(LayerId layer, const Whole& whole) const {
  std::optional<Wide> least;
  for (const Option& option : options_[layer]) {
    Wide cost = option.fee * whole.sum;
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

Time WorkBound::whole_bound(const std::vector<LayerId>& layers, const Weights& weights) const {
  const Time cut = bound(layers, weights);
  std::map<std::vector<bounds::WholeWork::Option>, std::int64_t> kinds;
  for (const LayerId layer : layers) {
    std::vector<bounds::WholeWork::Option> kind;
    for (const Option& option : options_[layer]) {
      if (option.fee > 0) return cut;
      kind.push_back({index(option.processor), option.uses});
    }
    ++kinds[std::move(kind)];
    if (kinds.size() > kMostKinds) return cut;
  }
  bounds::WholeWork work{{}, resources_.size()};
  for (const auto& [options, count] : kinds) work.kinds.push_back({options, count});
  // What takes longest comes first.
  const auto least = [](const bounds::WholeWork::Kind& kind) {
    std::int64_t time = std::numeric_limits<std::int64_t>::max();
    for (const auto& option : kind.options) time = std::min(time, option.uses.front().amount);
    return time;
  };
  std::stable_sort(work.kinds.begin(), work.kinds.end(),
                   [&](const auto& a, const auto& b) { return least(a) > least(b); });
  // The best weights, and what is left of them without any one resource.
  std::vector<std::int64_t> whole;
  for (const double weight : weights.of_resource)
    whole.push_back(static_cast<std::int64_t>(weight * kWeightUnit));
  std::vector<std::vector<std::int64_t>> some{whole};
  for (std::size_t r = 0; r < whole.size(); ++r) {
    if (whole[r] == 0) continue;
    some.push_back(whole);
    some.back()[r] = 0;
  }
  const std::int64_t found = bounds::whole_work_bound(work, some, cut.count() * kGrain, kMostNodes);
  return Time{found / kGrain};
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
