#include "models/analysis/critical_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/analysis/lineage.h"

namespace partita {
namespace {

class PathFinder {
 public:
  explicit PathFinder(const WorkloadRun& run)
      : run_(run),
        sources_(run),
        away_(run),
        on_engine_(run.hardware.engines().size()),
        on_processor_(run.hardware.processors().size()) {
    for (std::size_t request = 0; request < run.requests.size(); ++request) {
      const PlanRun& one = run.requests[request];
      neighbours_.emplace_back(run.network.layer_count());
      ended_.try_emplace(one.timeline.makespan, request);
      for (std::uint32_t i = 0; i < one.timeline.legs.size(); ++i) {
        const LegSpan& leg = one.timeline.legs[i];
        if (leg.engine) on_engine_[*leg.engine].push_back({one.released(leg), {}, i, request});
        if (leg.copier) on_processor_[*leg.copier].push_back({leg.finish, {}, i, request});
      }
    }
    for (const ProcessorId id : ids<ProcessorId>(on_processor_.size())) add_layers(id);
    const auto earlier = [](const Release& a, const Release& b) { return a.at < b.at; };
    for (auto& all : on_engine_) std::stable_sort(all.begin(), all.end(), earlier);
    for (auto& all : on_processor_) std::stable_sort(all.begin(), all.end(), earlier);
  }

  std::vector<PathStep> find() {
    for (Before at = last_of_all(); at.layer || at.leg;) {
      const Time from = at.passed ? at.until : begin(at);
      Before before = at.layer ? before_layer(at, from) : before_leg(at);
      const bool later = before.until < from;
      const PathStep gap = between(at, before, from);
      const Began began = gap.away ? Began::ProcessorFreed : Began::Later;
      if (from < at.until) {
        path_.push_back(
            {at.layer, at.leg, from, at.until, {}, later ? began : before.began, at.request});
      }
      if (later) path_.push_back(gap);
      if (before.began == Began::Admitted) before = made_room(before);
      at = before;
    }
    std::reverse(path_.begin(), path_.end());
    // An input of the network may have come in no time.
    if (!path_.empty() && path_.front().from == Time{0}) path_.front().began = Began::AtStart;
    return std::move(path_);
  }

 private:
  struct Release {
    Time at{0};
    std::optional<LayerId> layer;
    std::uint32_t leg = 0;
    std::size_t request = 0;
  };
  // What a step waited for: a layer or a leg that ended (or, passed, began) at `until`.
  struct Before {
    std::optional<LayerId> layer;
    std::optional<std::uint32_t> leg;
    Time until{0};
    Began began = Began::AtStart;
    bool passed = false;
    std::size_t request = 0;
  };
  struct Neighbours {
    std::optional<Release> on_stream;  // the layer before it there
    std::optional<LayerId> ahead;      // the layer before it in plan order
  };

  const PlanRun& run_of(std::size_t request) const { return run_.requests[request]; }

  void add_layers(ProcessorId id) {
    std::vector<Release> layers;
    for (std::size_t request = 0; request < run_.requests.size(); ++request) {
      std::optional<LayerId> ahead;
      for (const LayerId layer : run_of(request).plan.order(id)) {
        neighbours_[request][layer].ahead = std::exchange(ahead, layer);
        layers.push_back({run_of(request).span(layer).finish, layer, 0, request});
      }
    }
    const auto start = [&](const Release& each) {
      return run_of(each.request).span(*each.layer).start;
    };
    std::stable_sort(layers.begin(), layers.end(),
                     [&](const Release& a, const Release& b) { return start(a) < start(b); });
    std::vector<std::optional<Release>> last(
        static_cast<std::size_t>(run_.hardware.processors()[id].streams));
    for (const Release& each : layers) {
      const int stream = run_of(each.request).span(*each.layer).stream;
      neighbours_[each.request][*each.layer].on_stream =
          std::exchange(last[static_cast<std::size_t>(stream)], each);
      on_processor_[id].push_back(each);
    }
  }

  Time begin(const Before& at) const {
    const PlanRun& run = run_of(at.request);
    return at.leg ? run.timeline.legs[*at.leg].start : run.span(*at.layer).start;
  }

  Before before(const Sources::Source& input, Began began) const {
    if (input.leg) {  // a weight may have come long ago
      const Time came = run_of(input.request).timeline.legs[*input.leg].finish;
      return {{}, input.leg, came, began, false, input.request};
    }
    if (input.producer) return {input.producer, {}, input.at, began, false, input.request};
    return {};
  }

  // The last end that is known.
  Before last_of_all() const {
    std::optional<std::size_t> last;
    for (std::size_t i = 0; i < run_.requests.size(); ++i) {
      const Time end = run_of(i).timeline.makespan;
      if (end <= run_.until && (!last || end > run_of(*last).timeline.makespan)) last = i;
    }
    return last ? before(sources_.last(*last), Began::AtStart) : Before{};
  }

