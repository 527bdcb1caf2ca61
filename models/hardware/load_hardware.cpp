#include "models/hardware/load_hardware.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "models/base/document_kind.h"
#include "models/hardware/link_capacity.h"
#include "models/hardware/link_rates.h"
#include "models/hardware/machine_sections.h"
#include "models/hardware/repetition.h"

namespace partita {
namespace {

const std::vector<std::string> kSections{"processors", "memories", "dma_engines", "links",
                                         "switches",   "packages", "load"};

template <std::size_t size>
std::vector<std::string> words(const std::array<std::string_view, size>& names) {
  return {names.begin(), names.end()};
}

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 16;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kMost ? text + ", ..." : text;
}

// The names of one kind of part, known before any part is read, so that order in the file does not
// matter.
struct Names {
  std::string kind;  // for messages: "memory"
  std::vector<std::string> all;

  std::optional<std::size_t> find(const std::string& name) const {
    const auto found = std::find(all.begin(), all.end(), name);
    if (found == all.end()) return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
  }
};

struct Entry {
  std::string name;
  SourceLoc where;  // of the name
  ValueReader value;
};

class MachineReader {
 public:
  explicit MachineReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  HardwareParts read(const Document& document) {
    MapReader in(partita::read(document, diagnostics_));
    HardwareParts parts;
    parts.name = std::filesystem::path(document.name()).stem().string();
    if (const auto machine = in.optional_value("machine")) read_machine(*machine, parts);
    const auto host = in.optional_value("host");
    const std::vector<Entry> processors = required_entries(in, "processors");
    const std::vector<Entry> memories = required_entries(in, "memories");
    const std::vector<Entry> engines = entries(in.optional_value("dma_engines"));
    const std::vector<Entry> links = entries(in.optional_value("links"));
    const std::vector<Entry> switches = entries(in.optional_value("switches"));
    const std::vector<Entry> packages = entries(in.optional_value("packages"));
    const std::vector<Entry> load = entries(in.optional_value("load"));
    if (const auto calibrated = in.optional_value("calibrated"))
      parts.calibrated = read_calibrated(*calibrated);
    in.finish();

    processors_ = names("processor", processors);
    memories_ = names("memory", memories);
    links_ = names("link", links);
    switches_ = names("switch", switches);
    packages_ = names("package", packages);
    if (host) parts.host = reference<MemoryId>(*host, memories_);
    for (const Entry& entry : processors) parts.processors.push_back(read_processor(entry));
    for (const Entry& entry : memories) parts.memories.push_back(read_memory(entry));
    for (const Entry& entry : engines) parts.engines.push_back(read_engine(entry));
    for (const Entry& entry : links) parts.links.push_back(read_link(entry));
    for (const Entry& entry : switches) parts.switches.push_back(read_switch(entry));
    for (const Entry& entry : packages) parts.packages.push_back(read_package(entry));
    for (const Entry& entry : load) parts.load.push_back(read_load(entry));
    return parts;
  }

  // A section of load that stands elsewhere.
  std::vector<LoadSpec> read_load_of(const Hardware& hardware, const ValueReader& section) {
    const auto take = [](std::string kind, const auto& parts) {
      Names names{std::move(kind), {}};
      for (const auto& part : parts) names.all.push_back(part.name);
      return names;
    };
    processors_ = take("processor", hardware.processors());
    memories_ = take("memory", hardware.memories());
    links_ = take("link", hardware.links());
    std::vector<LoadSpec> load;
    for (const Entry& entry : entries(section)) load.push_back(read_load(entry));
    return load;
  }

 private:
  static void read_machine(const ValueReader& value, HardwareParts& parts) {
    MapReader in(value);
    parts.name = in.optional<std::string>("name", parts.name);
    parts.description = in.optional<std::string>("description", "");
    in.finish();
  }

