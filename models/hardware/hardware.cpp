#include "models/hardware/hardware.h"

#include <algorithm>
#include <cmath>

#include "models/base/assert.h"

namespace partita {
namespace {

template <class Id, class Spec>
std::optional<Id> named(const IdVector<Id, Spec>& specs, const std::string& name) {
  for (const Id id : ids<Id>(specs.size())) {
    if (specs[id].name == name) return id;
  }
  return std::nullopt;
}

// Of all of them at once.
template <class PaceOf>
Pace slowest(const std::vector<const Leg*>& legs, PaceOf&& pace_of) {
  Pace slowest;
  for (const Leg* leg : legs) {
    const Pace pace = pace_of(*leg);
    slowest.wait = std::max(slowest.wait, pace.wait);
    slowest.cap = std::min(slowest.cap, pace.cap);
  }
  return slowest;
}

}  // namespace

std::int64_t EngineSpec::descriptors(Bytes size) const {
  return chunk && size > *chunk ? (size.value - 1) / chunk->value + 1 : 1;
}

Time EngineSpec::setup_of(Bytes size) const {
  const Wide sum = static_cast<Wide>(setup.count()) * descriptors(size);
  const Wide most = Time::max().count();
  return Time{static_cast<std::int64_t>(std::min(sum, most))};
}

Bytes CompressionSpec::packed(Content content, Bytes size) const {
  const double bytes = static_cast<double>(size.value) / ratio[static_cast<std::size_t>(content)];
  return Bytes{std::min(size.value, static_cast<std::int64_t>(std::ceil(bytes)))};
}

const Route* Hardware::route(MemoryId src, MemoryId dst) const {
  PARTITA_ASSERT(src != dst, "no route leads from a memory to itself");
  const std::optional<Route>& found = routes_[index(src) * memories_.size() + index(dst)];
  return found ? &*found : nullptr;
}

Bandwidth Hardware::fastest(const Leg& leg, Content content) const {
  const std::vector<std::uint32_t>& uses = leg.uses[static_cast<std::size_t>(content)];
  std::int64_t rate = std::numeric_limits<std::int64_t>::max();
  for (const ChannelId channel : leg.channels) {
    // A channel that stands twice in the list carries every byte twice.
    Wide use = 0;
    for (std::size_t i = 0; i < leg.channels.size(); ++i) {
      if (leg.channels[i] == channel) use += uses.empty() ? kWholeUse : uses[i];
    }
    const Wide share = static_cast<Wide>(channels_[channel].capacity.value) * kWholeUse / use;
    rate = static_cast<std::int64_t>(std::clamp<Wide>(share, 1, rate));
  }
  return Bandwidth{rate};
}

std::optional<ProcessorId> Hardware::processor_named(const std::string& name) const {
  return named(processors_, name);
}

std::optional<MemoryId> Hardware::memory_named(const std::string& name) const {
  return named(memories_, name);
}

HardwareParts Hardware::parts() const {
  return {name_,     description_, processors_, memories_, engines_,   links_,
          switches_, packages_,    host_,       load_,     calibrated_};
}

Pace Leg::pace(Bytes size) const {
  if (!together.empty()) return slowest(together, [&](const Leg& leg) { return leg.pace(size); });
  Pace pace = pace_of_links(size);
  if (!pull) return pace;
  pace.wait = pace.wait < Time::max() - pull->asks ? pace.wait + pull->asks : Time::max();
  const Bytes window{pull->request.value * pull->outstanding};
  const Time streaming = window / pull->bandwidth;
  if (size <= window || streaming >= pull->round_trip) return pace;
  const std::int64_t rounds = (size.value - 1) / window.value;
  const Wide total = static_cast<Wide>(rounds) * pull->round_trip.count() +
                     (Bytes{size.value - rounds * window.value} / pull->bandwidth).count();
  const Wide average = static_cast<Wide>(size.value) * std::pico::den / total;
  pace.cap = std::min(pace.cap, std::max<std::int64_t>(1, static_cast<std::int64_t>(average)));
  return pace;
}

Pace Leg::pace_of_links(Bytes size) const {
  if (!together.empty()) {
    return slowest(together, [&](const Leg& leg) { return leg.pace_of_links(size); });
  }
  Pace pace;
  Time total{0};
  std::int64_t most = pace.cap;
  for (const Paced& link : paced) {
    const auto after = std::find_if(link.regimes.begin(), link.regimes.end(),
                                    [&](const Regime& regime) { return regime.from > size; });
    if (after == link.regimes.begin()) continue;
    const Regime& regime = after[-1];
    const Time more = (size - regime.from) / regime.bandwidth;
    total = std::max(total, regime.time < Time::max() - more ? regime.time + more : Time::max());
    pace.cap = std::min(pace.cap, regime.bandwidth.value);
    most = std::min(most, link.bandwidth.value);
  }
  if (total == Time{0}) return {};
  // A line that meets the axis below zero is faster than its slope.
  const Wide average = static_cast<Wide>(size.value) * std::pico::den / total.count();
  if (average < most) pace.cap = std::max(pace.cap, static_cast<std::int64_t>(average) + 1);
  pace.cap = std::min(pace.cap, most);
  pace.wait = std::max(Time{0}, total - size / Bandwidth{pace.cap});
  return pace;
}

}  // namespace partita
