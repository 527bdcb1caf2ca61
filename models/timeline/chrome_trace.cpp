#include "models/timeline/chrome_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <unordered_map>

#include "models/hardware/describe.h"
#include "models/timeline/made_copies.h"

namespace partita {
namespace {

constexpr std::size_t kMostWindows = 1000;  // of load

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Not through a double, which would lose picoseconds.
std::string microseconds_text(Time time) {
  constexpr std::int64_t kPerMicrosecond = 1'000'000;
  return fmt::format("{}.{:06}", time.count() / kPerMicrosecond, time.count() % kPerMicrosecond);
}

// One of those that are drawn.
struct Drawn {
  const std::string& name;
  const Timeline& timeline;
  const Network& network;
  const Hardware& hardware;
  const Plan* plan = nullptr;  // none: it relocates
  std::vector<Transfer> moves = {};
  std::size_t number = 0;
  RequestSpan span = {};
  bool cancelled = false;
};

class TraceWriter {
 public:
  void add(const NamedTimeline& one, int process) {
    const Drawn timeline{one.name, one.timeline, one.network, one.hardware, &one.plan};
    look_at(timeline);
    process_ = process;
    add_threads();
    find_channels({&timeline, 1});
    add_work();
    add_load(one.timeline.makespan);
    for (const Signal& signal : one.signals) add_counter(signal);
  }

  // Several requests on the same threads.
  void add(const std::vector<Drawn>& requests, const std::vector<Signal>& signals,
           const std::vector<TracedDecision>& decisions = {}) {
    process_ = 1;
    look_at(requests.front());
    add_threads();
    find_channels(requests);
    Time end{0};
    for (const Drawn& request : requests) {
      look_at(request);
      request_ = request.number;
      add_request(request.span);
      add_work();
      end = std::max(end, request.span.finish);
    }
    add_load(end);
    add_decisions(decisions);
    for (const Signal& signal : signals) add_counter(signal);
  }

  std::string finish() {
    return "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n" + events_ + "\n]}\n";
  }

 private:
  void look_at(const Drawn& timeline) {
    at_ = &timeline;
    multicasts_ = {};
    if (relocates()) return;
    multicasts_ =
        multicasts_in(timeline.timeline, timeline.network, timeline.hardware, *timeline.plan);
  }
  bool relocates() const { return at_->plan == nullptr; }
  const Transfer& transfer(std::uint32_t id) const {
    return relocates() ? at_->moves[id] : at_->plan->transfers()[id];
  }
  // Of who was cancelled, some may never have begun, or have been lost.
  bool has_ended(const LayerSpan& span) const {
    return !at_->cancelled || span.finish > span.start;
  }
  bool has_ended(const LegSpan& span) const { return !at_->cancelled || span.finish > Time{0}; }
  void add_work() {
    add_layers();
    add_legs();
    add_interruptions();
    add_arrows();
  }

  void event(const std::string& fields) {
    events_ += (events_.empty() ? "{" : ",\n{") + fields + "}";
  }
  void metadata(const char* what, std::size_t thread, const std::string& args) {
    event(fmt::format(R"("ph": "M", "pid": {}, "tid": {}, "name": "{}", "args": {{{}}})", process_,
                      thread, what, args));
  }
  void slice(const std::string& name, const char* category, std::size_t thread, Time start,
             Time finish, const std::string& args) {
    event(fmt::format(
        R"("ph": "X", "pid": {}, "tid": {}, "name": {}, "cat": "{}", "ts": {}, "dur": {}, "args": {{{}}})",
        process_, thread, quoted(name), category, microseconds_text(start),
        microseconds_text(finish - start), args));
  }
  void arrow(const char* phase, std::size_t id, std::size_t thread, Time at) {
    event(fmt::format(
        R"("ph": "{}", "pid": {}, "tid": {}, "name": "transfer", "cat": "arrow", "id": {}, "ts": {}{})",
        phase, process_, thread, id, microseconds_text(at), *phase == 'f' ? R"(, "bp": "e")" : ""));
  }

  const Hardware& hardware() const { return at_->hardware; }
  const Timeline& timeline() const { return at_->timeline; }
  const Tensor& tensor_of(const LegSpan& leg) const {
    return at_->network.tensor(transfer(leg.transfer).tensor);
  }

