#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "models/hardware/hardware.h"
#include "models/hardware/link_capacity.h"
#include "models/hardware/routing.h"

namespace partita {
namespace {

std::string place_of(const SourceLoc& first, const SourceLoc& second) {
  if (first.line == 0) return "";
  return first.file == second.file ? fmt::format(" at line {}", first.line)
                                   : fmt::format(" at {}", to_string(first));
}

// What needs all parts to be seen: names, ranges, references.
class Checker {
 public:
  Checker(const HardwareParts& parts, Diagnostics& diagnostics)
      : parts_(parts), diagnostics_(diagnostics), reported_before_(!diagnostics.empty()) {}

  void check() {
    check_names();
    if (!reported_before_) check_something_is_there();
    for (const ProcessorSpec& processor : parts_.processors) check(processor);
    for (const PackageSpec& package : parts_.packages) check(package);
    for (const MemoryId id : ids<MemoryId>(parts_.memories.size())) check(parts_.memories[id], id);
    for (const EngineSpec& engine : parts_.engines) check(engine);
    for (const LinkSpec& link : parts_.links) check(link);
    for (const SwitchId id : ids<SwitchId>(parts_.switches.size())) check(parts_.switches[id], id);
    for (const LoadSpec& load : parts_.load) check(load);
    if (parts_.host && !refers(*parts_.host, parts_.memories.size())) {
      error({}, "the host is a memory that does not exist");
    }
  }

 private:
  using Taken = std::map<std::string, SourceLoc>;

  void error(const SourceLoc& where, std::string message) {
    diagnostics_.error(where.file.empty() ? SourceLoc{parts_.name, 0, 0} : where,
                       std::move(message));
  }

  // An unresolved reference has been reported by whoever looked for the name.
  template <class Id>
  bool refers(Id id, std::size_t size) const {
    return index(id) < size || (id == kUnresolved<Id> && reported_before_);
  }

  void check_something_is_there() {
    if (parts_.processors.empty()) error({}, "a machine needs at least one processor");
    if (parts_.memories.empty()) error({}, "a machine needs at least one memory");
  }

  void check_names() {
    Taken processors, packages, engines, load;
    Taken places;  // links name them, and channels are named after them
    for (const ProcessorSpec& processor : parts_.processors) take(processor, processors);
    for (const PackageSpec& package : parts_.packages) take(package, packages);
    for (const EngineSpec& engine : parts_.engines) take(engine, engines);
    for (const MemorySpec& memory : parts_.memories) take(memory, places);
    for (const SwitchSpec& node : parts_.switches) take(node, places);
    for (const LinkSpec& link : parts_.links) take(link, places);
    for (const LoadSpec& entry : parts_.load) take(entry, load);
  }

  template <class Spec>
  void take(const Spec& spec, Taken& taken) {
    // "a>b" names a copy from a to b, "a>" and "a<" the directions of a link.
    const auto allowed = [](unsigned char c) {
      return c >= ' ' && c != 127 && c != '<' && c != '>';
    };
    if (spec.name.empty()) {
      error(spec.where, "an empty name");
    } else if (!std::all_of(spec.name.begin(), spec.name.end(), allowed)) {
      error(spec.where,
            fmt::format("the name '{}' holds < or > or an unprintable character", spec.name));
    }
    const auto [first, is_new] = taken.emplace(spec.name, spec.where);
    if (!is_new) {
      error(spec.where, fmt::format("the name '{}' is taken{}", spec.name,
                                    place_of(first->second, spec.where)));
    }
  }