  static CalibratedSpec read_calibrated(const ValueReader& value) {
    MapReader in(value);
    CalibratedSpec spec;
    spec.from = in.required<std::string>("from");
    for (const Entry& entry : entries(in.optional_value("numbers"))) {
      MapReader number(entry.value);
      CalibratedNumber& one = spec.numbers.emplace_back();
      one.name = entry.name;
      one.before = number.required<std::string>("before");
      one.after = number.required<std::string>("after");
      one.low = number.optional<std::string>("low", "");
      one.high = number.optional<std::string>("high", "");
      number.finish();
    }
    in.finish();
    return spec;
  }

  ProcessorSpec read_processor(const Entry& entry) {
    MapReader in(entry.value);
    ProcessorSpec spec;
    spec.name = entry.name;
    spec.where = entry.where;
    if (const auto kind = in.required_value("kind")) {
      spec.kind = static_cast<ProcessorKind>(kind->one_of(words(kProcessorKinds)));
    }
    spec.memory = required_reference<MemoryId>(in, "memory", memories_);
    if (const auto peak = in.required_value("peak")) {
      read_peak(*peak, spec);
    } else {
      harmless_peak(spec);
    }
    spec.efficiency.fill(1);
    if (const auto efficiency = in.optional_value("efficiency")) read_efficiency(*efficiency, spec);
    spec.bandwidth_efficiency = share(in, "bandwidth_efficiency", 1);
    spec.time_scale = scale(in, "time_scale");
    spec.supports.fill(true);
    if (const auto supports = in.optional_value("supports")) read_supports(*supports, spec);
    spec.launch_overhead = in.optional<Time>("launch_overhead", Time{0});
    spec.streams = count(in, "streams");
    spec.stream_share = share(in, "stream_share", 1);
    spec.copy_setup = in.optional<Time>("copy_setup", Time{0});
    if (const auto package = in.optional_value("package")) {
      spec.package = packages_.find(package->as<std::string>());
      if (!spec.package) {
        report_unknown(*package, packages_);
        spec.package = kUnresolvedPackage;
      }
    }
    if (const auto power = in.optional_value("power")) read_power(*power, spec);
    if (const auto execution = in.optional_value("execution")) {
      spec.execution = read_execution(*execution);
    }
    in.finish();
    return spec;
  }

  void read_peak(const ValueReader& value, ProcessorSpec& spec) {
    MapReader in(value);
    for (std::size_t type = 0; type < kDataTypes.size(); ++type) {
      const std::string name{kDataTypes[type].name};
      if (const auto rate = in.optional_value(name)) {
        spec.peak[type] = positive<FlopRate>(*rate);
      }
    }
    in.finish();
    const bool computes = std::any_of(spec.peak.begin(), spec.peak.end(),
                                      [](const auto& rate) { return rate.has_value(); });
    if (computes) return;
    if (value.is_map() && value.node().members.empty()) {
      value.error("peak: no data type is given, so it could run no layer");
    }
    harmless_peak(spec);
  }
  // After a mistake that is reported: keeps the builder from reporting its consequence too.
  static void harmless_peak(ProcessorSpec& spec) { spec.peak[0] = FlopRate{1}; }

  void read_efficiency(const ValueReader& value, ProcessorSpec& spec) {
    if (value.is_scalar()) {
      spec.efficiency.fill(share(value));
      return;
    }
    if (!value.is_map()) {
      value.error("efficiency: expected a number, or a map of operator families to numbers");
      return;
    }
    MapReader in(value);
    spec.efficiency.fill(share(in, "default", 1));
    for (std::size_t family = 0; family < kOpFamilies.size(); ++family) {
      spec.efficiency[family] =
          share(in, std::string{kOpFamilies[family]}, spec.efficiency[family]);
    }
    in.finish();
  }

  static void read_supports(const ValueReader& value, ProcessorSpec& spec) {
    spec.supports.fill(false);
    for (const ValueReader& family : value.list()) {
      spec.supports[family.one_of(words(kOpFamilies))] = true;
    }
  }