  std::size_t thread_of(ProcessorId processor, int stream) const {
    return first_thread_[processor] + static_cast<std::size_t>(stream);
  }
  std::size_t thread_of(const LegSpan& leg) const {
    if (!leg.engine) return thread_of(*leg.copier, 0);
    return first_channel_[*leg.engine] + channel_.at(&first_of_copy(timeline(), multicasts_, leg));
  }
  static bool is_given(const LegSpan& leg) { return !leg.engine && !leg.copier; }

  // Until the engine is free; a processor is busy until the last byte has arrived.
  Time occupied_until(const LegSpan& leg) const {
    if (!leg.engine) return all_arrived(timeline(), multicasts_, leg);
    const Transfer& sent = transfer(leg.transfer);
    const Route& route = *hardware().route(sent.src, sent.dst);
    return std::max(leg.data, leg.finish - route[leg.leg].latency);
  }

  void add_threads() {
    metadata("process_name", 0, fmt::format(R"("name": {})", quoted(at_->name)));
    metadata("process_sort_index", 0, fmt::format(R"("sort_index": {})", process_));
    std::size_t thread = 1;
    first_thread_.clear();
    for (const ProcessorSpec& processor : hardware().processors()) {
      first_thread_.push_back(thread);
      for (int stream = 0; stream < processor.streams; ++stream) {
        name_thread(thread++, processor.streams == 1
                                  ? processor.name
                                  : fmt::format("{} stream {}", processor.name, stream));
      }
    }
    first_channel_.clear();
    for (const EngineSpec& engine : hardware().engines()) {
      first_channel_.push_back(thread);
      for (int channel = 0; channel < engine.channels; ++channel) {
        name_thread(thread++, engine.channels == 1
                                  ? engine.name
                                  : fmt::format("{} channel {}", engine.name, channel));
      }
    }
    first_load_ = thread;
  }
  void name_thread(std::size_t thread, const std::string& name) {
    metadata("thread_name", thread, fmt::format(R"("name": {})", quoted(name)));
    metadata("thread_sort_index", thread, fmt::format(R"("sort_index": {})", thread));
  }

  // A timeline does not say which channel of an engine served a leg, and all are alike: the lowest
  // that is free. Legs that are one copy share it.
  void find_channels(std::span<const Drawn> timelines) {
    struct Served {
      const LegSpan* leg;
      Time until;
    };
    std::vector<Served> by_start;
    for (const Drawn& one : timelines) {
      look_at(one);
      for (const LegSpan& leg : timeline().legs) {
        if (!leg.engine || !has_ended(leg) || multicasts_.follows(leg.transfer)) continue;
        by_start.push_back({&leg, occupied_until(leg)});
      }
    }
    std::stable_sort(by_start.begin(), by_start.end(),
                     [](const Served& a, const Served& b) { return a.leg->start < b.leg->start; });
    channel_.clear();
    IdVector<EngineId, std::vector<Time>> free_at;
    for (const EngineSpec& engine : hardware().engines()) {
      free_at.push_back(std::vector<Time>(static_cast<std::size_t>(engine.channels), Time{0}));
    }
    for (const auto& [leg, until] : by_start) {
      std::vector<Time>& free = free_at[*leg->engine];
      const Time start = leg->start;
      const auto lowest =
          std::find_if(free.begin(), free.end(), [&](Time at) { return at <= start; });
      const auto channel = lowest == free.end() ? free.begin() : lowest;
      *channel = until;
      channel_[leg] = static_cast<std::size_t>(channel - free.begin());
    }
  }

  // From arrival to finish, with the wait for admission inside.
  void add_request(const RequestSpan& span) {
    const std::string name = fmt::format("{} {}{}", relocates() ? "relocation" : "request",
                                         *request_, at_->cancelled ? " (cancelled)" : "");
    const auto slice = [&](const std::string& what, Time from, Time until) {
      for (const auto& [phase, time] : {std::pair{"b", from}, std::pair{"e", until}}) {
        event(fmt::format(
            R"("ph": "{}", "pid": {}, "tid": 0, "name": {}, "cat": "request", "id": "r{}", "ts": {})",
            phase, process_, quoted(what), *request_, microseconds_text(time)));
      }
    };
    slice(name, span.arrival, span.finish);
    if (span.admitted > span.arrival) slice("waits", span.arrival, span.admitted);
  }
  std::string of_request() const {
    return request_ ? fmt::format(R"(, "request": {})", *request_) : "";
  }

