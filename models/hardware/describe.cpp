#include "models/hardware/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace partita {
namespace {

using Json = nlohmann::ordered_json;

constexpr Bytes kSample{1'000'000};
constexpr std::size_t kMostRoutes = 40;  // in the table for people; the rest is counted
constexpr std::size_t kMostLoads = 40;   // likewise

// Columns as wide as their widest cell; the first row is the heading.
class Table {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  std::string text() const {
    std::vector<std::size_t> widths;
    for (const auto& cells : rows_) {
      widths.resize(std::max(widths.size(), cells.size()));
      for (std::size_t i = 0; i < cells.size(); ++i)
        widths[i] = std::max(widths[i], cells[i].size());
    }
    std::string text;
    for (const auto& cells : rows_) {
      std::string line = " ";
      for (std::size_t i = 0; i < cells.size(); ++i) {
        line += fmt::format(" {:<{}}", cells[i], widths[i] + 1);
      }
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Memories between which tensors travel: where processors sit, and the host's.
std::vector<MemoryId> ends_of_routes(const Hardware& hardware) {
  std::set<MemoryId> ends;
  for (const ProcessorSpec& processor : hardware.processors()) ends.insert(processor.memory);
  if (hardware.host()) ends.insert(*hardware.host());
  return {ends.begin(), ends.end()};
}

struct Way {
  MemoryId src, dst;
  const Route* route;  // nullptr: there is none
};

std::vector<Way> ways(const Hardware& hardware) {
  std::vector<Way> all;
  const std::vector<MemoryId> ends = ends_of_routes(hardware);
  for (const MemoryId src : ends) {
    for (const MemoryId dst : ends) {
      if (src != dst) all.push_back({src, dst, hardware.route(src, dst)});
    }
  }
  return all;
}

const Channel& narrowest(const Hardware& hardware, const Leg& leg) {
  return hardware.channels()[*std::min_element(
      leg.channels.begin(), leg.channels.end(), [&](ChannelId a, ChannelId b) {
        return hardware.channels()[a].capacity < hardware.channels()[b].capacity;
      })];
}

const Channel& narrowest(const Hardware& hardware, const Route& route) {
  const Channel* best = &narrowest(hardware, route.front());
  for (const Leg& leg : route) {
    const Channel& candidate = narrowest(hardware, leg);
    if (candidate.capacity < best->capacity) best = &candidate;
  }
  return *best;
}

Time latency(const Route& route) {
  Time sum{0};
  for (const Leg& leg : route) sum += leg.latency;
  return sum;
}

const std::string& copier_name(const Hardware& hardware, const Leg& leg) {
  return leg.engine ? hardware.engines()[*leg.engine].name
                    : hardware.processors()[*leg.copier].name;
}

const std::string& memory_name(const Hardware& hardware, MemoryId id) {
  return hardware.memories()[id].name;
}

std::string end_name(const Hardware& hardware, const Endpoint& end) {
  if (const auto* memory = std::get_if<MemoryId>(&end)) return memory_name(hardware, *memory);
  return hardware.switches()[std::get<SwitchId>(end)].name;
}

std::vector<std::string> path_of(const Hardware& hardware, const Leg& leg) {
  std::vector<std::string> names;
  for (const ChannelId channel : leg.channels) {
    const bool is_end =
        channel == hardware.channel_of(leg.src) || channel == hardware.channel_of(leg.dst);
    if (!is_end) names.push_back(hardware.channels()[channel].name);
  }
  return names;
}

// "all", or "all but softmax, movement".
std::string families_text(const ProcessorSpec& processor) {
  std::string text;
  for (std::size_t family = 0; family < kOpFamilies.size(); ++family) {
    if (processor.supports[family]) continue;
    text += fmt::format("{}{}", text.empty() ? "all but " : ", ", kOpFamilies[family]);
  }
  return text.empty() ? "all" : text;
}

std::string streams_text(const ProcessorSpec& processor) {
  if (processor.streams == 1 || processor.stream_share == 1) {
    return std::to_string(processor.streams);
  }
  return fmt::format("{}, of {:.3g} % each", processor.streams, processor.stream_share * 100);
}

// "gpu0" for one, "gpu0 - gpu7" for a group.
std::string from_to(const std::string& first, const std::string& last) {
  return first == last ? first : fmt::format("{} - {}", first, last);
}

// Everything about a processor but its name and its memory's: one row for each data type.
std::vector<std::vector<std::string>> processor_rows(const Hardware& hardware, ProcessorId id) {
  const ProcessorSpec& spec = hardware.processors()[id];
  const double matmul = spec.efficiency[static_cast<std::size_t>(OpFamily::Matmul)];
  std::vector<std::vector<std::string>> rows;
  for (std::size_t type = 0; type < spec.peak.size(); ++type) {
    if (!spec.peak[type]) continue;
    const double balance =
        balance_point(hardware, id, static_cast<DataType>(type), OpFamily::Matmul);
    const auto once = [&](const std::string& text) { return rows.empty() ? text : std::string{}; };
    rows.push_back({std::string{kDataTypes[type].name}, to_string(*spec.peak[type]),
                    fmt::format("{:.3g} %", matmul * 100), fmt::format("{:.3g} FLOP/B", balance),
                    once(fmt::format("{:.3g} % of {}", spec.bandwidth_efficiency * 100,
                                     to_string(hardware.memories()[spec.memory].bandwidth))),
                    once(to_string(spec.launch_overhead)), once(streams_text(spec)),
                    once(families_text(spec))});
  }
  return rows;
}

std::string processors_text(const Hardware& hardware) {
  Table table;
  table.row({"processor", "kind", "memory", "type", "peak", "matmul", "balance", "bandwidth",
             "launch", "streams", "operators"});
  const std::size_t count = hardware.processors().size();
  for (std::size_t first = 0, last = 0; first < count; first = last + 1) {
    const ProcessorSpec& spec = hardware.processors()[static_cast<ProcessorId>(first)];
    const auto rows = processor_rows(hardware, static_cast<ProcessorId>(first));
    // Processors that differ in their names and memories only share their rows.
    last = first;
    while (last + 1 < count) {
      const auto next = static_cast<ProcessorId>(last + 1);
      if (hardware.processors()[next].kind != spec.kind || processor_rows(hardware, next) != rows) {
        break;
      }
      ++last;
    }
    const ProcessorSpec& final = hardware.processors()[static_cast<ProcessorId>(last)];
    std::vector<std::string> head{
        from_to(spec.name, final.name), std::string{to_string(spec.kind)},
        from_to(memory_name(hardware, spec.memory), memory_name(hardware, final.memory))};
    for (const auto& row : rows) {
      std::vector<std::string> cells = head;
      cells.insert(cells.end(), row.begin(), row.end());
      table.row(std::move(cells));
      head.assign(head.size(), "");
    }
  }
  return table.text();
}

std::string memories_text(const Hardware& hardware) {
  Table table;
  table.row({"memory", "capacity", "bandwidth", "processors"});
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    const MemorySpec& spec = hardware.memories()[id];
    std::string users;
    for (const ProcessorSpec& processor : hardware.processors()) {
      if (processor.memory == id) users += (users.empty() ? "" : ", ") + processor.name;
    }
    if (hardware.host() == id) users += users.empty() ? "(host)" : " (host)";
    const std::string shared =
        spec.part_of ? fmt::format(" (of {})", memory_name(hardware, *spec.part_of)) : "";
    table.row({spec.name, to_string(spec.capacity), to_string(spec.bandwidth) + shared, users});
  }
  return table.text();
}

// Of the slower direction.
Bandwidth usable(const Hardware& hardware, const LinkSpec& spec) {
  Bandwidth least = spec.bandwidth;
  for (const Channel& channel : hardware.channels()) {
    const std::string& name = channel.name;
    if (name != spec.name && name != spec.name + ">" && name != spec.name + "<") continue;
    least = std::min(least, channel.capacity);
  }
  return least;
}

std::string link_features_text(const Hardware& hardware) {
  std::string text;
  for (const LinkSpec& spec : hardware.links()) {
    if (spec.priorities) text += fmt::format("link {} keeps priorities of copies\n", spec.name);
    if (spec.load_store)
      text += fmt::format("processors read across link {} in place\n", spec.name);
    if (!spec.compression) continue;
    text += fmt::format("link {} packs", spec.name);
    for (std::size_t i = 0; i < kContents.size(); ++i) {
      text +=
          fmt::format("{} {} to 1/{}", i == 0 ? "" : ",", kContents[i], spec.compression->ratio[i]);
    }
    text += fmt::format(", at most {}\n", to_string(spec.compression->rate));
  }
  return text;
}

std::string links_text(const Hardware& hardware) {
  Table table;
  table.row({"link", "between", "kind", "bandwidth", "latency"});
  for (const LinkSpec& spec : hardware.links()) {
    const std::string ways = spec.full_duplex ? " each way" : " both ways together";
    const Bandwidth left = usable(hardware, spec);
    const std::string less = left == spec.bandwidth
                                 ? ""
                                 : fmt::format(" ({} with its errors or credits)", to_string(left));
    table.row({spec.name, end_name(hardware, spec.a) + " - " + end_name(hardware, spec.b),
               spec.kind, to_string(spec.bandwidth) + ways + less, to_string(spec.latency)});
  }
  return table.text() + link_features_text(hardware);
}

// Of parts that take power; those that take nothing are left out.
struct PowerOf {
  std::string_view kind;
  const std::string& name;
  Power idle;
  EnergyPerByte energy{};                    // of memories and links
  const ProcessorSpec* processor = nullptr;  // of processors
};

std::vector<PowerOf> powers(const Hardware& hardware) {
  std::vector<PowerOf> all;
  for (const ProcessorSpec& each : hardware.processors()) {
    if (each.active != Power{}) all.push_back({"processor", each.name, each.idle, {}, &each});
  }
  const auto add = [&](std::string_view kind, const std::string& name, Power idle,
                       EnergyPerByte energy) {
    if (idle != Power{} || energy != EnergyPerByte{}) all.push_back({kind, name, idle, energy});
  };
  for (const MemorySpec& each : hardware.memories()) {
    add("memory", each.name, each.idle, each.part_of ? EnergyPerByte{} : each.energy);
  }
  for (const LinkSpec& each : hardware.links()) add("link", each.name, each.idle, each.energy);
  for (const SwitchSpec& each : hardware.switches()) add("switch", each.name, each.idle, {});
  return all;
}

// Parts that follow each other and take the same are one row.
std::string powers_text(const std::vector<PowerOf>& all) {
  const auto row = [](const PowerOf& part) {
    std::vector<std::string> cells{std::string{part.kind}, to_string(part.idle), "", "", ""};
    if (const ProcessorSpec* spec = part.processor) {
      cells[2] = to_string(spec->active);
      if (spec->sleep) {
        cells[3] = fmt::format("{} after {}", to_string(spec->sleep->power),
                               to_string(spec->sleep->after));
        if (spec->sleep->wake > Time{0}) {
          cells[3] += fmt::format(", awake in {}", to_string(spec->sleep->wake));
        }
      }
    }
    if (part.energy != EnergyPerByte{}) cells[4] = exact_text(part.energy);
    return cells;
  };
  Table table;
  table.row({"power", "of", "idle", "active", "asleep", "of bytes"});
  for (std::size_t first = 0, last = 0; first < all.size(); first = last + 1) {
    std::vector<std::string> cells = row(all[first]);
    last = first;
    while (last + 1 < all.size() && row(all[last + 1]) == cells) ++last;
    cells.insert(cells.begin(), from_to(all[first].name, all[last].name));
    table.row(std::move(cells));
  }
  return table.text();
}

Json powers_json(const std::vector<PowerOf>& all) {
  Json parts = Json::array();
  for (const PowerOf& each : all) {
    Json part = {{"kind", each.kind}, {"name", each.name}, {"idle_mw", each.idle.value}};
    if (const ProcessorSpec* spec = each.processor) {
      part["active_mw"] = spec->active.value;
      if (spec->sleep) {
        part["sleep_mw"] = spec->sleep->power.value;
        part["sleep_after_ps"] = spec->sleep->after.count();
        part["wake_ps"] = spec->sleep->wake.count();
      }
    }
    if (each.energy != EnergyPerByte{}) part["energy_fj_per_byte"] = each.energy.value;
    parts.push_back(std::move(part));
  }
  return parts;
}

std::string when_text(const LoadSpec& load) {
  std::string text = load.until
                         ? fmt::format("{} - {}", to_string(load.from), to_string(*load.until))
                         : fmt::format("from {} on", to_string(load.from));
  if (load.every) text += fmt::format(", every {}", to_string(*load.every));
  return text;
}

std::string loads_text(const Hardware& hardware) {
  Table table;
  table.row({"load of others", "on", "what", "when"});
  std::size_t shown = 0;
  for (const LoadSpec& load : hardware.load()) {
    if (shown++ == kMostLoads) break;
    table.row(
        {load.name, load_part(hardware, load.effect), load_text(load.effect), when_text(load)});
  }
  std::string text = table.text();
  if (hardware.load().size() > kMostLoads) {
    text += fmt::format("... and {} more\n", hardware.load().size() - kMostLoads);
  }
  return text;
}

std::string routes_text(const Hardware& hardware, const std::vector<Way>& all) {
  Table table;
  table.row({"from", "to", "by", "copied by", "latency", "narrowest", "1 MB takes"});
  std::size_t shown = 0;
  for (const Way& way : all) {
    if (shown++ == kMostRoutes) break;
    const std::string& src = memory_name(hardware, way.src);
    const std::string& dst = memory_name(hardware, way.dst);
    if (way.route == nullptr) {
      table.row({src, dst, "no way"});
      continue;
    }
    std::string path, copiers;
    for (const Leg& leg : *way.route) {
      if (!path.empty()) path += fmt::format(" [{}] ", memory_name(hardware, leg.src));
      path += fmt::format("{}", fmt::join(path_of(hardware, leg), " "));
      copiers += (copiers.empty() ? "" : ", ") + copier_name(hardware, leg);
    }
    const Channel& limit = narrowest(hardware, *way.route);
    table.row({src, dst, path, copiers, to_string(latency(*way.route)),
               fmt::format("{} ({})", to_string(limit.capacity), limit.name),
               to_string(copy_time(hardware, *way.route, kSample))});
  }
  std::string text = table.text();
  if (all.size() > kMostRoutes) {
    text += fmt::format("  ... and {} more\n", all.size() - kMostRoutes);
  }
  return text;
}

class Usage {
 public:
  explicit Usage(const Hardware& hardware) : hardware_(hardware) {
    for (const Way& way : ways(hardware)) {
      if (way.route == nullptr) continue;
      for (const Leg& leg : *way.route) {
        memories_.insert({leg.src, leg.dst});
        channels_.insert(leg.channels.begin(), leg.channels.end());
        if (leg.engine) engines_.insert(*leg.engine);
      }
    }
    for (const MemoryId end : ends_of_routes(hardware)) memories_.insert(end);
    for (const MemorySpec& memory : hardware.memories()) {
      if (memory.part_of) memories_.insert(*memory.part_of);
    }
    for (const ChannelId channel : channels_) names_.insert(hardware.channels()[channel].name);
  }