  static void read_power(const ValueReader& value, ProcessorSpec& spec) {
    MapReader in(value);
    spec.idle = in.optional<Power>("idle", Power{0});
    const auto active = in.optional_value("active");
    spec.active = spec.idle;
    if (active) {
      const auto written = sound<Power>(*active);
      if (written && *written < spec.idle) {
        active->error(fmt::format("active: {} is below the idle power of {}", exact_text(*written),
                                  exact_text(spec.idle)));
      } else if (written) {
        spec.active = *written;
      }
    }
    if (const auto sleep = in.optional_value("sleep")) spec.sleep = read_sleep(*sleep, spec);
    in.finish();
  }

  static SleepSpec read_sleep(const ValueReader& value, const ProcessorSpec& processor) {
    MapReader in(value);
    SleepSpec spec;
    if (const auto after = in.required_value("after")) {
      spec.after = sound<Time>(*after).value_or(Time{0});
    }
    spec.power = processor.idle;
    if (const auto power = in.required_value("power")) {
      const auto written = sound<Power>(*power);
      if (written && *written > processor.idle) {
        power->error(fmt::format("power: {} is above the idle power of {}", exact_text(*written),
                                 exact_text(processor.idle)));
      } else if (written) {
        spec.power = *written;
      }
    }
    spec.wake = in.optional<Time>("wake", Time{0});
    in.finish();
    return spec;
  }

  static ExecutionSpec read_execution(const ValueReader& value) {
    MapReader in(value);
    ExecutionSpec spec;
    spec.backend = in.required<std::string>("backend");
    if (const auto device = in.optional_value("device")) {
      const auto number = sound<int>(*device);
      if (number && *number < 0) device->error(fmt::format("device: {} is negative", *number));
      if (number && *number >= 0) spec.device = static_cast<std::uint32_t>(*number);
    }
    spec.options = in.optional<std::string>("options", "");
    spec.process = in.optional<std::string>("process", "");
    spec.isa = in.optional<std::string>("isa", "");
    if (const auto core = in.optional_value("core")) {
      const auto number = sound<int>(*core);
      if (number && *number < 0) core->error(fmt::format("core: {} is negative", *number));
      if (number && *number >= 0) spec.core = number;
    }
    in.finish();
    return spec;
  }

  MemorySpec read_memory(const Entry& entry) {
    MapReader in(entry.value);
    MemorySpec spec;
    spec.name = entry.name;
    spec.where = entry.where;
    const auto part_of = in.optional_value("part_of");
    if (part_of) spec.part_of = reference<MemoryId>(*part_of, memories_);
    // A capacity that could not be read makes no sum of parts too large.
    constexpr Bytes kSmall{1}, kLarge{std::numeric_limits<std::int64_t>::max()};
    spec.capacity = part_of ? kSmall : kLarge;
    if (const auto capacity = in.required_value("capacity")) {
      spec.capacity = positive<Bytes>(*capacity, spec.capacity);
    }
    if (!part_of) {
      spec.bandwidth = Bandwidth{1};
      if (const auto bandwidth = in.required_value("bandwidth")) {
        spec.bandwidth = positive<Bandwidth>(*bandwidth);
      }
    } else if (const auto bandwidth = in.optional_value("bandwidth")) {
      bandwidth->error(
          fmt::format("bandwidth: '{}' is a part of another memory and shares that "
                      "one's bandwidth: leave this out",
                      entry.name));
    }
    spec.idle = in.optional<Power>("idle_power", Power{0});
    spec.energy = in.optional<EnergyPerByte>("energy", EnergyPerByte{0});
    in.finish();
    return spec;
  }

  EngineSpec read_engine(const Entry& entry) {
    MapReader in(entry.value);
    EngineSpec spec;
    spec.name = entry.name;
    spec.where = entry.where;
    spec.memory = required_reference<MemoryId>(in, "memory", memories_);
    if (const auto direction = in.optional_value("direction")) {
      spec.direction = static_cast<Direction>(direction->one_of({"out", "in", "both"}));
    }
    spec.channels = count(in, "channels");
    spec.setup = in.optional<Time>("setup", Time{0});
    if (const auto chunk = in.optional_value("chunk")) spec.chunk = positive<Bytes>(*chunk);
    spec.completion = in.optional<Time>("completion", Time{0});
    if (const auto reads = in.optional_value("outstanding")) spec.outstanding = count(*reads);
    in.finish();
    return spec;
  }

