#include "models/analysis/critical_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/analysis/lineage.h"

namespace partita {
namespace {

class PathFinder {
 public:
  explicit PathFinder(const PlanRun& run)
      : run_(run),
        arrivals_(run),
        away_(run),
        on_engine_(run.hardware.engines().size()),
        on_processor_(run.hardware.processors().size()),
        on_stream_(run.network.layer_count()),
        ahead_(run.network.layer_count()) {
    for (std::uint32_t i = 0; i < run.timeline.legs.size(); ++i) {
      const LegSpan& leg = run.timeline.legs[i];
      if (leg.engine) on_engine_[*leg.engine].push_back({run.released(leg), {}, i});
      if (leg.copier) on_processor_[*leg.copier].push_back({leg.finish, {}, i});
    }
    for (const ProcessorId id : ids<ProcessorId>(on_processor_.size())) add_layers(id);
    const auto earlier = [](const Release& a, const Release& b) { return a.at < b.at; };
    for (auto& all : on_engine_) std::stable_sort(all.begin(), all.end(), earlier);
    for (auto& all : on_processor_) std::stable_sort(all.begin(), all.end(), earlier);
  }

  std::vector<PathStep> find() {
    for (Before at = last_of_all(); at.layer || at.leg;) {
      const Time from = at.passed ? at.until : begin(at);
      const Before before = at.layer ? before_layer(*at.layer, from) : before_leg(*at.leg);
      const bool later = before.until < from;
      const PathStep gap = between(at, before, from);
      const Began began = gap.away ? Began::ProcessorFreed : Began::Later;
      if (from < at.until) {
        path_.push_back({at.layer, at.leg, from, at.until, {}, later ? began : before.began});
      }
      if (later) path_.push_back(gap);
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
  };
  // What a step waited for: a layer or a leg that ended (or, passed, began) at `until`.
  struct Before {
    std::optional<LayerId> layer;
    std::optional<std::uint32_t> leg;
    Time until{0};
    Began began = Began::AtStart;
    bool passed = false;
  };

  void add_layers(ProcessorId id) {
    std::vector<std::optional<LayerId>> last(
        static_cast<std::size_t>(run_.hardware.processors()[id].streams));
    std::optional<LayerId> ahead;
    for (const LayerId layer : run_.plan.order(id)) {
      std::optional<LayerId>& on_stream = last[static_cast<std::size_t>(run_.span(layer).stream)];
      on_stream_[layer] = std::exchange(on_stream, layer);
      ahead_[layer] = std::exchange(ahead, layer);
      on_processor_[id].push_back({run_.span(layer).finish, layer, 0});
    }
  }

  Time begin(const Before& at) const {
    return at.leg ? run_.timeline.legs[*at.leg].start : run_.span(*at.layer).start;
  }

  Before last_of_all() const {
    for (const LayerId id : run_.network.layers()) {
      if (run_.span(id).finish == run_.timeline.makespan) return {id, {}, run_.span(id).finish};
    }
    for (std::uint32_t i = 0; i < run_.timeline.legs.size(); ++i) {
      const LegSpan& leg = run_.timeline.legs[i];
      if (leg.finish == run_.timeline.makespan) return {{}, i, leg.finish};
    }
    return {};
  }

  PathStep between(const Before& at, const Before& before, Time from) const {
    PathStep step{{}, {}, before.until, from, {}, before.began};
    std::optional<ProcessorId> on;
    if (at.layer) on = run_.span(*at.layer).processor;
    if (at.leg) on = run_.timeline.legs[*at.leg].copier;
    if (on && before.until < from && away_.within(*on, before.until, from)) step.away = on;
    return step;
  }

  static void take(Before& best, const Before& other) {
    if (other.until > best.until) best = other;
  }

  Before before_layer(LayerId layer, Time start) const {
    const Arrivals::Arrival input = arrivals_.last_input(layer);
    Before best;
    if (input.leg) {
      best = {{}, input.leg, input.at, Began::InputCame};
    } else if (input.producer) {
      best = {input.producer, {}, input.at, Began::InputCame};
    }
    if (const auto& held = on_stream_[layer]) {
      take(best, {held, {}, run_.span(*held).finish, Began::ProcessorFreed});
    }
    const Release* copy = last_release(on_processor_[run_.span(layer).processor], start,
                                       [](const Release& each) { return !each.layer; });
    if (copy != nullptr) {
      take(best, {{}, copy->leg, copy->at, Began::ProcessorFreed});
    }
    if (const auto& ahead = ahead_[layer]) {
      take(best, {ahead, {}, run_.first_start(*ahead), Began::ProcessorFreed, true});
    }
    return best;
  }

  Before before_leg(std::uint32_t id) const {
    const LegSpan& leg = run_.timeline.legs[id];
    const Arrivals::Arrival sent = arrivals_.before(id);
    Before best;
    if (sent.leg) {
      best = {{}, sent.leg, sent.at, Began::InputCame};
    } else if (sent.producer) {
      best = {sent.producer, {}, sent.at, Began::InputCame};
    }
    const auto another = [&](const Release& each) { return each.layer || each.leg != id; };
    if (leg.engine) {
      if (const Release* last = last_release(on_engine_[*leg.engine], leg.start, another)) {
        take(best, {{}, last->leg, last->at, Began::EngineFreed});
      }
    } else if (leg.copier) {
      if (const Release* last = last_release(on_processor_[*leg.copier], leg.start, another)) {
        take(best, {last->layer, last->layer ? std::nullopt : std::optional{last->leg}, last->at,
                    Began::ProcessorFreed});
      }
    }
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

  const PlanRun& run_;
  const Arrivals arrivals_;
  const Away away_;
  IdVector<EngineId, std::vector<Release>> on_engine_;        // by time
  IdVector<ProcessorId, std::vector<Release>> on_processor_;  // layers and copies, by time
  IdVector<LayerId, std::optional<LayerId>> on_stream_;       // before it on its stream
  IdVector<LayerId, std::optional<LayerId>> ahead_;           // before it in plan order
  std::vector<PathStep> path_;                                // from the end
};

std::uint32_t number(auto id) { return static_cast<std::uint32_t>(index(id)); }

// Adds up the parts of steps.
class PartCounter {
 public:
  PartCounter(const PlanRun& run, const Traffic& traffic)
      : run_(run), traffic_(traffic), owners_(owners_of(run.hardware)) {}

  void count(const PathStep& step) {
    left_ = step.until - step.from;
    if (step.layer) {
      const ProcessorId processor = run_.span(*step.layer).processor;
      count_slowdown(traffic_.layers[*step.layer], processor);
      if (const auto& cost = run_.costs(*step.layer, processor)) {
        add({PartKind::Launch, number(processor)},
            cost->launch_overhead(run_.processor(*step.layer)));
      }
      add({PartKind::Compute, number(processor)}, left_);
    } else if (step.leg) {
      count_leg(run_.timeline.legs[*step.leg], traffic_.legs[*step.leg]);
    } else if (step.away) {
      add({PartKind::Others, number(*step.away)}, left_);
    } else {
      add({PartKind::Unknown, 0}, left_);
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
  void count_leg(const LegSpan& leg, const Slowdown& slowdown) {
    if (run_.route_leg(leg) == nullptr) return add({PartKind::Given, 0}, left_);
    // What a link's regimes demand beside the rate is waited for with the set-up.
    const Leg& way = *run_.way(leg);
    const Time wait = std::min(leg.data - leg.start, way.pace(run_.tensor(leg).size).wait);
    add(leg.engine ? Part{PartKind::EngineSetup, number(*leg.engine)}
                   : Part{PartKind::CopySetup, number(*leg.copier)},
        leg.data - leg.start - wait);
    count_slowdown(slowdown, std::nullopt);
    add(of_channel(narrowest(run_.hardware, way, content_of(run_.tensor(leg)))),
        wait + alone_data(run_, leg));
    if (leg.engine) {
      add({PartKind::EngineSetup, number(*leg.engine)}, run_.released(leg) - run_.data_end(leg));
    }
    add({PartKind::Latency, 0}, left_);
  }

  void count_slowdown(const Slowdown& slowdown, std::optional<ProcessorId> processor) {
    for (const Slowdown::Share& share : slowdown.shared) add(of_channel(share.channel), share.time);
    if (processor && run_.hardware.processors()[*processor].package) {
      const auto package = *run_.hardware.processors()[*processor].package;
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

  const PlanRun& run_;
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

std::vector<PathStep> critical_path(const PlanRun& run) { return PathFinder(run).find(); }

std::vector<PartTime> parts_of_path(const PlanRun& run, const Traffic& traffic,
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
    case PartKind::Others: return hardware.processors()[ProcessorId{part.id}].name;
    case PartKind::EngineSetup: return hardware.engines()[EngineId{part.id}].name;
    case PartKind::Link: return hardware.links()[LinkId{part.id}].name;
    case PartKind::Memory: return hardware.memories()[MemoryId{part.id}].name;
    case PartKind::Neighbours: return hardware.packages()[part.id].name;
    case PartKind::Latency:
    case PartKind::Given:
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
    case PartKind::EngineSetup: return "set-up of engine " + name;
    case PartKind::Link: return "link " + name;
    case PartKind::Memory: return "memory " + name;
    case PartKind::Neighbours: return "slowdown by neighbours in " + name;
    case PartKind::Others: return "load of others on " + name;
    case PartKind::Latency: return "latency of links and switches";
    case PartKind::Given: return "transfer times given by the network";
    case PartKind::Unknown: break;
  }
  return "what the timeline does not say";
}

}  // namespace partita
