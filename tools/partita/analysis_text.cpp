#include "tools/partita/analysis_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/partita/console.h"

namespace partita::command {
namespace {

constexpr std::size_t kLongestPath = 8;  // lines
constexpr std::size_t kParts = 5;
constexpr std::size_t kChannels = 12;

std::string share(Wide part, Wide whole) {
  if (part <= 0 || whole <= 0) return "";
  return percent(static_cast<double>(part) / static_cast<double>(whole));
}
std::string share(Time part, Time whole) { return share(part.count(), whole.count()); }

class Report {
 public:
  Report(const WorkloadRun& run, const Analysis& analysis)
      : run_(run), analysis_(analysis), makespan_(run.until) {}

  void print() const {
    if (run_.several) {
      print_latency();
    } else {
      fmt::print("  makespan {} ({}{})\n", to_string(makespan_), to_string(run_.origin()),
                 run_.fidelity() == Fidelity::Packet ? ", packets" : "");
    }
    print_processors();
    print_engines();
    print_channels();
    if (!run_.several) print_memories();  // of all requests, the record says more
    print_energy();
    print_path();
    print_what_ifs();
  }

 private:
  void print_latency() const {
    if (!run_.whole) {
      fmt::print("  (from here on: the first {}, of which {} requests are known)\n",
                 to_string(makespan_), run_.requests.size());
    }
    const LatencyTime& latency = analysis_.latency;
    if (latency.requests == 0) return;
    std::string parts;
    for (std::size_t i = 0; i < kCauses.size(); ++i) {
      if (latency.parts[i] == Time{0}) continue;
      parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", in_latency(static_cast<Cause>(i)),
                           share(latency.parts[i], latency.total));
    }
    const auto count = static_cast<std::int64_t>(latency.requests);
    fmt::print("  a request takes {} on average: {}\n",
               to_string(Time{latency.total.count() / count}), parts);
  }
  static std::string_view in_latency(Cause cause) {
    if (cause == Cause::Input) return "computes";
    if (cause == Cause::Requests) return "waits for room";
    return to_string(cause);
  }

  // Layers that it starts.
  std::size_t layers_on(ProcessorId id) const {
    std::size_t count = 0;
    for (const PlanRun& run : run_.requests) {
      for (const LayerId layer : run.plan.order(id)) {
        if (run.span(layer).start < makespan_) ++count;
      }
    }
    return count;
  }

  // Shares of makespan x streams; they add up to 100 %.
  void print_processors() const {
    std::vector<std::string> header{"processor", "layers", "busy"};
    bool copies = false, slowed = false, lost = false;
    std::array<bool, kCauses.size()> waits{};
    for (const ProcessorTime& time : analysis_.processors) {
      if (time.busy + time.copying == Time{0}) continue;
      copies |= time.copying > Time{0};
      slowed |= time.slowed > Time{0};
      lost |= time.lost > Time{0};
      for (std::size_t i = 0; i < waits.size(); ++i) waits[i] |= time.waiting[i] > Time{0};
    }
    if (slowed) header.emplace_back("(slowed)");
    if (lost) header.emplace_back("(lost)");
    if (copies) header.emplace_back("copies");
    for (std::size_t i = 0; i < waits.size(); ++i) {
      if (waits[i]) header.push_back(fmt::format("waits: {}", kCauses[i]));
    }
    Table table(header);
    std::size_t without_work = 0;
    for (const ProcessorId id : ids<ProcessorId>(analysis_.processors.size())) {
      const ProcessorSpec& spec = run_.hardware.processors()[id];
      const ProcessorTime& time = analysis_.processors[id];
      if (time.busy + time.copying == Time{0}) {
        ++without_work;
        continue;
      }
      const Time room = makespan_ * spec.streams;
      std::vector<std::string> row{spec.name, std::to_string(layers_on(id)),
                                   share(time.busy, room)};
      if (slowed) row.push_back(share(time.slowed, room));
      if (lost) row.push_back(share(time.lost, room));
      if (copies) row.push_back(share(time.copying, room));
      for (std::size_t i = 0; i < waits.size(); ++i) {
        if (waits[i]) row.push_back(share(time.waiting[i], room));
      }
      table.add(std::move(row));
    }
    table.print();
    if (without_work > 0) fmt::print("  ({} more have no work)\n", without_work);
  }