  LinkSpec read_link(const Entry& entry) {
    MapReader in(entry.value);
    LinkSpec spec;
    spec.name = entry.name;
    spec.where = entry.where;
    read_ends(in.required_value("between"), spec);
    const auto bandwidth = in.optional_value("bandwidth");
    const auto kind = in.optional_value("kind");
    const auto generation = in.optional_value("generation");
    const auto lanes = in.optional_value("lanes");
    spec.kind = kind ? kind->as<std::string>() : "link";
    spec.bandwidth = Bandwidth{1};
    if (bandwidth) {
      spec.bandwidth = positive<Bandwidth>(*bandwidth);
      for (const auto& extra : {generation, lanes}) {
        if (extra) extra->error(extra->what() + ": the bandwidth is given, so leave this out");
      }
    } else if (entry.value.is_map()) {
      derive_bandwidth(entry, generation, lanes, spec);
    }
    spec.latency = in.optional<Time>("latency", Time{0});
    if (const auto duplex = in.optional_value("duplex")) {
      spec.full_duplex = duplex->one_of({"full", "half"}) == 0;
    }
    for (const Entry& regime : entries(in.optional_value("regimes"))) {
      if (const auto read = read_regime(regime)) spec.regimes.push_back(*read);
    }
    if (const auto rate = in.optional_value("bit_error_rate")) read_error_rate(*rate, spec);
    if (const auto delay = in.optional_value("replay_delay")) {
      spec.replay_delay = sound<Time>(*delay);
      refuse(*delay, replay_delay_problem(spec), spec.replay_delay);
    }
    if (const auto credits = in.optional_value("credits")) {
      spec.credits = sound<Bytes>(*credits);
      refuse(*credits, credits_problem(spec), spec.credits);
    }
    if (const auto compression = in.optional_value("compression")) {
      spec.compression = read_compression(*compression);
    }
    spec.priorities = flag(in, "priorities", false);
    spec.load_store = flag(in, "load_store", false);
    spec.idle = in.optional<Power>("idle_power", Power{0});
    spec.energy = in.optional<EnergyPerByte>("energy", EnergyPerByte{0});
    in.finish();
    return spec;
  }

  static void read_error_rate(const ValueReader& value, LinkSpec& spec) {
    spec.bit_error_rate = sound<double>(value).value_or(0);
    const std::string problem = error_rate_problem(spec);
    if (problem.empty()) return;
    value.error(problem);
    spec.bit_error_rate = 0;
  }

  // What is wrong is reported where it stands, and read as left out.
  template <class T>
  static void refuse(const ValueReader& value, const std::string& problem, std::optional<T>& spec) {
    if (problem.empty()) return;
    value.error(problem);
    spec.reset();
  }

  static CompressionSpec read_compression(const ValueReader& value) {
    MapReader in(value);
    CompressionSpec spec;
    if (const auto ratio = in.required_value("ratio")) read_ratios(*ratio, spec);
    spec.rate = Bandwidth{std::numeric_limits<std::int64_t>::max()};
    if (const auto rate = in.required_value("rate")) spec.rate = positive<Bandwidth>(*rate);
    in.finish();
    return spec;
  }

  static void read_ratios(const ValueReader& value, CompressionSpec& spec) {
    const auto ratio = [](const ValueReader& of) {
      const double number = sound<double>(of).value_or(1);
      if (number >= 1 && number <= kMostCompression) return number;
      of.error(fmt::format("{}: {} is not between 1 and {}", of.what(), of.node().text,
                           kMostCompression));
      return 1.0;
    };
    if (!value.is_map()) {
      spec.ratio.fill(ratio(value));
      return;
    }
    MapReader in(value);
    if (const auto others = in.optional_value("default")) spec.ratio.fill(ratio(*others));
    for (std::size_t i = 0; i < kContents.size(); ++i) {
      if (const auto one = in.optional_value(std::string{kContents[i]}))
        spec.ratio[i] = ratio(*one);
    }
    in.finish();
  }

