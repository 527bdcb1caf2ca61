#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "models/hardware/load_hardware.h"

namespace partita {
namespace {

bool is_plain(std::string_view text) {
  const auto letter = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
  const auto inner = [&](unsigned char c) { return letter(c) || std::isdigit(c) != 0 || c == '-'; };
  return !text.empty() && letter(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), inner) && text != "null" && text != "Null" &&
         text != "NULL";
}

// Double-quoted with JSON's escapes, which YAML shares.
std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ') {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string name(std::string_view text) {
  return is_plain(text) ? std::string{text} : in_quotes(text);
}

class Writer {
 public:
  explicit Writer(const Hardware& hardware) : hardware_(hardware) {}

  std::string text() {
    line("# The resolved machine: repetitions written out, defaults filled in, rates derived.");
    line("machine:");
    line("  name: {}", name(hardware_.name()));
    if (!hardware_.description().empty()) {
      line("  description: {}", in_quotes(hardware_.description()));
    }
    if (hardware_.host()) line("host: {}", memory(*hardware_.host()));
    section("processors", hardware_.processors());
    section("memories", hardware_.memories());
    section("dma_engines", hardware_.engines());
    section("links", hardware_.links());
    section("switches", hardware_.switches());
    section("packages", hardware_.packages());
    section("load", hardware_.load());
    if (hardware_.calibrated()) write(*hardware_.calibrated());
    return std::move(text_);
  }

 private:
  template <class... Parts>
  void line(fmt::format_string<Parts...> format, Parts&&... parts) {
    text_ += fmt::format(format, std::forward<Parts>(parts)...) + "\n";
  }

  template <class Specs>
  void section(std::string_view title, const Specs& specs) {
    if (specs.size() == 0) return;
    line("{}:", title);
    for (const auto& spec : specs) {
      line("  {}:", name(spec.name));
      write(spec);
    }
  }

  void write(const CalibratedSpec& spec) {
    line("calibrated:");
    line("  from: {}", in_quotes(spec.from));
    if (spec.numbers.empty()) return;
    line("  numbers:");
    for (const CalibratedNumber& number : spec.numbers) {
      std::string certain;
      if (!number.low.empty()) certain += ", low: " + in_quotes(number.low);
      if (!number.high.empty()) certain += ", high: " + in_quotes(number.high);
      line("    {}: {{before: {}, after: {}{}}}", in_quotes(number.name), in_quotes(number.before),
           in_quotes(number.after), certain);
    }
  }

  void write(const ProcessorSpec& spec) {
    line("    kind: {}", to_string(spec.kind));
    line("    memory: {}", memory(spec.memory));
    line("    peak:");
    for (std::size_t type = 0; type < spec.peak.size(); ++type) {
      if (spec.peak[type])
        line("      {}: {}", kDataTypes[type].name, exact_text(*spec.peak[type]));
    }
    write_efficiency(spec);
    line("    bandwidth_efficiency: {}", spec.bandwidth_efficiency);
    if (spec.time_scale != 1) line("    time_scale: {}", spec.time_scale);
    write_supports(spec);
    line("    launch_overhead: {}", exact_text(spec.launch_overhead));
    line("    streams: {}", spec.streams);
    if (spec.stream_share != 1) line("    stream_share: {}", spec.stream_share);
    line("    copy_setup: {}", exact_text(spec.copy_setup));
    if (spec.package) line("    package: {}", name(hardware_.packages()[*spec.package].name));
    line("    power:");
    line("      idle: {}", exact_text(spec.idle));
    line("      active: {}", exact_text(spec.active));
    if (spec.sleep) {
      line("      sleep: {{after: {}, power: {}, wake: {}}}", exact_text(spec.sleep->after),
           exact_text(spec.sleep->power), exact_text(spec.sleep->wake));
    }
    if (spec.execution) {
      line("    execution:");
      line("      backend: {}", in_quotes(spec.execution->backend));
      if (spec.execution->device != 0) line("      device: {}", spec.execution->device);
      if (!spec.execution->options.empty()) {
        line("      options: {}", in_quotes(spec.execution->options));
      }
      if (!spec.execution->process.empty()) {
        line("      process: {}", in_quotes(spec.execution->process));
      }
      if (!spec.execution->isa.empty()) line("      isa: {}", in_quotes(spec.execution->isa));
      if (spec.execution->core) line("      core: {}", *spec.execution->core);
    }
  }

  void write_efficiency(const ProcessorSpec& spec) {
    const double first = spec.efficiency.front();
    if (std::all_of(spec.efficiency.begin(), spec.efficiency.end(),
                    [&](double share) { return share == first; })) {
      line("    efficiency: {}", first);
      return;
    }
    line("    efficiency:");
    for (std::size_t family = 0; family < kOpFamilies.size(); ++family) {
      line("      {}: {}", kOpFamilies[family], spec.efficiency[family]);
    }
  }

  void write_supports(const ProcessorSpec& spec) {
    std::string families;
    for (std::size_t family = 0; family < kOpFamilies.size(); ++family) {
      if (!spec.supports[family]) continue;
      families += (families.empty() ? "" : ", ") + std::string{kOpFamilies[family]};
    }
    line("    supports: [{}]", families);
  }

