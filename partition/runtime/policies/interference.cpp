#include "partition/runtime/policies/interference.h"

namespace partita {
namespace {

constexpr std::size_t kMostKept = 256;

}  // namespace

std::vector<std::vector<Neighbour>> neighbours_of(const Hardware& hardware) {
  const auto processors = ids<ProcessorId>(hardware.processors().size());
  std::vector<std::vector<Neighbour>> all(hardware.processors().size());
  for (const ProcessorId p : processors) {
    const ProcessorSpec& one = hardware.processors()[p];
    for (const ProcessorId q : processors) {
      if (q == p) continue;
      const ProcessorSpec& other = hardware.processors()[q];
      const bool one_package = one.package && one.package == other.package;
      const bool one_memory = hardware.channel_of(one.memory) == hardware.channel_of(other.memory);
      if (!one_package && !one_memory) continue;
      const double slowdown = one_package ? hardware.packages()[*one.package].slowdown - 1 : 0;
      all[index(p)].push_back({q, slowdown, one_memory});
    }
  }
  return all;
}

double memory_demand(const LayerCost& cost, ProcessorId processor, const Hardware& hardware) {
  const ProcessorSpec& spec = hardware.processors()[processor];
  const ChannelId memory = hardware.channel_of(spec.memory);
  const auto capacity = static_cast<double>(hardware.channels()[memory].capacity.value);
  const double time = seconds(cost.time + cost.launch_overhead(spec));
  return std::min(1.0, static_cast<double>(cost.traffic.value) / time / capacity);
}

Company::Company(const Hardware& hardware, std::size_t layers, std::size_t in_flight)
    : neighbours_(neighbours_of(hardware)), next_(neighbours_.size(), 0) {
  const bool any = std::any_of(neighbours_.begin(), neighbours_.end(),
                               [](const auto& each) { return !each.empty(); });
  if (any && in_flight > 1) kept_ = std::min(kMostKept, 2 * in_flight * layers);
  recent_.assign(neighbours_.size(), std::vector<Span>(kept_));
}

void Company::note(const LayerReading& reading, double demand) {
  if (!matters() || reading.start < Time{0}) return;
  const std::size_t p = index(reading.processor);
  recent_[p][next_[p]] = {reading.start, reading.start + reading.measured, reading.run, demand};
  next_[p] = (next_[p] + 1) % kept_;
}

double Company::stretch(const LayerReading& reading, double demand) const {
  if (!matters() || reading.start < Time{0} || reading.measured <= Time{0}) return 1;
  const Time finish = reading.start + reading.measured;
  const double whole = seconds(reading.measured);
  double busy = 0, slowdown = 0, lost = 0;
  for (const Neighbour& neighbour : neighbours_[index(reading.processor)]) {
    for (const Span& span : recent_[index(neighbour.processor)]) {
      if (span.run == reading.run || span.finish <= reading.start || span.start >= finish) continue;
      const double both =
          seconds(std::min(finish, span.finish) - std::max(reading.start, span.start));
      if (neighbour.slowdown > 0) busy += both, slowdown = neighbour.slowdown;
      lost += (neighbour.loss(demand, span.demand) - neighbour.slowdown) * both;
    }
  }
  // Of the package, once.
  lost += slowdown * std::min(busy, whole);
  return 1 + lost / whole;
}

}  // namespace partita
