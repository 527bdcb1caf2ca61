#include "models/analysis/energy.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

namespace partita {
namespace {

template <class Visit>
void for_changes(const Series& series, Visit&& visit) {
  std::int64_t before = 0;
  for (const Series::Point& point : series.points()) {
    visit(point.at, point.value - before);
    before = point.value;
  }
}

Consumed processor(const ProcessorSpec& spec, const Series& work, Time makespan) {
  Changes power;
  const auto rest = [&](Time from, Time until) {
    Time awake = until;
    if (spec.sleep) awake = from + std::min(spec.sleep->after, until - from);
    power.add(from, awake, spec.idle.value);
    if (spec.sleep) power.add(awake, until, spec.sleep->power.value);
  };
  Time free{0};
  std::optional<Time> busy;
  for (const Series::Point& point : work.points()) {
    if (point.value > 0 && !busy) {
      rest(free, point.at);
      busy = point.at;
    } else if (point.value == 0) {
      power.add(*busy, point.at, spec.active.value);
      busy.reset();
      free = point.at;
    }
  }
  if (busy) {
    power.add(*busy, makespan, spec.active.value);
  } else if (free < makespan) {
    rest(free, makespan);
  }
  Consumed made{power.series()};
  made.energy = made.power.integral(Time{0}, makespan);
  return made;
}

// Of bytes over some channels, and `idle`.
class ChannelPower {
 public:
  ChannelPower(const Traffic& traffic, Time makespan) : traffic_(traffic), makespan_(makespan) {}

  Consumed of(Power idle, EnergyPerByte energy, std::span<const ChannelId> channels) const {
    Changes power;
    power.add(Time{0}, makespan_, idle.value);
    Consumed made;
    made.energy = static_cast<Wide>(idle.value) * makespan_.count();
    Changes rate;
    for (const ChannelId channel : channels) {
      if (energy.value == 0) break;
      made.energy += static_cast<Wide>(traffic_.moved[channel].value) * energy.value;
      for_changes(traffic_.rate[channel], [&](Time at, auto by) { rate.add(at, by); });
      for_changes(traffic_.others[channel], [&](Time at, auto by) { rate.add(at, -by); });
    }
    const Series own = rate.series();
    std::int64_t before = 0;
    for (const Series::Point& point : own.points()) {
      const std::int64_t now = (Bandwidth{point.value} * energy).value;
      power.add(point.at, now - before);
      before = now;
    }
    made.power = power.series();
    return made;
  }

 private:
  const Traffic& traffic_;
  const Time makespan_;
};

}  // namespace

Consumption consumption_of(const WorkloadRun& run, const Activity& activity,
                           const Traffic& traffic) {
  const Hardware& hardware = run.hardware;
  const Time makespan = run.until;
  const ChannelPower channels(traffic, makespan);
  Consumption made;
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    Changes work;
    for (const Series* each : {&activity.running[id], &activity.copying[id]}) {
      for_changes(*each, [&](Time at, auto by) { work.add(at, by); });
    }
    made.processors.push_back(processor(hardware.processors()[id], work.series(), makespan));
  }
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    const MemorySpec& spec = hardware.memories()[id];
    const ChannelId channel = hardware.channel_of(id);
    std::span<const ChannelId> own;
    if (!spec.part_of) own = {&channel, 1};
    made.memories.push_back(channels.of(spec.idle, spec.energy, own));
  }
  for (const LinkId id : ids<LinkId>(hardware.links().size())) {
    const LinkSpec& spec = hardware.links()[id];
    const std::span<const ChannelId> both = hardware.channels_of(id);
    made.links.push_back(channels.of(spec.idle, spec.energy, both.first(spec.full_duplex ? 2 : 1)));
  }
  for (const SwitchSpec& spec : hardware.switches()) {
    made.switches.push_back(channels.of(spec.idle, EnergyPerByte{}, {}));
  }

  Changes total;
  const auto add = [&](const auto& parts) {
    for (const Consumed& each : parts) {
      made.total.energy += each.energy;
      for_changes(each.power, [&](Time at, auto by) { total.add(at, by); });
    }
  };
  add(made.processors);
  add(made.memories);
  add(made.links);
  add(made.switches);
  made.total.power = total.series();
  return made;
}

Energy energy(const Consumed& consumed) {
  constexpr Wide kPerNanojoule = 1'000'000;  // fJ
  return {static_cast<std::int64_t>(
      std::min<Wide>(consumed.energy / kPerNanojoule, std::numeric_limits<std::int64_t>::max()))};
}

Power average_power(const Consumed& consumed, Time makespan) {
  if (makespan == Time{0}) return {};
  return {static_cast<std::int64_t>(consumed.energy / makespan.count())};
}

}  // namespace partita