  void print_engines() const {
    Table table({"engine", "busy", "in queue", "longest queue"});
    bool any = false;
    for (const EngineId id : ids<EngineId>(run_.hardware.engines().size())) {
      const Series& queue = analysis_.activity.queue[id];
      const Series& serving = analysis_.activity.serving[id];
      if (serving.points().empty()) continue;
      any = true;
      table.add({run_.hardware.engines()[id].name,
                 share(serving.integral(Time{0}, makespan_),
                       static_cast<Wide>(makespan_.count()) * run_.hardware.engines()[id].channels),
                 fmt::format("{:.2f}", static_cast<double>(queue.integral(Time{0}, makespan_)) /
                                           static_cast<double>(makespan_.count())),
                 std::to_string(queue.peak())});
    }
    if (any) table.print();
  }

  // Of many, those that are used most, in file order.
  void print_channels() const {
    std::vector<ChannelId> used;
    for (const ChannelId id : ids<ChannelId>(run_.hardware.channels().size())) {
      if (!analysis_.traffic.rate[id].points().empty()) used.push_back(id);
    }
    if (used.empty()) return;
    const std::size_t all = used.size();
    if (all > kChannels) {
      std::stable_sort(used.begin(), used.end(),
                       [&](ChannelId a, ChannelId b) { return use(a) > use(b); });
      used.resize(kChannels);
      std::sort(used.begin(), used.end());
    }
    Table table({"link, memory", "used", "at most", "sent"});
    for (const ChannelId id : used) {
      const Channel& channel = run_.hardware.channels()[id];
      const Bytes sent = analysis_.traffic.sent[id];
      const std::int64_t peak = analysis_.traffic.rate[id].peak();
      table.add({channel.name, percent(use(id)),
                 share(std::min(peak, channel.capacity.value), channel.capacity.value),
                 sent.value > 0 ? to_string(sent) : ""});
    }
    table.print();
    if (all > used.size()) fmt::print("  ({} more are used less)\n", all - used.size());
    if (!analysis_.traffic.exact) {
      fmt::print("  (average of each transfer: who slowed it down, the timeline does not say)\n");
    }
  }

  double use(ChannelId id) const {
    return static_cast<double>(analysis_.traffic.rate[id].integral(Time{0}, makespan_)) /
           (static_cast<double>(run_.hardware.channels()[id].capacity.value) *
            static_cast<double>(std::max<std::int64_t>(1, makespan_.count())));
  }

  void print_memories() const {
    Table table({"memory", "holds at most", "capacity"});
    for (const MemoryId id : ids<MemoryId>(run_.hardware.memories().size())) {
      const MemorySpec& memory = run_.hardware.memories()[id];
      const Bytes peak{analysis_.activity.held[id].peak()};
      if (peak.value > 0) table.add({memory.name, to_string(peak), to_string(memory.capacity)});
    }
    table.print();
  }

  void print_energy() const {
    const Consumption& all = analysis_.consumption;
    if (all.total.energy == 0) return;
    std::string parts;
    const auto add = [&](const char* kind, Energy part) {
      if (part > Energy{0}) {
        parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", kind, to_string(part));
      }
    };
    add("processors", energy(all.processors));
    add("memories", energy(all.memories));
    add("links", energy(all.links));
    add("switches", energy(all.switches));
    fmt::print("  energy {} ({}), power {} on average, {} at most\n", to_string(energy(all.total)),
               parts, to_string(average_power(all.total, makespan_)),
               to_string(Power{all.total.power.peak()}));
    if (run_.several && analysis_.latency.requests > 0) {
      const auto done = static_cast<std::int64_t>(analysis_.latency.requests);
      fmt::print("  energy of a request {}\n", to_string(Energy{energy(all.total).value / done}));
    }
  }

  // Layers that follow each other on one processor are one line.
  struct Stretch {
    std::string what;
    Time time{0};
    bool is_layers = false;
    ProcessorId processor{};
    std::size_t layers = 0;
    std::string first, last;
  };