  void check(const ProcessorSpec& spec) {
    const std::string who = fmt::format("processor '{}'", spec.name);
    if (!refers(spec.memory, parts_.memories.size())) {
      error(spec.where, who + " sits on a memory that does not exist");
    }
    if (spec.package && *spec.package >= parts_.packages.size() &&
        !(*spec.package == kUnresolvedPackage && reported_before_)) {
      error(spec.where, who + " belongs to a package that does not exist");
    }
    bool computes = false;
    for (std::size_t type = 0; type < spec.peak.size(); ++type) {
      if (!spec.peak[type]) continue;
      computes = true;
      positive(spec.where, *spec.peak[type], FlopRate{},
               fmt::format("{}: peak of {}", who, kDataTypes[type].name));
    }
    if (!computes) error(spec.where, who + " has no peak rate of any data type");
    for (std::size_t family = 0; family < spec.efficiency.size(); ++family) {
      fraction(spec.where, spec.efficiency[family],
               fmt::format("{}: efficiency of {}", who, kOpFamilies[family]));
    }
    fraction(spec.where, spec.bandwidth_efficiency, who + ": bandwidth_efficiency");
    fraction(spec.where, spec.stream_share, who + ": stream_share");
    if (!(spec.time_scale > 0) || !std::isfinite(spec.time_scale)) {
      error(spec.where,
            fmt::format("{}: time_scale is {}, and must be above 0", who, spec.time_scale));
    }
    not_negative(spec.where, spec.launch_overhead, Time{}, who + ": launch_overhead");
    not_negative(spec.where, spec.copy_setup, Time{}, who + ": copy_setup");
    not_negative(spec.where, spec.idle, Power{}, who + ": idle power");
    if (spec.streams < 1) {
      error(spec.where,
            fmt::format("{}: streams is {}, and must be at least 1", who, spec.streams));
    }
    if (spec.active < spec.idle) {
      error(spec.where, fmt::format("{}: active power {} is below idle power {}", who,
                                    exact_text(spec.active), exact_text(spec.idle)));
    }
    if (spec.sleep) {
      not_negative(spec.where, spec.sleep->after, Time{}, who + ": sleep after");
      not_negative(spec.where, spec.sleep->power, Power{}, who + ": sleep power");
      not_negative(spec.where, spec.sleep->wake, Time{}, who + ": sleep wake");
      if (spec.sleep->power > spec.idle) {
        error(spec.where, fmt::format("{}: sleep power {} is above idle power {}", who,
                                      exact_text(spec.sleep->power), exact_text(spec.idle)));
      }
    }
    if (spec.execution && spec.execution->core.value_or(0) < 0) {
      error(spec.where, fmt::format("{}: core {} is negative", who, *spec.execution->core));
    }
  }

  void check(const PackageSpec& spec) {
    if (!(spec.slowdown >= 1) || !std::isfinite(spec.slowdown)) {
      error(spec.where, fmt::format("package '{}': slowdown is {}, and must be at least 1",
                                    spec.name, spec.slowdown));
    }
  }

  void check(const MemorySpec& spec, MemoryId id) {
    const std::string who = fmt::format("memory '{}'", spec.name);
    positive(spec.where, spec.capacity, Bytes{}, who + ": capacity");
    if (!spec.part_of) {
      positive(spec.where, spec.bandwidth, Bandwidth{}, who + ": bandwidth");
    } else if (!refers(*spec.part_of, parts_.memories.size())) {
      error(spec.where, who + " is a part of a memory that does not exist");
    } else if (is_part_of_itself(id)) {
      error(spec.where, who + " is a part of itself");
    }
    not_negative(spec.where, spec.idle, Power{}, who + ": idle_power");
    not_negative(spec.where, spec.energy, EnergyPerByte{}, who + ": energy");
    check_sum_of_parts(spec, id);
  }

  bool is_part_of_itself(MemoryId id) const {
    MemoryId at = id;
    for (std::size_t steps = 0; steps <= parts_.memories.size(); ++steps) {
      const auto& whole = parts_.memories[at].part_of;
      if (!whole || index(*whole) >= parts_.memories.size()) return false;
      at = *whole;
      if (at == id) return true;
    }
    return false;  // it leads into a circle of others, which are reported themselves
  }

  void check_sum_of_parts(const MemorySpec& whole, MemoryId id) {
    Wide sum = 0;
    for (const MemorySpec& part : parts_.memories) {
      if (part.part_of == id && &part != &whole) sum += part.capacity.value;
    }
    if (sum <= whole.capacity.value) return;
    const Wide most = std::numeric_limits<std::int64_t>::max();
    const Bytes total{static_cast<std::int64_t>(std::min(sum, most))};
    error(whole.where, fmt::format("the parts of memory '{}' have {}, more than its {}", whole.name,
                                   exact_text(total), exact_text(whole.capacity)));
  }

