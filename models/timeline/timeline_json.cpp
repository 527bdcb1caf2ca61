// Timelines as JSON, version 1, self-contained for plots:
//   {"timeline": 1, "origin": "simulated", "network": "...", "machine": "...", "method": "heft",
//    "makespan_ps": 1200,
//    "processors": [{"name": "cpu0", "kind": "cpu", "memory": "dram", "streams": 1}],
//    "engines": [{"name": "dma0", "memory": "hbm0"}],
//    "memories": [{"name": "dram", "capacity_bytes": 1024, "peak_bytes": 512}],
//    "layers": [{"layer": "conv1", "operator": "Conv", "processor": "cpu0", "stream": 0,
//                "start_ps": 0, "finish_ps": 1000}],
//    "legs": [{"transfer": 0, "leg": 0, "tensor": "x", "bytes": 64, "src": "dram", "dst": "hbm0",
//              "engine": "dma0", "queued_ps": 0, "start_ps": 0, "data_ps": 10, "finish_ps": 100}]}
//
// More where others used the machine, too:
//    "interrupted": [{"layer": "conv1", "processor": "cpu0", "stream": 0, "start_ps": 0,
//                     "lost_ps": 500}],
//    "load": [{"name": "crash", "processor": "cpu0", "what": "lost", "from_ps": 500,
//              "until_ps": 900}]
//
// interrupted: work that was lost with its processor and began again; instead of a "layer" a copy
//             by the processor has the number of its leg in "legs", as "copy".
// load:       when others did what before the makespan, at most 1,000 times, for figures; on a
//             "processor", or "on" a link or a memory.
// legs:       "transfer" counts the plan's transfers from 0, "leg" its legs; "src" and "dst" are
//             the ends of the leg. A leg names the "engine" or the processor ("copier") that
//             copies, or neither where the network gives its time. Of several legs that are one
//             copy, which switches send on, all but the first name that one's transfer as "with".
// waking_ps:  of a layer, of the set-up of a leg or of what was interrupted, what its processor
//             needed first to wake; absent where that is nothing.
// measurement: of a measured one: how many runs it is the median of, how well that is known, and
//             where it was measured (exec/replay/measurement.h); else absent.
// peak_bytes: absent where nobody measured it.
// fidelity:   "packet" beside the origin where copies were simulated as packets; else absent.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "models/base/document.h"
#include "models/base/document_kind.h"
#include "models/hardware/describe.h"
#include "models/timeline/made_copies.h"
#include "models/timeline/timeline.h"

namespace partita {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMostWindows = 1000;  // of load

using Json = nlohmann::ordered_json;

// The ends of one leg. A transfer of given time has one, from end to end.
std::pair<MemoryId, MemoryId> ends(const LegSpan& span, const Plan& plan, const Network& network,
                                   const Hardware& hardware) {
  const Transfer& transfer = plan.transfers()[span.transfer];
  if (network.tensor(transfer.tensor).transfer_time) return {transfer.src, transfer.dst};
  const Leg& leg = (*hardware.route(transfer.src, transfer.dst))[span.leg];
  return {leg.src, leg.dst};
}

class TimelineReader {
 public:
  TimelineReader(const std::string& file, const Network& network, const Hardware& hardware,
                 const Plan& plan)
      : document_(Document::parse_file(file)),
        network_(network),
        hardware_(hardware),
        plan_(plan),
        first_line_(network.layer_count(), 0) {
    for (const LayerId layer : network.layers()) layers_.emplace(network.layer(layer).name, layer);
    timeline_.layers.resize(network.layer_count());
  }