  static bool flag(MapReader& in, const std::string& key, bool otherwise) {
    const auto value = in.optional_value(key);
    return value ? sound<bool>(*value).value_or(otherwise) : otherwise;
  }

  // Named by its size: "64 KiB: {time: 15 us, bandwidth: 80 GB/s}".
  std::optional<Regime> read_regime(const Entry& entry) {
    MapReader in(entry.value);
    Regime regime{Bytes{}, Time{1}, Bandwidth{1}};
    if (const auto time = in.required_value("time")) regime.time = positive<Time>(*time);
    if (const auto rate = in.required_value("bandwidth")) {
      regime.bandwidth = positive<Bandwidth>(*rate);
    }
    in.finish();
    const auto from = parse_quantity<Bytes>(entry.name);
    if (const auto* bad = std::get_if<BadQuantity>(&from)) {
      diagnostics_.error(entry.where, "regimes: " + bad->message);
      return std::nullopt;
    }
    regime.from = std::get<Bytes>(from);
    return regime;
  }

  void read_ends(const std::optional<ValueReader>& between, LinkSpec& spec) {
    spec.a = kUnresolved<MemoryId>;
    spec.b = kUnresolved<MemoryId>;
    if (!between) return;
    const std::size_t before = diagnostics_.found().size();
    const std::vector<ValueReader> ends = between->list();
    if (diagnostics_.found().size() > before) return;
    if (ends.size() != 2) {
      between->error(fmt::format("between: a link joins two things, not {}", ends.size()));
      return;
    }
    spec.a = endpoint(ends[0]);
    spec.b = endpoint(ends[1]);
    if (ends[0].node().text == ends[1].node().text && spec.a != Endpoint{kUnresolved<MemoryId>}) {
      between->error(fmt::format("between: '{}' is joined to itself", ends[0].node().text));
      spec.a = kUnresolved<MemoryId>;
    }
  }

  Endpoint endpoint(const ValueReader& value) {
    const auto name = sound<std::string>(value);
    if (!name) return kUnresolved<MemoryId>;
    if (const auto memory = memories_.find(*name)) return static_cast<MemoryId>(*memory);
    if (const auto node = switches_.find(*name)) return static_cast<SwitchId>(*node);
    Names both{"memory or switch", memories_.all};
    both.all.insert(both.all.end(), switches_.all.begin(), switches_.all.end());
    report_unknown(value, both);
    return kUnresolved<MemoryId>;
  }

  static void derive_bandwidth(const Entry& entry, const std::optional<ValueReader>& generation,
                               const std::optional<ValueReader>& lanes, LinkSpec& spec) {
    std::string known;
    std::string_view kind;
    for (const LinkRate& rate : kLinkRates) {
      if (rate.kind != kind) known += fmt::format("{}{}", known.empty() ? "" : "; ", rate.kind);
      known += fmt::format("{} {}", rate.kind == kind ? "," : "", rate.generation);
      kind = rate.kind;
    }
    if (!generation) {
      entry.value.error(
          fmt::format("{}: the key 'bandwidth' is missing (or kind and generation, of: {})",
                      entry.name, known));
      return;
    }
    const auto number = sound<std::int64_t>(*generation);
    if (!number) return;
    const LinkRate* rate = link_rate(spec.kind, *number);
    if (rate == nullptr) {
      generation->error(fmt::format("generation: no rate is known of '{} {}' (known: {})",
                                    spec.kind, *number, known));
      return;
    }
    const auto count = lanes ? sound<int>(*lanes) : std::optional{1};
    if (!count) return;
    if (*count < 1 || *count > rate->most_lanes) {
      lanes->error(fmt::format("lanes: {} is not between 1 and {}, the most {} of {} {}", *count,
                               rate->most_lanes, rate->lane, rate->kind, rate->generation));
      return;
    }
    spec.bandwidth = usable_bandwidth(*rate, *count);
    spec.full_duplex = rate->full_duplex;
  }