  void check(const EngineSpec& spec) {
    if (!refers(spec.memory, parts_.memories.size())) {
      error(spec.where,
            fmt::format("DMA engine '{}' stands beside a memory that does not exist", spec.name));
    }
    const std::string who = fmt::format("DMA engine '{}'", spec.name);
    not_negative(spec.where, spec.setup, Time{}, who + ": setup");
    not_negative(spec.where, spec.completion, Time{}, who + ": completion");
    if (spec.chunk) positive(spec.where, *spec.chunk, Bytes{}, who + ": chunk");
    if (spec.outstanding && *spec.outstanding < 1) {
      error(spec.where,
            fmt::format("{}: outstanding is {}, and must be at least 1", who, *spec.outstanding));
    }
    if (spec.channels < 1 || spec.channels > kMostDmaChannels) {
      error(spec.where, fmt::format("{}: channels is {}, and must be between 1 and {}", who,
                                    spec.channels, kMostDmaChannels));
    }
  }

  void check(const LinkSpec& spec) {
    const std::string who = fmt::format("link '{}'", spec.name);
    positive(spec.where, spec.bandwidth, Bandwidth{}, who + ": bandwidth");
    not_negative(spec.where, spec.latency, Time{}, who + ": latency");
    check_regimes(spec, who);
    for (const std::string& problem :
         {error_rate_problem(spec), replay_delay_problem(spec), credits_problem(spec)}) {
      if (!problem.empty()) error(spec.where, who + ": " + problem);
    }
    if (spec.compression) check(*spec.compression, spec.where, who);
    not_negative(spec.where, spec.idle, Power{}, who + ": idle_power");
    not_negative(spec.where, spec.energy, EnergyPerByte{}, who + ": energy");
    const bool ends_exist = refers(spec.a) && refers(spec.b);
    if (!ends_exist) error(spec.where, who + " ends at something that does not exist");
    if (ends_exist && spec.a == spec.b && !is_unresolved(spec.a)) {
      error(spec.where, who + " joins a thing to itself");
    }
  }

  void check_regimes(const LinkSpec& spec, const std::string& who) {
    for (std::size_t i = 0; i < spec.regimes.size(); ++i) {
      const Regime& regime = spec.regimes[i];
      const std::string which = fmt::format("{}: regime from {}", who, exact_text(regime.from));
      not_negative(spec.where, regime.from, Bytes{}, which + ": its size");
      positive(spec.where, regime.time, Time{}, which + ": time");
      positive(spec.where, regime.bandwidth, Bandwidth{}, which + ": bandwidth");
      if (i > 0 && regime.from <= spec.regimes[i - 1].from) {
        error(spec.where, fmt::format("{} does not come after the one from {}", which,
                                      exact_text(spec.regimes[i - 1].from)));
      }
    }
  }

  void check(const CompressionSpec& spec, const SourceLoc& where, const std::string& who) {
    positive(where, spec.rate, Bandwidth{}, who + ": rate of its compression");
    for (const double ratio : spec.ratio) {
      if (ratio >= 1 && ratio <= kMostCompression) continue;
      error(where, fmt::format("{}: compression ratio is {}, and must be between 1 and {}", who,
                               ratio, kMostCompression));
    }
  }

  bool refers(const Endpoint& end) const {
    if (const auto* memory = std::get_if<MemoryId>(&end)) {
      return refers(*memory, parts_.memories.size());
    }
    return refers(std::get<SwitchId>(end), parts_.switches.size());
  }
  static bool is_unresolved(const Endpoint& end) {
    return end == Endpoint{kUnresolved<MemoryId>} || end == Endpoint{kUnresolved<SwitchId>};
  }