  Timeline read_timeline() {
    refuse_other_kind(document_, "timeline");
    MapReader in(read(document_, diagnostics_));
    const auto version = in.required_value("timeline");
    if (version && version->as<std::int64_t>() != kVersion) {
      version->error(fmt::format("timeline: version {} is written here, this program reads {}",
                                 version->node().text, kVersion));
    }
    if (const auto origin = in.required_value("origin")) {
      std::vector<std::string> names;
      for (const Origin each : {Origin::Predicted, Origin::Simulated, Origin::Measured}) {
        names.emplace_back(to_string(each));
      }
      timeline_.origin = static_cast<Origin>(origin->one_of(names));
    }
    if (const auto fidelity = in.optional_value("fidelity")) {
      const std::size_t which = fidelity->one_of({kFidelities.begin(), kFidelities.end()});
      timeline_.fidelity = static_cast<Fidelity>(which);
    }
    if (const auto name = in.required_value("network")) {
      const std::string written = name->as<std::string>();
      if (!written.empty() && written != network_.name()) {
        name->error(fmt::format("the timeline is of network '{}', but the network given is '{}'",
                                written, network_.name()));
      }
    }
    in.optional<std::string>("machine", "");
    in.optional<std::string>("method", "");
    timeline_.makespan = time(in, "makespan_ps");
    // What plots read; the machine that is given says it again.
    in.optional_list("processors");
    in.optional_list("engines");
    read_memories(in.optional_list("memories"));
    if (const auto layers = in.required_value("layers")) read_layers(*layers);
    if (const auto legs = in.required_value("legs")) read_legs(*legs);
    for (const ValueReader& item : in.optional_list("interrupted")) read_interruption(item);
    in.optional_list("load");
    in.optional_value("measurement");
    in.finish();
    diagnostics_.throw_if_any();
    return std::move(timeline_);
  }

 private:
  template <class Number>
  Number count(MapReader& in, const std::string& key) {
    const auto value = in.required_value(key);
    const Number number = value ? value->template as<Number>() : Number{};
    if (number >= 0) return number;
    value->error(fmt::format("{}: {} is below zero", key, number));
    return Number{};
  }
  Time time(MapReader& in, const std::string& key) { return Time{count<std::int64_t>(in, key)}; }

  Time waking(MapReader& in) {
    return in.optional_value("waking_ps") ? time(in, "waking_ps") : Time{0};
  }

  // The thing that a value names; a name that the machine does not have is recorded as an error.
  template <class Found>
  std::optional<Found> named(const std::optional<ValueReader>& value, const char* what,
                             std::optional<Found> (*find)(const Hardware&, const std::string&)) {
    if (!value) return std::nullopt;
    const std::string name = value->as<std::string>();
    const auto found = find(hardware_, name);
    if (!found && value->is_scalar()) {
      value->error(fmt::format("the machine '{}' has no {} '{}'", hardware_.name(), what, name));
    }
    return found;
  }
  std::optional<ProcessorId> processor(const std::optional<ValueReader>& value) {
    return named<ProcessorId>(value, "processor",
                              [](const Hardware& machine, const std::string& name) {
                                return machine.processor_named(name);
                              });
  }
  std::optional<EngineId> engine(const std::optional<ValueReader>& value) {
    return named<EngineId>(
        value, "engine",
        [](const Hardware& machine, const std::string& name) -> std::optional<EngineId> {
          for (const EngineId id : ids<EngineId>(machine.engines().size())) {
            if (machine.engines()[id].name == name) return id;
          }
          return std::nullopt;
        });
  }
  std::optional<MemoryId> memory(const std::optional<ValueReader>& value) {
    return named<MemoryId>(value, "memory", [](const Hardware& machine, const std::string& name) {
      return machine.memory_named(name);
    });
  }

  void read_memories(const std::vector<ValueReader>& memories) {
    IdVector<MemoryId, std::optional<Bytes>> peaks(hardware_.memories().size());
    std::size_t given = 0;
    for (const ValueReader& item : memories) {
      MapReader in(item);
      const auto id = memory(in.required_value("name"));
      in.optional<std::int64_t>("capacity_bytes", 0);
      if (in.optional_value("peak_bytes")) {
        const Bytes peak{count<std::int64_t>(in, "peak_bytes")};
        if (id && !peaks[*id]) ++given;
        if (id) peaks[*id] = peak;
      }
      in.finish();
    }
    if (given == 0) return;
    for (const MemoryId id : ids<MemoryId>(peaks.size())) {
      if (!peaks[id]) {
        memories.front().error(fmt::format("memory '{}' has no peak_bytes, though others have",
                                           hardware_.memories()[id].name));
      }
      timeline_.memory_peak.push_back(peaks[id].value_or(Bytes{}));
    }
  }