  SwitchSpec read_switch(const Entry& entry) {
    MapReader in(entry.value);
    SwitchSpec spec;
    spec.name = entry.name;
    spec.where = entry.where;
    spec.latency = in.optional<Time>("latency", Time{0});
    spec.peer_to_peer = flag(in, "peer_to_peer", true);
    if (const auto ports = in.optional_value("ports")) spec.ports = at_least_one(*ports);
    spec.idle = in.optional<Power>("idle_power", Power{0});
    if (const auto arbiter = in.optional_value("arbiter")) {
      const std::size_t choice = arbiter->one_of({kArbiters.begin(), kArbiters.end()});
      if (choice < kArbiters.size()) spec.arbiter = static_cast<Arbiter>(choice);
    }
    if (const auto upstream = in.optional_value("upstream")) {
      spec.upstream = reference<LinkId>(*upstream, links_);
    }
    if (const auto reduction = in.optional_value("reduction")) {
      spec.reduction = positive<Bandwidth>(*reduction);
    }
    spec.multicast = flag(in, "multicast", false);
    in.finish();
    return spec;
  }

  static PackageSpec read_package(const Entry& entry) {
    MapReader in(entry.value);
    PackageSpec spec;
    spec.name = entry.name;
    spec.where = entry.where;
    if (const auto slowdown = in.required_value("slowdown")) {
      const auto number = sound<double>(*slowdown);
      if (number && *number < 1) {
        slowdown->error(fmt::format("slowdown: {} is below 1", slowdown->node().text));
      } else if (number) {
        spec.slowdown = *number;
      }
    }
    in.finish();
    return spec;
  }

  LoadSpec read_load(const Entry& entry) {
    MapReader in(entry.value);
    LoadSpec spec;
    spec.name = entry.name;
    spec.where = entry.where;
    const auto part = one_of_keys(in, entry, {"link", "memory", "processor"}, "what it is on");
    const auto what = one_of_keys(in, entry, {"rate", "share", "slowdown", "lost"}, "what it does");
    const auto direction = in.optional_value("direction");
    // After a mistake, something that breaks no other check.
    spec.effect = MemoryTraffic{kUnresolved<MemoryId>, Bandwidth{1}};
    if (part && what && !fits(part->what(), what->what())) {
      what->error(fmt::format("{}: load on a {} has no such key, but {}", what->what(),
                              part->what(), kinds_of_load(part->what())));
    } else if (part && what) {
      spec.effect = read_effect(*part, *what, direction);
    }
    if (part && direction && part->what() != "link") {
      direction->error(fmt::format("direction: load on a {} has none", part->what()));
    } else if (direction && what && what->what() == "slowdown") {
      direction->error("direction: a link slows down both ways");
    }
    spec.from = in.optional<Time>("from", Time{0});
    if (const auto until = in.optional_value("until")) {
      spec.until = sound<Time>(*until);
      if (spec.until && *spec.until <= spec.from) {
        until->error(fmt::format("until: {} is not after from, {}", exact_text(*spec.until),
                                 exact_text(spec.from)));
        spec.until.reset();
      }
    }
    if (const auto every = in.optional_value("every")) read_period(*every, spec);
    in.finish();
    return spec;
  }

  static bool fits(const std::string& part, const std::string& what) {
    if (part == "processor") return what != "rate";
    return what == "rate" || (part == "link" && what == "slowdown");
  }
  static const char* kinds_of_load(const std::string& part) {
    if (part == "processor") return "share, slowdown or lost";
    return part == "link" ? "a rate or a slowdown" : "a rate";
  }

  // Of keys that exclude each other, the one that is there.
  static std::optional<ValueReader> one_of_keys(MapReader& in, const Entry& entry,
                                                const std::vector<std::string>& keys,
                                                const char* meaning) {
    std::optional<ValueReader> found;
    for (const std::string& key : keys) {
      const auto value = in.optional_value(key);
      if (value && found) {
        value->error(fmt::format("{}: {} is said already by '{}'", key, meaning, found->what()));
      } else if (value) {
        found = value;
      }
    }
    if (!found && entry.value.is_map()) {
      entry.value.error(
          fmt::format("{}: {} is missing: one of {}", entry.name, meaning, list_of(keys)));
    }
    return found;
  }