  void write(const MemorySpec& spec) {
    line("    capacity: {}", exact_text(spec.capacity));
    if (spec.part_of) {
      line("    part_of: {}", memory(*spec.part_of));
    } else {
      line("    bandwidth: {}", exact_text(spec.bandwidth));
    }
    write_energy(spec.idle, spec.energy);
  }

  void write_energy(Power idle, EnergyPerByte energy) {
    if (idle != Power{}) line("    idle_power: {}", exact_text(idle));
    if (energy != EnergyPerByte{}) line("    energy: {}", exact_text(energy));
  }

  void write(const EngineSpec& spec) {
    constexpr std::array<std::string_view, 3> kDirections{"out", "in", "both"};
    line("    memory: {}", memory(spec.memory));
    line("    direction: {}", kDirections[static_cast<std::size_t>(spec.direction)]);
    if (spec.channels != 1) line("    channels: {}", spec.channels);
    line("    setup: {}", exact_text(spec.setup));
    if (spec.chunk) line("    chunk: {}", exact_text(*spec.chunk));
    if (spec.completion != Time{0}) line("    completion: {}", exact_text(spec.completion));
    if (spec.outstanding) line("    outstanding: {}", *spec.outstanding);
  }

  void write(const LinkSpec& spec) {
    line("    between: [{}, {}]", end(spec.a), end(spec.b));
    line("    kind: {}", in_quotes(spec.kind));
    line("    bandwidth: {}", exact_text(spec.bandwidth));
    line("    latency: {}", exact_text(spec.latency));
    line("    duplex: {}", spec.full_duplex ? "full" : "half");
    if (spec.bit_error_rate > 0) line("    bit_error_rate: {}", spec.bit_error_rate);
    if (spec.replay_delay) line("    replay_delay: {}", exact_text(*spec.replay_delay));
    if (spec.credits) line("    credits: {}", exact_text(*spec.credits));
    if (!spec.regimes.empty()) line("    regimes:");
    for (const Regime& regime : spec.regimes) {
      line("      {}: {{time: {}, bandwidth: {}}}", exact_text(regime.from),
           exact_text(regime.time), exact_text(regime.bandwidth));
    }
    if (spec.compression) {
      line("    compression:");
      line("      ratio:");
      for (std::size_t i = 0; i < kContents.size(); ++i) {
        line("        {}: {}", kContents[i], spec.compression->ratio[i]);
      }
      line("      rate: {}", exact_text(spec.compression->rate));
    }
    if (spec.priorities) line("    priorities: true");
    if (spec.load_store) line("    load_store: true");
    write_energy(spec.idle, spec.energy);
  }

  void write(const SwitchSpec& spec) {
    line("    latency: {}", exact_text(spec.latency));
    line("    peer_to_peer: {}", spec.peer_to_peer);
    line("    arbiter: {}", kArbiters[static_cast<std::size_t>(spec.arbiter)]);
    if (spec.upstream) line("    upstream: {}", name(hardware_.links()[*spec.upstream].name));
    if (spec.reduction) line("    reduction: {}", exact_text(*spec.reduction));
    if (spec.multicast) line("    multicast: true");
    if (spec.ports) line("    ports: {}", *spec.ports);
    if (spec.idle != Power{}) line("    idle_power: {}", exact_text(spec.idle));
  }

  void write(const PackageSpec& spec) { line("    slowdown: {}", spec.slowdown); }

  void write(const LoadSpec& spec) {
    std::visit([&](const auto& effect) { write(effect); }, spec.effect);
    line("    from: {}", exact_text(spec.from));
    if (spec.until) line("    until: {}", exact_text(*spec.until));
    if (spec.every) line("    every: {}", exact_text(*spec.every));
  }
  void write(const LinkTraffic& traffic) {
    line("    link: {}", name(hardware_.links()[traffic.link].name));
    line("    direction: {}", kTrafficWays[static_cast<std::size_t>(traffic.way)]);
    line("    rate: {}", exact_text(traffic.rate));
  }
  void write(const MemoryTraffic& traffic) {
    line("    memory: {}", memory(traffic.memory));
    line("    rate: {}", exact_text(traffic.rate));
  }
  void write(const SlowedLink& slowed) {
    line("    link: {}", name(hardware_.links()[slowed.link].name));
    line("    slowdown: {}", slowed.factor);
  }
  void write(const BusyShare& busy) {
    line("    processor: {}", processor(busy.processor));
    line("    share: {}", busy.share);
  }
  void write(const SlowedDown& slowed) {
    line("    processor: {}", processor(slowed.processor));
    line("    slowdown: {}", slowed.factor);
  }
  void write(const Lost& lost) {
    line("    processor: {}", processor(lost.processor));
    line("    lost: true");
  }

  std::string processor(ProcessorId id) const { return name(hardware_.processors()[id].name); }
  std::string memory(MemoryId id) const { return name(hardware_.memories()[id].name); }
  std::string end(const Endpoint& end) const {
    if (const auto* at = std::get_if<MemoryId>(&end)) return memory(*at);
    return name(hardware_.switches()[std::get<SwitchId>(end)].name);
  }

  const Hardware& hardware_;
  std::string text_;
};

}  // namespace

std::string to_yaml(const Hardware& hardware) { return Writer(hardware).text(); }

}  // namespace partita