  // Who ended as this one was admitted, if it waited for that; else it had not arrived.
  Before made_room(const Before& admitted) {
    const PlanRun& run = run_of(admitted.request);
    const auto ended = ended_.find(run.admitted);
    if (ended != ended_.end() && (run_.saturated || run.admitted > run.arrival)) {
      return before(sources_.last(ended->second), Began::Admitted);
    }
    PathStep step{{}, {}, Time{0}, run.admitted};
    step.request = admitted.request;
    step.until_arrival = true;
    path_.push_back(step);
    return {};
  }

  PathStep between(const Before& at, const Before& before, Time from) const {
    PathStep step{{}, {}, before.until, from, {}, before.began, at.request};
    std::optional<ProcessorId> on;
    if (at.layer) on = run_of(at.request).span(*at.layer).processor;
    if (at.leg) on = run_of(at.request).timeline.legs[*at.leg].copier;
    if (on && before.until < from && away_.within(*on, before.until, from)) step.away = on;
    return step;
  }

  static void take(Before& best, const Before& other) {
    if (other.until > best.until) best = other;
  }
  void take_admission(Before& best, std::size_t request) const {
    take(best, {{}, {}, run_of(request).admitted, Began::Admitted, false, request});
  }

  Before before_layer(const Before& at, Time start) const {
    const LayerId layer = *at.layer;
    const PlanRun& run = run_of(at.request);
    Before best = before(sources_.last_input(at.request, layer), Began::InputCame);
    const Neighbours& near = neighbours_[at.request][layer];
    if (near.on_stream) take(best, freed(*near.on_stream));
    const Release* copy = last_release(on_processor_[run.span(layer).processor], start,
                                       [](const Release& each) { return !each.layer; });
    if (copy != nullptr) take(best, freed(*copy));
    if (near.ahead) {
      take(best,
           {near.ahead, {}, run.first_start(*near.ahead), Began::ProcessorFreed, true, at.request});
    }
    take_admission(best, at.request);
    return best;
  }
  static Before freed(const Release& held) {
    return {held.layer, held.layer ? std::nullopt : std::optional{held.leg},
            held.at,    Began::ProcessorFreed,
            false,      held.request};
  }

  Before before_leg(const Before& at) const {
    const LegSpan& leg = run_of(at.request).timeline.legs[*at.leg];
    Before best = before(sources_.before(at.request, *at.leg), Began::InputCame);
    const auto another = [&](const Release& each) {
      return each.layer || each.leg != *at.leg || each.request != at.request;
    };
    if (leg.engine) {
      if (const Release* last = last_release(on_engine_[*leg.engine], leg.start, another)) {
        take(best, {{}, last->leg, last->at, Began::EngineFreed, false, last->request});
      }
    } else if (leg.copier) {
      if (const Release* last = last_release(on_processor_[*leg.copier], leg.start, another)) {
        take(best, freed(*last));
      }
    }
    take_admission(best, at.request);
    return best;
  }

  template <class Wanted>
  static const Release* last_release(const std::vector<Release>& all, Time until, Wanted wanted) {
    auto last = std::upper_bound(all.begin(), all.end(), until,
                                 [](Time time, const Release& each) { return time < each.at; });
    while (last != all.begin()) {
      --last;
      if (wanted(*last)) return &*last;
    }
    return nullptr;
  }

  const WorkloadRun& run_;
  const Sources sources_;
  const Away away_;
  IdVector<EngineId, std::vector<Release>> on_engine_;        // by time
  IdVector<ProcessorId, std::vector<Release>> on_processor_;  // layers and copies, by time
  std::vector<IdVector<LayerId, Neighbours>> neighbours_;     // by request
  std::map<Time, std::size_t> ended_;                         // which request then
  std::vector<PathStep> path_;                                // from the end
};

std::uint32_t number(auto id) { return static_cast<std::uint32_t>(index(id)); }

// Adds up the parts of steps.
class PartCounter {
 public:
  PartCounter(const WorkloadRun& run, const Traffic& traffic)
      : all_(run), traffic_(traffic), owners_(owners_of(run.hardware)) {}

  void count(const PathStep& step) {
    left_ = step.until - step.from;
    const PlanRun& run = all_.requests[step.request];
    const Slowdowns& slowdowns = traffic_.requests[step.request];
    if (step.layer) {
      const ProcessorId processor = run.span(*step.layer).processor;
      count_slowdown(slowdowns.layers[*step.layer], processor);
      add({PartKind::Wake, number(processor)}, run.span(*step.layer).waking);
      if (const auto& cost = run.costs(*step.layer, processor)) {
        add({PartKind::Launch, number(processor)},
            cost->launch_overhead(run.processor(*step.layer)));
        const std::vector<ReadInPlace> reads = run.reads(*step.layer);
        add({PartKind::Latency, 0}, first_access(reads));
        const auto limit = spread_demand(run.hardware, processor, *cost, Time{0}, reads).limit;
        if (limit) add(of_channel(*limit), left_);
      }
      add({PartKind::Compute, number(processor)}, left_);
    } else if (step.leg) {
      count_leg(run, run.timeline.legs[*step.leg], slowdowns.legs[*step.leg]);
    } else if (step.away) {
      add({PartKind::Others, number(*step.away)}, left_);
    } else {
      add({step.until_arrival ? PartKind::Requests : PartKind::Unknown, 0}, left_);
    }
  }