  LoadEffect read_effect(const ValueReader& part, const ValueReader& what,
                         const std::optional<ValueReader>& direction) const {
    if (what.what() == "rate") {
      const Bandwidth rate = positive<Bandwidth>(what);
      if (part.what() == "memory") return MemoryTraffic{reference<MemoryId>(part, memories_), rate};
      auto way = TrafficWay::Both;
      if (direction) {
        const std::size_t choice = direction->one_of({kTrafficWays.begin(), kTrafficWays.end()});
        if (choice < kTrafficWays.size()) way = static_cast<TrafficWay>(choice);
      }
      return LinkTraffic{reference<LinkId>(part, links_), way, rate};
    }
    if (part.what() == "link") return SlowedLink{reference<LinkId>(part, links_), slowdown(what)};
    const auto processor = reference<ProcessorId>(part, processors_);
    if (what.what() == "lost") {
      if (!sound<bool>(what).value_or(true)) {
        what.error("lost: 'false' says nothing: leave the entry out");
      }
      return Lost{processor};
    }
    if (what.what() == "slowdown") return SlowedDown{processor, slowdown(what)};
    const auto share = sound<double>(what);
    if (!share || (*share > 0 && *share < 1)) return BusyShare{processor, share.value_or(0.5)};
    what.error(fmt::format("share: {} must be above 0 and below 1 (lost: true takes all)",
                           what.node().text));
    return BusyShare{processor, 0.5};
  }

  static double slowdown(const ValueReader& value) {
    const auto number = sound<double>(value);
    if (!number || (*number >= 1 && *number <= kMostSlowdown)) return number.value_or(1);
    value.error(fmt::format("slowdown: {} must be at least 1 and at most {:.0f}", value.node().text,
                            kMostSlowdown));
    return 1;
  }

  static void read_period(const ValueReader& every, LoadSpec& spec) {
    const auto read = sound<Time>(every);
    if (!read) return;
    if (!spec.until) {
      every.error("every: what is repeated has an end: say until when it holds the first time");
    } else if (*read <= *spec.until - spec.from) {
      every.error(fmt::format("every: {} is not longer than the {} for which it holds",
                              exact_text(*read), exact_text(*spec.until - spec.from)));
    } else {
      spec.every = read;
    }
  }

  std::vector<Entry> required_entries(MapReader& in, const std::string& section) {
    const auto value = in.required_value(section);
    if (value && value->is_map() && value->node().members.empty()) {
      value->error(fmt::format("{}: at least one is needed", section));
    }
    return entries(value);
  }

  static std::vector<Entry> entries(const std::optional<ValueReader>& section) {
    std::vector<Entry> entries;
    if (!section) return entries;
    const auto values = section->entries();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Node::Member& member = section->node().members[i];
      const auto& [name, value] = values[i];
      const SourceLoc where = member.value.origin
                                  ? value.where()
                                  : SourceLoc{section->file(), member.line, member.column};
      entries.push_back({name, where, value});
    }
    return entries;
  }

  static Names names(std::string kind, const std::vector<Entry>& entries) {
    Names names{std::move(kind), {}};
    for (const Entry& entry : entries) names.all.push_back(entry.name);
    return names;
  }

  // A value that was read without a mistake.
  template <class T>
  static std::optional<T> sound(const ValueReader& value) {
    const std::size_t before = value.diagnostics().found().size();
    T read = value.as<T>();
    if (value.diagnostics().found().size() > before) return std::nullopt;
    return read;
  }

  template <class Quantity>
  static Quantity positive(const ValueReader& value, Quantity instead = Quantity{1}) {
    const auto read = sound<Quantity>(value);
    if (!read) return instead;
    if (*read > Quantity{0}) return *read;
    value.error(fmt::format("{}: '{}' must be above 0", value.what(), value.node().text));
    return instead;
  }