  bool of(MemoryId id) const { return memories_.count(id) != 0; }
  bool of(EngineId id) const { return engines_.count(id) != 0; }
  bool of(const LinkSpec& link) const {
    return names_.count(link.name) + names_.count(link.name + ">") + names_.count(link.name + "<") >
           0;
  }
  bool of(SwitchId id) const {
    return std::any_of(hardware_.links().begin(), hardware_.links().end(),
                       [&](const LinkSpec& link) {
                         return (link.a == Endpoint{id} || link.b == Endpoint{id}) && of(link);
                       });
  }

 private:
  const Hardware& hardware_;
  std::set<MemoryId> memories_;
  std::set<ChannelId> channels_;
  std::set<EngineId> engines_;
  std::set<std::string> names_;
};

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

Json processors_json(const Hardware& hardware) {
  Json all = Json::array();
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    const ProcessorSpec& spec = hardware.processors()[id];
    Json peaks = Json::object(), balances = Json::object();
    for (std::size_t type = 0; type < spec.peak.size(); ++type) {
      if (!spec.peak[type]) continue;
      const std::string name{kDataTypes[type].name};
      peaks[name] = spec.peak[type]->value;
      balances[name] = balance_point(hardware, id, static_cast<DataType>(type), OpFamily::Matmul);
    }
    Json families = Json::array();
    for (std::size_t family = 0; family < kOpFamilies.size(); ++family) {
      if (spec.supports[family]) families.push_back(kOpFamilies[family]);
    }
    all.push_back({{"name", spec.name},
                   {"kind", to_string(spec.kind)},
                   {"memory", memory_name(hardware, spec.memory)},
                   {"peak_flop_per_s", peaks},
                   {"matmul_balance_flop_per_byte", balances},
                   {"supports", families},
                   {"launch_overhead_ps", spec.launch_overhead.count()},
                   {"streams", spec.streams}});
  }
  return all;
}

Json routes_json(const Hardware& hardware, const std::vector<Way>& all) {
  Json routes = Json::array();
  for (const Way& way : all) {
    Json route = {{"from", memory_name(hardware, way.src)}, {"to", memory_name(hardware, way.dst)}};
    if (way.route == nullptr) {
      route["legs"] = nullptr;
      routes.push_back(std::move(route));
      continue;
    }
    Json legs = Json::array();
    for (const Leg& leg : *way.route) {
      legs.push_back({{"from", memory_name(hardware, leg.src)},
                      {"to", memory_name(hardware, leg.dst)},
                      {"by", path_of(hardware, leg)},
                      {"copied_by", copier_name(hardware, leg)},
                      {"latency_ps", leg.latency.count()}});
    }
    const Channel& limit = narrowest(hardware, *way.route);
    route["legs"] = std::move(legs);
    route["latency_ps"] = latency(*way.route).count();
    route["narrowest"] = limit.name;
    route["narrowest_bytes_per_s"] = limit.capacity.value;
    route["megabyte_ps"] = copy_time(hardware, *way.route, kSample).count();
    routes.push_back(std::move(route));
  }
  return routes;
}

Json load_json(const Hardware& hardware, const LoadSpec& spec) {
  Json load = {{"name", spec.name},
               {"on", load_part(hardware, spec.effect)},
               {"what", load_text(spec.effect)},
               {"from_ps", spec.from.count()}};
  if (spec.until) load["until_ps"] = spec.until->count();
  if (spec.every) load["every_ps"] = spec.every->count();
  return load;
}

}  // namespace

std::string load_part(const Hardware& hardware, const LoadEffect& effect) {
  if (const auto* traffic = std::get_if<LinkTraffic>(&effect)) {
    const LinkSpec& link = hardware.links()[traffic->link];
    const bool backward = traffic->way == TrafficWay::Backward;
    return fmt::format("{}, {} {} {}", link.name, end_name(hardware, backward ? link.b : link.a),
                       traffic->way == TrafficWay::Both ? "-" : "to",
                       end_name(hardware, backward ? link.a : link.b));
  }
  if (const auto* slowed = std::get_if<SlowedLink>(&effect)) {
    return hardware.links()[slowed->link].name;
  }
  if (const auto* traffic = std::get_if<MemoryTraffic>(&effect)) {
    return memory_name(hardware, traffic->memory);
  }
  return hardware.processors()[*loaded_processor(effect)].name;
}

std::string load_text(const LoadEffect& effect) {
  if (const auto* traffic = std::get_if<LinkTraffic>(&effect)) {
    return to_string(traffic->rate) + (traffic->way == TrafficWay::Both ? " each way" : "");
  }
  if (const auto* traffic = std::get_if<MemoryTraffic>(&effect)) return to_string(traffic->rate);
  if (const auto* busy = std::get_if<BusyShare>(&effect)) {
    return fmt::format("takes {:.3g} %", busy->share * 100);
  }
  if (const auto* link = std::get_if<SlowedLink>(&effect)) {
    return fmt::format("slows down {:.3g} x", link->factor);
  }
  if (const auto* slowed = std::get_if<SlowedDown>(&effect)) {
    return fmt::format("slows down {:.3g} x", slowed->factor);
  }
  return "lost";
}

double balance_point(const Hardware& hardware, ProcessorId processor, DataType type,
                     OpFamily family) {
  const ProcessorSpec& spec = hardware.processors()[processor];
  const auto rate = static_cast<double>(spec.peak[static_cast<std::size_t>(type)]->value) *
                    spec.efficiency[static_cast<std::size_t>(family)];
  const auto bandwidth = static_cast<double>(hardware.memories()[spec.memory].bandwidth.value) *
                         spec.bandwidth_efficiency;
  return rate / bandwidth;
}

Time copy_time(const Hardware& hardware, const Route& route, Bytes size) {
  Time time{0};
  for (const Leg& leg : route) {
    if (leg.engine) {
      const EngineSpec& engine = hardware.engines()[*leg.engine];
      time += engine.setup_of(size) + engine.completion;
    } else {
      time += hardware.processors()[*leg.copier].copy_setup;
    }
    const Pace pace = leg.pace(size);
    const Bandwidth fastest = hardware.fastest(leg, Content::Activation);
    const Bandwidth rate{std::min(fastest.value, pace.cap)};
    time += pace.wait + size / rate + leg.latency;
  }
  return time;
}

std::vector<std::string> warnings(const Hardware& hardware) {
  std::vector<std::string> found;
  for (const Way& way : ways(hardware)) {
    if (way.route == nullptr) {
      found.push_back(fmt::format("no way leads from memory '{}' to memory '{}'",
                                  memory_name(hardware, way.src), memory_name(hardware, way.dst)));
    }
  }
  for (const ProcessorSpec& spec : hardware.processors()) {
    const bool whole_peak = std::all_of(spec.efficiency.begin(), spec.efficiency.end(),
                                        [](double share) { return share == 1; });
    if (whole_peak) {
      found.push_back(
          fmt::format("processor '{}' reaches its whole peak in every layer; real ones "
                      "do not (give an efficiency)",
                      spec.name));
    }
  }
  const Usage used(hardware);
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    if (!used.of(id)) {
      found.push_back(fmt::format("memory '{}': no processor sits on it and no route passes it",
                                  memory_name(hardware, id)));
    }
  }
  for (const LinkSpec& link : hardware.links()) {
    if (!used.of(link)) found.push_back(fmt::format("link '{}' is on no route", link.name));
  }
  for (const SwitchId id : ids<SwitchId>(hardware.switches().size())) {
    if (!used.of(id)) {
      found.push_back(fmt::format("switch '{}' is on no route", hardware.switches()[id].name));
    }
  }
  for (const EngineId id : ids<EngineId>(hardware.engines().size())) {
    if (!used.of(id)) {
      found.push_back(fmt::format("DMA engine '{}' copies nothing", hardware.engines()[id].name));
    }
  }
  for (std::size_t package = 0; package < hardware.packages().size(); ++package) {
    const auto members =
        std::count_if(hardware.processors().begin(), hardware.processors().end(),
                      [&](const ProcessorSpec& processor) { return processor.package == package; });
    if (members < 2) {
      found.push_back(fmt::format(
          "package '{}' has {}, so nothing slows down", hardware.packages()[package].name,
          counted(static_cast<std::size_t>(members), "processor", "processors")));
    }
  }
  return found;
}