  void check(const SwitchSpec& spec, SwitchId id) {
    const std::string who = fmt::format("switch '{}'", spec.name);
    not_negative(spec.where, spec.latency, Time{}, who + ": latency");
    if (spec.reduction) {
      positive(spec.where, *spec.reduction, Bandwidth{}, who + ": reduction");
      // Operands would have to leave by the upstream link instead of going where they are added up.
      if (!spec.peer_to_peer) error(spec.where, who + " has a reduction, so it needs peer_to_peer");
    }
    not_negative(spec.where, spec.idle, Power{}, who + ": idle_power");
    check_ports(spec, id, who);
    if (!spec.upstream) {
      if (!spec.peer_to_peer) {
        error(spec.where,
              who +
                  " has peer_to_peer: false, so it needs an upstream link by which all traffic "
                  "enters or leaves");
      }
    } else if (!refers(*spec.upstream, parts_.links.size())) {
      error(spec.where, who + ": the upstream link does not exist");
    } else if (index(*spec.upstream) < parts_.links.size()) {
      const LinkSpec& link = parts_.links[*spec.upstream];
      const bool misread = is_unresolved(link.a) || is_unresolved(link.b);
      if (link.a != Endpoint{id} && link.b != Endpoint{id} && !misread) {
        error(spec.where,
              fmt::format("{}: the upstream link '{}' does not end at it", who, link.name));
      }
    }
  }

  void check(const LoadSpec& spec) {
    const std::string who = fmt::format("load '{}'", spec.name);
    std::visit([&](const auto& effect) { check(spec, effect, who); }, spec.effect);
    not_negative(spec.where, spec.from, Time{}, who + ": from");
    if (spec.until && *spec.until <= spec.from) {
      error(spec.where, fmt::format("{}: until {} is not after from {}", who,
                                    exact_text(*spec.until), exact_text(spec.from)));
    } else if (spec.every && !spec.until) {
      error(spec.where, who + " is repeated every so often, but has no end (until)");
    } else if (spec.every && *spec.every <= *spec.until - spec.from) {
      error(spec.where, fmt::format("{}: every {} is not longer than the {} that it holds", who,
                                    exact_text(*spec.every), exact_text(*spec.until - spec.from)));
    }
  }
  void check(const LoadSpec& spec, const LinkTraffic& traffic, const std::string& who) {
    if (!refers(traffic.link, parts_.links.size())) {
      error(spec.where, who + " is on a link that does not exist");
    }
    positive(spec.where, traffic.rate, Bandwidth{}, who + ": rate");
  }
  void check(const LoadSpec& spec, const MemoryTraffic& traffic, const std::string& who) {
    if (!refers(traffic.memory, parts_.memories.size())) {
      error(spec.where, who + " is on a memory that does not exist");
    }
    positive(spec.where, traffic.rate, Bandwidth{}, who + ": rate");
  }
  void check(const LoadSpec& spec, const SlowedLink& slowed, const std::string& who) {
    if (!refers(slowed.link, parts_.links.size())) {
      error(spec.where, who + " is on a link that does not exist");
    }
    check_slowdown(spec, slowed.factor, who);
  }
  void check(const LoadSpec& spec, const BusyShare& busy, const std::string& who) {
    check_processor(spec, busy.processor, who);
    if (busy.share > 0 && busy.share < 1) return;
    error(spec.where,
          fmt::format("{}: share is {}, and must be above 0 and below 1", who, busy.share));
  }
  void check(const LoadSpec& spec, const SlowedDown& slowed, const std::string& who) {
    check_processor(spec, slowed.processor, who);
    check_slowdown(spec, slowed.factor, who);
  }
  void check_slowdown(const LoadSpec& spec, double factor, const std::string& who) {
    if (factor >= 1 && factor <= kMostSlowdown) return;
    error(spec.where, fmt::format("{}: slowdown is {}, and must be between 1 and {:.0f}", who,
                                  factor, kMostSlowdown));
  }
  void check(const LoadSpec& spec, const Lost& lost, const std::string& who) {
    check_processor(spec, lost.processor, who);
  }
  void check_processor(const LoadSpec& spec, ProcessorId id, const std::string& who) {
    if (refers(id, parts_.processors.size())) return;
    error(spec.where, who + " is on a processor that does not exist");
  }

  void check_ports(const SwitchSpec& spec, SwitchId id, const std::string& who) {
    std::int64_t links = 0;
    for (const LinkSpec& link : parts_.links) {
      links += (link.a == Endpoint{id} ? 1 : 0) + (link.b == Endpoint{id} ? 1 : 0);
    }
    if (spec.multicast && links < 3) {
      error(spec.where, fmt::format("{} has multicast, which takes a link in and two out: only {} "
                                    "end at it",
                                    who, links));
    }
    if (!spec.ports) return;
    if (*spec.ports < 1) {
      error(spec.where, fmt::format("{}: ports is {}, and must be at least 1", who, *spec.ports));
    } else if (links > *spec.ports) {
      error(spec.where,
            fmt::format("{}: {} links end at it, which has {} ports", who, links, *spec.ports));
    }
  }