  static double share(const ValueReader& value) {
    const auto read = sound<double>(value);
    if (!read) return 1;
    if (*read > 0 && *read <= 1) return *read;
    value.error(
        fmt::format("{}: {} must be above 0 and at most 1", value.what(), value.node().text));
    return 1;
  }
  static double share(MapReader& in, const std::string& key, double default_value) {
    const auto value = in.optional_value(key);
    return value ? share(*value) : default_value;
  }

  static double scale(MapReader& in, const std::string& key) {
    const auto value = in.optional_value(key);
    if (!value) return 1;
    const auto read = sound<double>(*value);
    if (read && *read > 0) return *read;
    if (read) value->error(fmt::format("{}: {} must be above 0", key, value->node().text));
    return 1;
  }

  static int count(MapReader& in, const std::string& key) {
    const auto value = in.optional_value(key);
    return value ? count(*value) : 1;
  }
  static int count(const ValueReader& value) { return at_least_one(value).value_or(1); }
  static std::optional<int> at_least_one(const ValueReader& value) {
    const auto read = sound<int>(value);
    if (!read || *read >= 1) return read;
    value.error(fmt::format("{}: {} must be at least 1", value.what(), *read));
    return std::nullopt;
  }

  template <class Id>
  static Id reference(const ValueReader& value, const Names& names) {
    const auto name = sound<std::string>(value);
    if (!name) return kUnresolved<Id>;
    if (const auto found = names.find(*name)) return static_cast<Id>(*found);
    report_unknown(value, names);
    return kUnresolved<Id>;
  }
  template <class Id>
  static Id required_reference(MapReader& in, const std::string& key, const Names& names) {
    const auto value = in.required_value(key);
    return value ? reference<Id>(*value, names) : kUnresolved<Id>;
  }

  static void report_unknown(const ValueReader& value, const Names& names) {
    if (!value.is_scalar()) return;
    const std::string& written = value.node().text;
    const std::string guess = closest(written, names.all);
    const std::string known = names.all.empty() ? fmt::format("the file has none")
                                                : fmt::format("known: {}", list_of(names.all));
    value.error(fmt::format("{}: there is no {} '{}'{} ({})", value.what(), names.kind, written,
                            guess.empty() ? "" : fmt::format(": did you mean '{}'?", guess),
                            known));
  }

  Diagnostics& diagnostics_;
  Names processors_, memories_, links_, switches_, packages_;
};

// Mistakes in repetitions are reported before all others, which they would only multiply.
Document written_out(const Document& document) {
  Diagnostics diagnostics;
  Document result = with_repetitions(document, kSections, diagnostics);
  diagnostics.throw_if_any();
  return result;
}

Hardware load(const Document& document, Diagnostics& diagnostics) {
  HardwareParts parts = MachineReader(diagnostics).read(document);
  std::optional<Hardware> hardware = HardwareBuilder::build(std::move(parts), diagnostics);
  diagnostics.throw_if_any();
  return std::move(*hardware);
}

void apply(Document& document, const std::string& setting, Diagnostics& diagnostics) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos) {
    diagnostics.error({"--set " + setting, 0, 0}, "expected path=value");
    return;
  }
  try {
    for (const auto& [path, value] :
         with_repetitions(setting.substr(0, equals), setting.substr(equals + 1))) {
      document.set(path, value, is_section);
    }
  } catch (const ConfigError& error) {
    for (const Diagnostic& found : error.diagnostics()) {
      diagnostics.error(found.where, found.message);
    }
  }
}

}  // namespace

Hardware load_hardware(const std::filesystem::path& file,
                       const std::vector<std::string>& overrides) {
  return load_hardware(Document::parse_file(file), overrides);
}

Hardware load_hardware(const Document& as_written, const std::vector<std::string>& overrides) {
  refuse_other_kind(as_written, "machine");
  Document document = written_out(as_written);
  Diagnostics diagnostics;
  for (const std::string& setting : overrides) apply(document, setting, diagnostics);
  return load(document, diagnostics);
}

std::vector<LoadSpec> read_load(const ValueReader& section, const Hardware& hardware) {
  return MachineReader(section.diagnostics()).read_load_of(hardware, section);
}

}  // namespace partita