  std::vector<PartTime> result() const {
    std::vector<PartTime> all;
    for (const auto& [part, time] : times_) {
      if (time > Time{0}) all.push_back({part, time});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const PartTime& a, const PartTime& b) { return a.time > b.time; });
    return all;
  }

 private:
  void count_leg(const PlanRun& run, const LegSpan& leg, const Slowdown& slowdown) {
    if (run.route_leg(leg) == nullptr) return add({PartKind::Given, 0}, left_);
    // What a link's regimes demand beside the rate is waited for with the set-up.
    const Leg& way = *run.way(leg);
    const Time wait = std::min(leg.data - leg.start, way.pace(run.tensor(leg).size).wait);
    add(leg.engine ? Part{PartKind::EngineSetup, number(*leg.engine)}
                   : Part{PartKind::CopySetup, number(*leg.copier)},
        leg.data - leg.start - wait - leg.waking);
    if (leg.copier) add({PartKind::Wake, number(*leg.copier)}, leg.waking);
    count_slowdown(slowdown, std::nullopt);
    add(of_channel(narrowest(run.hardware, way, content_of(run.tensor(leg)))),
        wait + alone_data(run, leg));
    if (leg.engine) {
      add({PartKind::EngineSetup, number(*leg.engine)}, run.released(leg) - run.data_end(leg));
    }
    add({PartKind::Latency, 0}, left_);
  }

  void count_slowdown(const Slowdown& slowdown, std::optional<ProcessorId> processor) {
    for (const Slowdown::Share& share : slowdown.shared) add(of_channel(share.channel), share.time);
    if (processor && all_.hardware.processors()[*processor].package) {
      const auto package = *all_.hardware.processors()[*processor].package;
      add({PartKind::Neighbours, static_cast<std::uint32_t>(package)}, slowdown.neighbours);
    }
    if (processor) add({PartKind::Others, number(*processor)}, slowdown.others);
    add({PartKind::Unknown, 0}, slowdown.unknown);
  }

  Part of_channel(ChannelId channel) const { return owner_part(owners_, channel); }

  void add(Part part, Time time) {
    time = std::clamp(time, Time{0}, left_);
    times_[part] += time;
    left_ -= time;
  }

  const WorkloadRun& all_;
  const Traffic& traffic_;
  const ChannelOwners owners_;
  std::map<Part, Time> times_;
  Time left_{0};  // of the step
};

}  // namespace

Part owner_part(const ChannelOwners& owners, ChannelId channel) {
  if (const auto* link = std::get_if<LinkId>(&owners[channel])) {
    return {PartKind::Link, number(*link)};
  }
  return {PartKind::Memory, number(std::get<MemoryId>(owners[channel]))};
}

std::vector<PathStep> critical_path(const WorkloadRun& run) { return PathFinder(run).find(); }

std::vector<PartTime> parts_of_path(const WorkloadRun& run, const Traffic& traffic,
                                    const std::vector<PathStep>& path) {
  PartCounter counter(run, traffic);
  for (const PathStep& step : path) counter.count(step);
  return counter.result();
}

std::string part_name(const Part& part, const Hardware& hardware) {
  switch (part.kind) {
    case PartKind::Compute:
    case PartKind::Launch:
    case PartKind::CopySetup:
    case PartKind::Wake:
    case PartKind::Others: return hardware.processors()[ProcessorId{part.id}].name;
    case PartKind::EngineSetup: return hardware.engines()[EngineId{part.id}].name;
    case PartKind::Link: return hardware.links()[LinkId{part.id}].name;
    case PartKind::Memory: return hardware.memories()[MemoryId{part.id}].name;
    case PartKind::Neighbours: return hardware.packages()[part.id].name;
    case PartKind::Latency:
    case PartKind::Given:
    case PartKind::Requests:
    case PartKind::Unknown: break;
  }
  return {};
}

std::string name_of(const Part& part, const Hardware& hardware) {
  const std::string name = part_name(part, hardware);
  switch (part.kind) {
    case PartKind::Compute: return "layers on " + name;
    case PartKind::Launch: return "launch overhead of " + name;
    case PartKind::CopySetup: return "set-up of copies by " + name;
    case PartKind::Wake: return "waking of " + name;
    case PartKind::EngineSetup: return "set-up of engine " + name;
    case PartKind::Link: return "link " + name;
    case PartKind::Memory: return "memory " + name;
    case PartKind::Neighbours: return "slowdown by neighbours in " + name;
    case PartKind::Others: return "load of others on " + name;
    case PartKind::Latency: return "latency of links and switches";
    case PartKind::Given: return "transfer times given by the network";
    case PartKind::Requests: return "the arrival of requests";
    case PartKind::Unknown: break;
  }
  return "what the timeline does not say";
}

}  // namespace partita