  std::vector<Stretch> stretches() const {
    std::vector<Stretch> all;
    for (const PathStep& step : analysis_.path) {
      const Time time = step.until - step.from;
      const PlanRun& run = run_.requests[step.request];
      if (step.layer) {
        const ProcessorId processor = run.span(*step.layer).processor;
        const std::string& name = run_.network.layer(*step.layer).name;
        if (all.empty() || !all.back().is_layers || all.back().processor != processor) {
          all.push_back({"", Time{0}, true, processor, 0, name, name});
        }
        all.back().time += time;
        all.back().last = name;
        ++all.back().layers;
      } else if (step.leg) {
        const LegSpan& leg = run.timeline.legs[*step.leg];
        const Leg* route = run.route_leg(leg);
        const MemoryId dst = route != nullptr ? route->dst : run.transfer(leg).dst;
        all.push_back(
            {fmt::format(
                 "{} to {}{}", run.tensor(leg).name, run_.hardware.memories()[dst].name,
                 leg.engine ? " by " + run_.hardware.engines()[*leg.engine].name : std::string()),
             time,
             false,
             {},
             0,
             "",
             ""});
      } else if (step.away) {
        all.push_back(
            {run_.hardware.processors()[*step.away].name + " is away, and lost work is done again",
             time,
             false,
             {},
             0,
             "",
             ""});
      } else {
        all.push_back({"(nothing that the timeline knows of)", time, false, {}, 0, "", ""});
      }
    }
    for (Stretch& each : all) {
      if (!each.is_layers) continue;
      const std::string& on = run_.hardware.processors()[each.processor].name;
      each.what = each.layers == 1 ? fmt::format("{} on {}", each.first, on)
                                   : fmt::format("{} .. {} on {} ({} layers)", each.first,
                                                 each.last, on, each.layers);
    }
    return all;
  }

  void print_path() const {
    if (analysis_.path.empty()) return;
    if (!run_.several) print_steps();
    const Time length = analysis_.path.back().until;
    const PartTime& most = analysis_.parts.front();
    fmt::print("  bottleneck: {}, {} of the critical path", name_of(most.part, run_.hardware),
               share(most.time, length));
    std::string text;
    for (std::size_t i = 1; i < std::min(kParts, analysis_.parts.size()); ++i) {
      const PartTime& part = analysis_.parts[i];
      text += fmt::format("{}{} {}", text.empty() ? " (then " : ", ",
                          name_of(part.part, run_.hardware), share(part.time, length));
    }
    fmt::print("{}\n", text.empty() ? "" : text + ")");
  }

  void print_steps() const {
    const std::vector<Stretch> all = stretches();
    std::vector<Time> longest;
    for (const Stretch& each : all) longest.push_back(each.time);
    std::sort(longest.begin(), longest.end(), std::greater<>());
    const Time least = longest.size() > kLongestPath ? longest[kLongestPath - 1] : Time{0};
    fmt::print("  critical path: {} steps{}\n", analysis_.path.size(),
               all.size() > kLongestPath ? ", the longest of them:" : ":");
    std::size_t left_out = 0, printed = 0;
    for (const Stretch& each : all) {
      if (each.time < least || printed == kLongestPath) {
        ++left_out;
        continue;
      }
      if (std::exchange(left_out, 0) > 0) fmt::print("    ...\n");
      fmt::print("    {:>9}  {}\n", to_string(each.time), each.what);
      ++printed;
    }
    if (left_out > 0) fmt::print("    ...\n");
  }

  void print_what_ifs() const {
    const Time now = analysis_.what_if_now.value_or(makespan_);
    std::string of;
    if (analysis_.what_if_of == "period") of = " of the time to the next";
    if (analysis_.what_if_of == "mean_latency") of = " of the mean latency";
    for (const WhatIf& each : analysis_.what_ifs) {
      fmt::print("  what if: {} saves {}{} ({}, simulated)\n", each.change.what,
                 share(now - each.time, now), of, to_string(each.time));
    }
  }

  const WorkloadRun& run_;
  const Analysis& analysis_;
  const Time makespan_;
};

}  // namespace

void print_analysis(const WorkloadRun& run, const Analysis& analysis) {
  Report(run, analysis).print();
}

}  // namespace partita::command
