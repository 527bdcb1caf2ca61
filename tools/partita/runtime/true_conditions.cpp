#include "tools/partita/runtime/true_conditions.h"

#include <algorithm>

namespace partita::command {
namespace {

constexpr std::size_t kPieces = 12, kMostSegments = 48;

Conditions conditions_at(const Hardware& hardware, Time when) {
  Conditions now = Conditions::undisturbed(hardware);
  IdVector<LinkId, double> traffic(hardware.links().size(), 0.0);
  for (const LoadSpec& load : hardware.load()) {
    if (!holds_at(load, when)) continue;
    if (const auto* slowed = std::get_if<SlowedDown>(&load.effect)) {
      now.slowdown[slowed->processor] *= slowed->factor;
    } else if (const auto* busy = std::get_if<BusyShare>(&load.effect)) {
      now.slowdown[busy->processor] /= 1 - busy->share;
    } else if (const auto* lost = std::get_if<Lost>(&load.effect)) {
      now.present[lost->processor] = false;
    } else if (const auto* link = std::get_if<SlowedLink>(&load.effect)) {
      now.link_slowdown[link->link] *= link->factor;
    } else if (const auto* others = std::get_if<LinkTraffic>(&load.effect)) {
      traffic[others->link] += static_cast<double>(others->rate.value);
    }
  }
  for (const LinkId id : ids<LinkId>(traffic.size())) {
    const auto capacity = static_cast<double>(hardware.links()[id].bandwidth.value);
    now.link_slowdown[id] *= capacity / std::max(capacity - traffic[id], capacity / 2);
  }
  return now;
}

std::vector<Time> changes(const Scenario& scenario, const Hardware& hardware, Time end) {
  std::vector<Time> at{Time{0}};
  for (const LoadSpec& load : hardware.load()) {
    for (const Window& window : windows(load, end, kMostSegments)) {
      at.push_back(window.from);
      at.push_back(window.until);
    }
  }
  for (const Mix& mix : scenario.mix) at.push_back(mix.from);
  if (!scenario.arrivals.markov.empty()) {
    for (std::size_t i = 1; i < kPieces; ++i) {
      at.push_back(
          Time{end.count() / static_cast<std::int64_t>(kPieces) * static_cast<std::int64_t>(i)});
    }
  }
  std::sort(at.begin(), at.end());
  at.erase(std::unique(at.begin(), at.end()), at.end());
  while (!at.empty() && at.back() >= end && at.size() > 1) at.pop_back();
  if (at.size() > kMostSegments) at.resize(kMostSegments);
  return at;
}

}  // namespace

std::vector<Segment> true_segments(const Scenario& scenario, const Hardware& hardware,
                                   const std::vector<ScenarioRequest>& requests) {
  const Time end = requests.back().arrival + Time{1};
  const std::vector<Time> at = changes(scenario, hardware, end);
  std::vector<Segment> segments;
  auto next = requests.begin();
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Time until = i + 1 < at.size() ? at[i + 1] : end;
    Segment& segment = segments.emplace_back();
    segment.from = at[i];
    segment.conditions = conditions_at(hardware, at[i]);
    segment.shares.assign(scenario.classes.size(), 0);
    double count = 0;
    for (; next != requests.end() && next->arrival < until; ++next) {
      segment.shares[next->seen_class] += 1;
      count += 1;
    }
    for (double& share : segment.shares) {
      share = count > 0 ? share / count : 1 / static_cast<double>(scenario.classes.size());
    }
    segment.arrivals_per_second = count / seconds(until - at[i]);
  }
  return segments;
}

}  // namespace partita::command