  template <class Quantity>
  void positive(const SourceLoc& where, Quantity value, Quantity zero, const std::string& what) {
    if (value <= zero) error(where, what + " must be above 0");
  }
  template <class Quantity>
  void not_negative(const SourceLoc& where, Quantity value, Quantity zero,
                    const std::string& what) {
    if (value < zero) error(where, what + " is negative");
  }
  void fraction(const SourceLoc& where, double value, const std::string& what) {
    if (!(value > 0 && value <= 1)) {
      error(where, fmt::format("{} is {}, and must be above 0 and at most 1", what, value));
    }
  }

  const HardwareParts& parts_;
  Diagnostics& diagnostics_;
  const bool reported_before_;
};

MemoryId whole_of(const HardwareParts& parts, MemoryId memory) {
  while (parts.memories[memory].part_of) memory = *parts.memories[memory].part_of;
  return memory;
}

Channels find_channels(const HardwareParts& parts) {
  Channels channels;
  channels.of_memory.resize(parts.memories.size());
  for (const MemoryId id : ids<MemoryId>(parts.memories.size())) {
    const MemorySpec& memory = parts.memories[id];
    if (!memory.part_of) {
      channels.of_memory[id] =
          channels.all.push_back({memory.name, memory.bandwidth, memory.bandwidth});
    }
  }
  for (const MemoryId id : ids<MemoryId>(parts.memories.size())) {
    channels.of_memory[id] = channels.of_memory[whole_of(parts, id)];
  }
  const auto crossing = [&](const LinkSpec& link, const Endpoint& towards) {
    const auto* node = std::get_if<SwitchId>(&towards);
    return node == nullptr ? link.latency : link.latency + parts.switches[*node].latency;
  };
  for (const LinkSpec& link : parts.links) {
    const Time there = crossing(link, link.b), back = crossing(link, link.a);
    if (link.full_duplex) {
      const ChannelId forwards =
          channels.all.push_back({link.name + ">", link_capacity(link, there), link.bandwidth});
      const ChannelId backwards =
          channels.all.push_back({link.name + "<", link_capacity(link, back), link.bandwidth});
      channels.of_link.push_back({forwards, backwards});
    } else {
      const ChannelId both = channels.all.push_back(
          {link.name, link_capacity(link, std::max(there, back)), link.bandwidth});
      channels.of_link.push_back({both, both});
    }
  }
  return channels;
}

}  // namespace

std::optional<Hardware> HardwareBuilder::build(HardwareParts parts, Diagnostics& diagnostics) {
  Checker(parts, diagnostics).check();
  if (!diagnostics.empty()) return std::nullopt;

  for (const MemoryId id : ids<MemoryId>(parts.memories.size())) {
    parts.memories[id].bandwidth = parts.memories[whole_of(parts, id)].bandwidth;
  }
  Channels channels = find_channels(parts);
  Hardware hardware;
  hardware.routes_ = find_routes(parts, channels);
  hardware.channels_ = std::move(channels.all);
  hardware.memory_channel_ = std::move(channels.of_memory);
  hardware.link_channels_ = std::move(channels.of_link);
  hardware.name_ = std::move(parts.name);
  hardware.description_ = std::move(parts.description);
  hardware.processors_ = std::move(parts.processors);
  hardware.memories_ = std::move(parts.memories);
  hardware.engines_ = std::move(parts.engines);
  hardware.links_ = std::move(parts.links);
  hardware.switches_ = std::move(parts.switches);
  hardware.packages_ = std::move(parts.packages);
  hardware.load_ = std::move(parts.load);
  hardware.calibrated_ = std::move(parts.calibrated);
  hardware.host_ = parts.host;
  return hardware;
}

Hardware HardwareBuilder::build(HardwareParts parts) {
  Diagnostics diagnostics;
  std::optional<Hardware> hardware = build(std::move(parts), diagnostics);
  diagnostics.throw_if_any();
  return std::move(*hardware);
}

}  // namespace partita