  void read_layers(const ValueReader& layers) {
    for (const ValueReader& item : layers.list()) {
      MapReader in(item);
      const auto name = in.required_value("layer");
      in.optional<std::string>("operator", "");
      LayerSpan span;
      span.processor = processor(in.required_value("processor")).value_or(ProcessorId{});
      span.stream = count<int>(in, "stream");
      span.start = time(in, "start_ps");
      span.finish = time(in, "finish_ps");
      span.waking = waking(in);
      in.finish();
      if (!name) continue;
      const auto found = layers_.find(name->as<std::string>());
      if (found == layers_.end()) {
        name->error(
            fmt::format("the network '{}' has no layer '{}'", network_.name(), name->node().text));
        continue;
      }
      int& line = first_line_[found->second];
      if (line != 0) {
        item.error(fmt::format("layer '{}' stands twice (first at line {})", found->first, line));
      }
      line = item.where().line;
      timeline_.layers[found->second] = span;
    }
    for (const LayerId layer : network_.layers()) {
      if (first_line_[layer] == 0) {
        layers.error(fmt::format("layer '{}' is missing", network_.layer(layer).name));
      }
    }
  }

  void read_legs(const ValueReader& legs) {
    for (const ValueReader& item : legs.list()) {
      MapReader in(item);
      LegSpan span;
      const auto transfer = in.required_value("transfer");
      const auto number = in.required_value("leg");
      const auto tensor = in.required_value("tensor");
      in.optional<std::int64_t>("bytes", 0);
      in.optional<std::int64_t>("with", 0);  // follows from the plan
      const auto src = memory(in.required_value("src"));
      const auto dst = memory(in.required_value("dst"));
      span.engine = engine(in.optional_value("engine"));
      span.copier = processor(in.optional_value("copier"));
      span.queued = time(in, "queued_ps");
      span.start = time(in, "start_ps");
      span.data = time(in, "data_ps");
      span.finish = time(in, "finish_ps");
      span.waking = waking(in);
      in.finish();
      if (!transfer || !number || !tensor) continue;
      const auto which = transfer->as<std::int64_t>();
      const auto leg = number->as<std::int64_t>();
      if (which < 0 || which >= static_cast<std::int64_t>(plan_.transfers().size())) {
        transfer->error(fmt::format("there is no transfer {}: the plan has {}", which,
                                    plan_.transfers().size()));
        continue;
      }
      span.transfer = static_cast<std::uint32_t>(which);
      const Transfer& planned = plan_.transfers()[span.transfer];
      const Tensor& moved = network_.tensor(planned.tensor);
      const auto count =
          moved.transfer_time ? 1 : hardware_.route(planned.src, planned.dst)->size();
      if (leg < 0 || leg >= static_cast<std::int64_t>(count)) {
        number->error(fmt::format("transfer {} has no leg {}: it has {}", which, leg, count));
        continue;
      }
      span.leg = static_cast<std::uint32_t>(leg);
      if (tensor->as<std::string>() != moved.name) {
        tensor->error(fmt::format("transfer {} of the plan moves '{}', not '{}'", which, moved.name,
                                  tensor->node().text));
      }
      const auto [from, to] = ends(span, plan_, network_, hardware_);
      if ((src && *src != from) || (dst && *dst != to)) {
        item.error(fmt::format("leg {} of transfer {} goes from '{}' to '{}'", leg, which,
                               hardware_.memories()[from].name, hardware_.memories()[to].name));
      }
      timeline_.legs.push_back(span);
    }
  }

  void read_interruption(const ValueReader& item) {
    MapReader in(item);
    Interruption read;
    const auto layer = in.optional_value("layer");
    const auto copy = in.optional_value("copy");
    read.processor = processor(in.required_value("processor")).value_or(ProcessorId{});
    read.stream = count<int>(in, "stream");
    read.start = time(in, "start_ps");
    read.lost = time(in, "lost_ps");
    read.waking = waking(in);
    in.finish();
    if (layer.has_value() == copy.has_value()) {
      item.error("an interruption is of a layer or of a copy");
    } else if (layer) {
      const auto found = layers_.find(layer->as<std::string>());
      if (found != layers_.end()) {
        read.layer = found->second;
      } else {
        layer->error(
            fmt::format("the network '{}' has no layer '{}'", network_.name(), layer->node().text));
      }
    } else {
      const auto leg = copy->as<std::int64_t>();
      if (leg >= 0 && leg < static_cast<std::int64_t>(timeline_.legs.size())) {
        read.leg = static_cast<std::uint32_t>(leg);
      } else {
        copy->error(fmt::format("copy: there is no leg {}: the timeline has {}", leg,
                                timeline_.legs.size()));
      }
    }
    timeline_.interrupted.push_back(read);
  }

  Document document_;
  const Network& network_;
  const Hardware& hardware_;
  const Plan& plan_;
  Diagnostics diagnostics_;
  std::unordered_map<std::string, LayerId> layers_;
  IdVector<LayerId, int> first_line_;
  Timeline timeline_;
};

}  // namespace