  void add_layers() {
    for (const LayerId id : ids<LayerId>(timeline().layers.size())) {
      if (!has_ended(timeline().layers[id])) continue;
      const Layer& layer = at_->network.layer(id);
      const LayerSpan& span = timeline().layers[id];
      slice(layer.name, "layer", thread_of(span.processor, span.stream), span.start, span.finish,
            fmt::format(R"("operator": "{}", "flops": {}, "bytes": {}{})", to_string(layer.kind),
                        layer.work.flops.value, layer.work.traffic().value, of_request()));
    }
  }

  // What was lost, where it began again later.
  void add_interruptions() {
    for (const Interruption& each : timeline().interrupted) {
      if (each.leg && multicasts_.follows(timeline().legs[*each.leg].transfer)) continue;
      const std::string what = each.layer ? at_->network.layer(*each.layer).name
                                          : "copy of " + tensor_of(timeline().legs[*each.leg]).name;
      slice(what + " (lost)", "lost", thread_of(each.processor, each.stream), each.start, each.lost,
            "");
    }
  }

  // What others did, a thread for each entry of the machine's load.
  void add_load(Time end) {
    std::size_t left = kMostWindows;
    for (std::size_t i = 0; i < hardware().load().size(); ++i) {
      const LoadSpec& load = hardware().load()[i];
      const std::vector<Window> held = windows(load, end, left);
      if (held.empty()) continue;
      left -= held.size();
      name_thread(first_load_ + i, "load: " + load.name);
      const std::string text = load_part(hardware(), load.effect) + ": " + load_text(load.effect);
      for (const Window& window : held) {
        slice(text, "load", first_load_ + i, window.from, window.until, "");
      }
    }
  }

  void add_decisions(const std::vector<TracedDecision>& decisions) {
    if (decisions.empty()) return;
    const std::size_t thread = first_load_ + hardware().load().size();
    name_thread(thread, "decisions");
    for (const TracedDecision& each : decisions) {
      event(fmt::format(
          R"("ph": "i", "s": "p", "pid": {}, "tid": {}, "name": {}, "cat": "decision", "ts": {}, "args": {{"why": {}}})",
          process_, thread, quoted(each.what), microseconds_text(each.when), quoted(each.why)));
    }
  }

  std::string destinations(const LegSpan& leg) const {
    const auto name = [&](std::uint32_t branch) {
      return hardware().memories()[transfer(branch).dst].name;
    };
    std::string all = name(leg.transfer);
    const Multicast* copy = multicasts_.of(leg.transfer);
    for (std::size_t i = 1; copy != nullptr && i < copy->branches.size(); ++i) {
      all += ", " + name(copy->branches[i].transfer);
    }
    return all;
  }

  void add_legs() {
    for (const LegSpan& leg : timeline().legs) {
      if (!has_ended(leg) || multicasts_.follows(leg.transfer)) continue;
      const std::string name = fmt::format("{} -> {}", tensor_of(leg).name, destinations(leg));
      const std::string args = fmt::format(
          R"("bytes": {}, "leg": {}, "waited_us": {}, "setup_us": {}, "arrived_us": {}{})",
          tensor_of(leg).size.value, leg.leg, microseconds_text(leg.start - leg.queued),
          microseconds_text(leg.data - leg.start),
          microseconds_text(all_arrived(timeline(), multicasts_, leg)), of_request());
      if (!is_given(leg)) {
        const char* category = relocates() ? "relocation" : "transfer";
        slice(name, category, thread_of(leg), leg.start, occupied_until(leg), args);
        continue;
      }
      for (const auto& [phase, time] : {std::pair{"b", leg.start}, std::pair{"e", leg.finish}}) {
        event(fmt::format(
            R"("ph": "{}", "pid": {}, "tid": 0, "name": {}, "cat": "given", "id": "{}.{}.{}", "ts": {}, "args": {{{}}})",
            phase, process_, quoted(name), process_, request_.value_or(0), leg.transfer,
            microseconds_text(time), args));
      }
    }
  }

  // An arrow is tied to the slice that is open at its time, so it leaves one nanosecond (the
  // resolution of viewers) before the producer's end.
  static Time just_before(const LayerSpan& span) {
    return std::max(span.start, span.finish - Time{1000});
  }