std::string describe(const Hardware& hardware) {
  std::string text = "machine " + hardware.name();
  if (!hardware.description().empty()) text += ": " + hardware.description();
  text += fmt::format("\n{}, {}, {}, {}, {}\n\n",
                      counted(hardware.processors().size(), "processor", "processors"),
                      counted(hardware.memories().size(), "memory", "memories"),
                      counted(hardware.links().size(), "link", "links"),
                      counted(hardware.switches().size(), "switch", "switches"),
                      counted(hardware.engines().size(), "DMA engine", "DMA engines"));
  text += processors_text(hardware) + "\n" + memories_text(hardware);
  if (!hardware.links().empty()) text += "\n" + links_text(hardware);
  const std::vector<PowerOf> power = powers(hardware);
  if (!power.empty()) text += "\n" + powers_text(power);
  if (!hardware.load().empty()) text += "\n" + loads_text(hardware);
  for (const SwitchSpec& node : hardware.switches()) {
    if (node.multicast) {
      text +=
          fmt::format("\nswitch {} sends one copy on to several outputs (multicast)\n", node.name);
    }
    if (!node.reduction) continue;
    text += fmt::format("\nswitch {} adds up {} of operands (collectives in_switch)\n", node.name,
                        to_string(*node.reduction));
  }
  const std::vector<Way> all = ways(hardware);
  if (!all.empty()) text += "\n" + routes_text(hardware, all);
  const std::vector<std::string> found = warnings(hardware);
  if (!found.empty()) text += "\n";
  for (const std::string& warning : found) text += "warning: " + warning + "\n";
  return text;
}

