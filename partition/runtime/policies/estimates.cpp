#include "partition/runtime/policies/estimates.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "partition/runtime/policies/plan_library.h"

namespace partita {
namespace {

// Rows of all classes below each other.
CostTable all_classes(const PolicyProblem& problem) {
  const std::size_t layers = layer_count(problem);
  CostTable all(problem.classes.size() * layers, problem.hardware->processors().size());
  for (std::size_t c = 0; c < problem.classes.size(); ++c) {
    for (const LayerId layer : ids<LayerId>(layers)) {
      for (const ProcessorId p : ids<ProcessorId>(problem.hardware->processors().size()))
        all.set(static_cast<LayerId>(c * layers + index(layer)), p,
                (*problem.classes[c].when_known().costs)(layer, p));
    }
  }
  return all;
}

constexpr double kMostShare = 0.99;
constexpr int kTrial = 3;       // one surprise is not believed
constexpr double kSlow = 1.25;  // such a processor was not forgotten for nothing

}  // namespace

Estimates::Estimates(const PolicyProblem& problem, const Hardware& hardware,
                     EstimateOptions options)
    : hardware_(hardware),
      options_(options),
      layers_(layer_count(problem)),
      costs_(all_classes(problem), options.costs),
      expected_(problem.classes.size() * layers_ * hardware.processors().size(), Time{0}),
      demands_(expected_.size(), 0.0),
      company_(hardware, layers_, problem.in_flight),
      grouped_in_(problem.classes.size() * layers_, 0),
      seen_(hardware.processors().size()),
      present_(hardware.processors().size(), true),
      used_(hardware.processors().size(), false),
      others_(hardware.processors().size(), 0.0),
      ways_(hardware.memories().size() * hardware.memories().size()),
      links_(hardware.links().size(), 1.0),
      link_of_(hardware.channels().size()),
      shares_(expected_shares(problem)),
      gap_(problem.arrivals_per_second > 0 ? 1 / problem.arrivals_per_second : 0) {
  for (std::size_t c = 0; c < problem.classes.size(); ++c) {
    const InputClass of = problem.classes[c].when_known();
    networks_.push_back(of.network);
    for (const LayerId layer : ids<LayerId>(layers_)) {
      for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
        const auto& cost = (*of.costs)(layer, p);
        if (!cost) continue;
        const std::size_t at = index(row(c, layer));
        expected(at, p) = cost->time + cost->launch_overhead(hardware.processors()[p]);
        demands_[at * hardware.processors().size() + index(p)] = memory_demand(*cost, p, hardware);
      }
    }
  }
  for (const LinkId link : ids<LinkId>(hardware.links().size())) {
    for (const ChannelId channel : hardware.channels_of(link)) link_of_[channel] = link;
  }
  group_.reserve(layers_);
}

void Estimates::expect(const Candidate& candidate) {
  for (const ProcessorId p : ids<ProcessorId>(used_.size())) {
    used_[p] =
        std::any_of(candidate.configuration->plans.begin(), candidate.configuration->plans.end(),
                    [&](const auto& plan) { return !plan->order(p).empty(); });
  }
  for (std::size_t c = 0; c < candidate.classes.size(); ++c) {
    const Plan& plan = *candidate.configuration->plans[c];
    for (const LayerId layer : ids<LayerId>(layers_))
      expected(index(row(c, layer)), plan.processor(layer)) = candidate.classes[c].spent[layer];
  }
}

void Estimates::observe(std::span<const LayerReading> layers, std::span<const CopyReading> copies) {
  const auto is_of_ours = [&](const LayerReading& reading) {
    return index(reading.layer) < layers_ && reading.measured > Time{0} &&
           index(reading.processor) < hardware_.processors().size();
  };
  const auto demand_of = [&](const LayerReading& reading) {
    return demand(index(row(class_of(reading.input_class), reading.layer)), reading.processor);
  };
  for (const LayerReading& reading : layers) {
    if (company_.matters() && is_of_ours(reading)) company_.note(reading, demand_of(reading));
  }
  for (const LayerReading& reading : layers) {
    if (!is_of_ours(reading)) continue;
    const LayerId at = row(class_of(reading.input_class), reading.layer);
    const Time usual = expected(index(at), reading.processor);
    if (usual < kLeastTime) continue;
    if (grouped_in_[index(at)] == group_number_) learn_group();
    grouped_in_[index(at)] = group_number_;
    const double stretch = company_.stretch(reading, demand_of(reading));
    group_.push_back({at, reading.processor, reading.measured, scaled(usual, stretch)});
  }
  learn_group();
  for (const CopyReading& reading : copies) observe_copy(reading);
  if (!copies.empty()) settle_links();
}