  void add_arrows() {
    const std::vector<LegSpan>& legs = timeline().legs;
    for (auto first = legs.begin(); first != legs.end();) {
      const auto last = std::find_if(
          first, legs.end(), [&](const LegSpan& leg) { return leg.transfer != first->transfer; });
      const MemoryId dst = transfer(first->transfer).dst;
      std::size_t arrows = 0;
      for (const LayerId consumer : tensor_of(*first).consumers) {
        const LayerSpan& span = timeline().layers[consumer];
        if (relocates() || !has_ended(span)) continue;
        if (hardware().processors()[span.processor].memory != dst) continue;
        add_arrow(first, last, &span);
        ++arrows;
      }
      if (arrows == 0) add_arrow(first, last, nullptr);
      first = last;
    }
  }

  template <class Legs>
  void add_arrow(Legs first, Legs last, const LayerSpan* consumer) {
    struct Point {
      std::size_t thread;
      Time time;
    };
    std::vector<Point> points;
    if (const std::optional<LayerId>& producer = tensor_of(*first).producer) {
      const LayerSpan& span = timeline().layers[*producer];
      points.push_back({thread_of(span.processor, span.stream), just_before(span)});
    }
    for (auto leg = first; leg != last; ++leg) {
      if (!is_given(*leg) && has_ended(*leg)) points.push_back({thread_of(*leg), leg->start});
    }
    if (consumer != nullptr) {
      points.push_back({thread_of(consumer->processor, consumer->stream), consumer->start});
    }
    if (points.size() < 2) return;
    const std::size_t id = ++arrows_;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const char* phase = i == 0 ? "s" : i + 1 == points.size() ? "f" : "t";
      arrow(phase, id, points[i].thread, points[i].time);
    }
  }

  void add_counter(const Signal& signal) {
    const std::string name = quoted(fmt::format("{} ({})", signal.name, signal.unit));
    for (const Series::Point& point : signal.values.points()) {
      event(fmt::format(R"("ph": "C", "pid": {}, "name": {}, "ts": {}, "args": {{"value": {}}})",
                        process_, name, microseconds_text(point.at), point.value));
    }
  }

  const Drawn* at_ = nullptr;
  Multicasts multicasts_;
  int process_ = 0;
  IdVector<ProcessorId, std::size_t> first_thread_;
  IdVector<EngineId, std::size_t> first_channel_;
  std::size_t first_load_ = 0;
  std::unordered_map<const LegSpan*, std::size_t> channel_;  // of the engine
  std::optional<std::size_t> request_;                       // where there are several
  std::size_t arrows_ = 0;
  std::string events_;
};

}  // namespace

std::string chrome_trace(const std::vector<NamedTimeline>& timelines) {
  TraceWriter writer;
  int process = 0;
  for (const NamedTimeline& timeline : timelines) writer.add(timeline, ++process);
  return writer.finish();
}

std::string chrome_trace(const std::string& name, const std::vector<TracedRequest>& requests,
                         const Network& network, const Hardware& hardware,
                         const std::vector<Signal>& signals) {
  std::vector<Drawn> all;
  for (const TracedRequest& request : requests) {
    all.push_back({name,
                   request.timeline,
                   network,
                   hardware,
                   &request.plan,
                   {},
                   request.number,
                   request.span});
  }
  TraceWriter writer;
  if (!all.empty()) writer.add(all, signals);
  return writer.finish();
}

std::string chrome_trace(const std::string& name, const WorkloadTimeline& record,
                         const std::vector<Timeline>& timelines,
                         const std::vector<const Network*>& variants, const Hardware& hardware,
                         const Workload& workload, const std::vector<Signal>& signals,
                         const std::vector<TracedDecision>& decisions) {
  std::vector<Drawn> all;
  for (std::size_t i = 0; i < workload.requests.size(); ++i) {
    const Request& request = workload.requests[i];
    const RequestSpan& span = record.requests[i];
    if (span.finish == Time{0} && record.unfinished) continue;
    Drawn& drawn = all.emplace_back(
        Drawn{name, timelines[i], *variants[request.variant], hardware, request.plan, {}, i, span});
    drawn.cancelled = request.cancelled.has_value();
    if (request.relocation == nullptr) continue;
    for (const Relocation::Move& move : request.relocation->moves) {
      drawn.moves.push_back({move.weight, move.src, move.dst});
    }
  }
  TraceWriter writer;
  if (!all.empty()) writer.add(all, signals, decisions);
  return writer.finish();
}

}  // namespace partita