nlohmann::ordered_json describe_json(const Hardware& hardware) {
  Json memories = Json::array();
  for (const MemorySpec& spec : hardware.memories()) {
    Json memory = {{"name", spec.name},
                   {"capacity_bytes", spec.capacity.value},
                   {"bandwidth_bytes_per_s", spec.bandwidth.value}};
    if (spec.part_of) memory["part_of"] = memory_name(hardware, *spec.part_of);
    memories.push_back(std::move(memory));
  }
  Json links = Json::array();
  for (const LinkSpec& spec : hardware.links()) {
    links.push_back({{"name", spec.name},
                     {"between", {end_name(hardware, spec.a), end_name(hardware, spec.b)}},
                     {"kind", spec.kind},
                     {"bandwidth_bytes_per_s", spec.bandwidth.value},
                     {"usable_bytes_per_s", usable(hardware, spec).value},
                     {"full_duplex", spec.full_duplex},
                     {"latency_ps", spec.latency.count()}});
  }
  Json switches = Json::array();
  for (const SwitchSpec& spec : hardware.switches()) {
    switches.push_back({{"name", spec.name},
                        {"latency_ps", spec.latency.count()},
                        {"multicast", spec.multicast},
                        {"peer_to_peer", spec.peer_to_peer}});
  }
  Json json = {{"machine", hardware.name()},
               {"description", hardware.description()},
               {"processors", processors_json(hardware)},
               {"memories", std::move(memories)},
               {"links", std::move(links)},
               {"switches", std::move(switches)},
               {"power", powers_json(powers(hardware))},
               {"routes", routes_json(hardware, ways(hardware))},
               {"warnings", warnings(hardware)}};
  if (!hardware.load().empty()) {
    json["load"] = Json::array();
    for (const LoadSpec& spec : hardware.load()) json["load"].push_back(load_json(hardware, spec));
  }
  if (hardware.host()) json["host"] = memory_name(hardware, *hardware.host());
  return json;
}

}  // namespace partita