void Estimates::others(std::span<const LoadReading> loads) {
  for (const LoadReading& load : loads) {
    if (index(load.processor) >= others_.size()) continue;
    const ProcessorId p = load.processor;
    const double before = slowed_by_others(p), believed = slowdown(p);
    others_[p] = std::clamp(load.share, 0.0, kMostShare);
    if (used_[p]) {
      if (before > 1 && others_[p] <= 0) costs_.forget(p);
      continue;
    }
    // What is slow beside the share of others stays so.
    costs_.rescale(p, believed / costs_.slowdown(p) * slowed_by_others(p) / before);
  }
}

void Estimates::learn_group() {
  ++group_number_;
  if (group_.empty()) return;
  ++inferences_;
  costs_.observe(group_);
  for (const Observation& each : group_) {
    Seen& seen = seen_[each.processor];
    seen.last = inferences_;
    seen.forgotten = false;
  }
  for (const ProcessorId p : ids<ProcessorId>(seen_.size())) {
    Seen& seen = seen_[p];
    if (seen.trial == 0 || seen.last != inferences_) continue;
    --seen.trial;
    if (slowdown(p) <= kSlow) continue;
    seen.patience = std::min(2 * seen.patience, EstimateOptions::kMostPatience);
    seen.trial = 0;
  }
  group_.clear();
  forget_unseen();
}

void Estimates::forget_unseen() {
  for (const ProcessorId p : ids<ProcessorId>(seen_.size())) {
    Seen& seen = seen_[p];
    if (seen.forgotten || inferences_ - seen.last < options_.forget_after * seen.patience) continue;
    seen.forgotten = true;
    seen.trial = kTrial;
    costs_.forget(p);
  }
  bool any = false;
  for (Way& way : ways_) {
    if (!way.known || inferences_ - way.last < options_.forget_after) continue;
    way.known = false;
    way.seen = 0;
    any = true;
  }
  if (any) settle_links();
}

void Estimates::back(ProcessorId processor) {
  present_[processor] = true;
  costs_.forget(processor);
}

void Estimates::observe_copy(const CopyReading& reading) {
  const std::size_t memories = hardware_.memories().size();
  if (index(reading.src) >= memories || index(reading.dst) >= memories ||
      reading.src == reading.dst || reading.measured <= Time{0})
    return;
  const Network& network = *networks_[class_of(reading.input_class)];
  if (index(reading.tensor) >= network.tensors().size()) return;
  const Route* route = hardware_.route(reading.src, reading.dst);
  if (route == nullptr || route->size() != 1) return;
  const Tensor& tensor = network.tensor(reading.tensor);
  if (tensor.transfer_time) return;
  const Leg& leg = route->front();
  const std::int64_t cap =
      std::min(leg.pace(tensor.size).cap, hardware_.fastest(leg, content_of(tensor)).value);
  const Time usual = tensor.size / Bandwidth{std::max(std::int64_t{1}, cap)};
  if (usual < kLeastTime) return;
  Way& way = ways_[index(reading.src) * memories + index(reading.dst)];
  way.recent[way.seen++ % EstimateOptions::kCopies] = seconds(reading.measured) / seconds(usual);
  way.last = inferences_;
  if (way.seen < EstimateOptions::kCopies) return;
  way.value = std::max(1.0, *std::min_element(way.recent, way.recent + EstimateOptions::kCopies));
  way.known = true;
}

void Estimates::settle_links() {
  const std::size_t memories = hardware_.memories().size();
  constexpr double kUnknown = 0;
  for (double& each : links_) each = kUnknown;
  for (std::size_t w = 0; w < ways_.size(); ++w) {
    if (!ways_[w].known) continue;
    const auto src = static_cast<MemoryId>(w / memories), dst = static_cast<MemoryId>(w % memories);
    for (const ChannelId channel : hardware_.route(src, dst)->front().channels) {
      if (!link_of_[channel]) continue;
      double& link = links_[*link_of_[channel]];
      link = link == kUnknown ? ways_[w].value : std::min(link, ways_[w].value);
    }
  }
  for (double& each : links_) each = std::max(1.0, each);
}

void Estimates::fill(Conditions& into) const {
  for (const ProcessorId p : ids<ProcessorId>(present_.size())) {
    into.slowdown[p] = slowdown(p);
    into.present[p] = present_[p];
  }
  for (const LinkId link : ids<LinkId>(links_.size())) into.link_slowdown[link] = links_[link];
}

void Estimates::arrived(Time now, std::uint32_t input_class) {
  const double weight = 1 / options_.memory;
  for (double& share : shares_) share *= 1 - weight;
  shares_[class_of(input_class)] += weight;
  if (last_arrival_) {
    const double gap = std::max(0.0, seconds(now - *last_arrival_));
    gap_ = gap_ == 0 ? gap : gap_ + weight * (gap - gap_);
  }
  last_arrival_ = now;
}

double Estimates::rate(Time now) const {
  const double silence = last_arrival_ ? seconds(now - *last_arrival_) : 0;
  const double gap = std::max(gap_, silence);
  return gap > 0 ? 1 / gap : 0;
}

}  // namespace partita