std::string to_json(const Timeline& timeline, const Network& network, const Hardware& hardware,
                    const Plan& plan, const std::string& measurement) {
  const auto memory_name = [&](MemoryId id) { return hardware.memories()[id].name; };
  const auto add_waking = [](Json& to, Time waking) {
    if (waking > Time{0}) to["waking_ps"] = waking.count();
  };
  Json out;
  out["timeline"] = kVersion;
  out["origin"] = to_string(timeline.origin);
  if (timeline.fidelity == Fidelity::Packet) out["fidelity"] = kFidelities[1];
  out["network"] = network.name();
  out["machine"] = hardware.name();
  out["method"] = plan.method();
  out["makespan_ps"] = timeline.makespan.count();
  if (!measurement.empty()) out["measurement"] = Json::parse(measurement);
  out["processors"] = Json::array();
  for (const ProcessorSpec& processor : hardware.processors()) {
    out["processors"].push_back({{"name", processor.name},
                                 {"kind", to_string(processor.kind)},
                                 {"memory", memory_name(processor.memory)},
                                 {"streams", processor.streams}});
  }
  out["engines"] = Json::array();
  for (const EngineSpec& engine : hardware.engines()) {
    out["engines"].push_back({{"name", engine.name}, {"memory", memory_name(engine.memory)}});
  }
  out["memories"] = Json::array();
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    Json memory{{"name", memory_name(id)},
                {"capacity_bytes", hardware.memories()[id].capacity.value}};
    if (!timeline.memory_peak.empty()) memory["peak_bytes"] = timeline.memory_peak[id].value;
    out["memories"].push_back(std::move(memory));
  }
  out["layers"] = Json::array();
  for (const LayerId id : network.layers()) {
    const LayerSpan& span = timeline.layers[id];
    out["layers"].push_back({{"layer", network.layer(id).name},
                             {"operator", to_string(network.layer(id).kind)},
                             {"processor", hardware.processors()[span.processor].name},
                             {"stream", span.stream},
                             {"start_ps", span.start.count()},
                             {"finish_ps", span.finish.count()}});
    add_waking(out["layers"].back(), span.waking);
  }
  out["legs"] = Json::array();
  const Multicasts multicasts = multicasts_in(timeline, network, hardware, plan);
  for (const LegSpan& span : timeline.legs) {
    const Tensor& tensor = network.tensor(plan.transfers()[span.transfer].tensor);
    const auto [src, dst] = ends(span, plan, network, hardware);
    Json leg{{"transfer", span.transfer},  {"leg", span.leg},         {"tensor", tensor.name},
             {"bytes", tensor.size.value}, {"src", memory_name(src)}, {"dst", memory_name(dst)}};
    if (span.engine) leg["engine"] = hardware.engines()[*span.engine].name;
    if (span.copier) leg["copier"] = hardware.processors()[*span.copier].name;
    if (multicasts.follows(span.transfer)) leg["with"] = multicasts.of(span.transfer)->first();
    leg["queued_ps"] = span.queued.count();
    leg["start_ps"] = span.start.count();
    leg["data_ps"] = span.data.count();
    leg["finish_ps"] = span.finish.count();
    add_waking(leg, span.waking);
    out["legs"].push_back(std::move(leg));
  }
  for (const Interruption& each : timeline.interrupted) {
    Json lost;
    if (each.layer) lost["layer"] = network.layer(*each.layer).name;
    if (each.leg) lost["copy"] = *each.leg;
    lost["processor"] = hardware.processors()[each.processor].name;
    lost["stream"] = each.stream;
    lost["start_ps"] = each.start.count();
    lost["lost_ps"] = each.lost.count();
    add_waking(lost, each.waking);
    out["interrupted"].push_back(std::move(lost));
  }
  std::size_t left = kMostWindows;
  for (const LoadSpec& load : hardware.load()) {
    for (const Window& window : windows(load, timeline.makespan, left)) {
      out["load"].push_back(
          {{"name", load.name},
           {loaded_processor(load.effect) ? "processor" : "on", load_part(hardware, load.effect)},
           {"what", load_text(load.effect)},
           {"from_ps", window.from.count()},
           {"until_ps", window.until.count()}});
      --left;
    }
  }
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Timeline load_timeline(const std::string& file, const Network& network, const Hardware& hardware,
                       const Plan& plan) {
  return TimelineReader(file, network, hardware, plan).read_timeline();
}

}  // namespace partita
