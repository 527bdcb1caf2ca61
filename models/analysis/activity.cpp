#include "models/analysis/activity.h"

#include <algorithm>
#include <map>

namespace partita {
namespace {

template <class Id>
IdVector<Id, Series> series_of(const IdVector<Id, Changes>& changes, Time until) {
  IdVector<Id, Series> made;
  for (const Changes& each : changes) made.push_back(each.series().up_to(until));
  return made;
}

// What is held where, from when until when.
class MemoryAccount {
 public:
  explicit MemoryAccount(const WorkloadRun& all)
      : all_(all), held_(all.hardware.memories().size()) {}

  IdVector<MemoryId, Series> account() {
    for (const Plan* plan : all_.plans) add_weights(*plan);
    for (const PlanRun& run : all_.requests) add(run);
    for (const auto& [place, since] : stay_) {
      held_[place.second].add(since, all_.network.tensor(place.first).size.value);
    }
    return series_of(held_, all_.until);
  }

 private:
  using Place = std::pair<TensorId, MemoryId>;
  struct Life {
    std::optional<Time> from;
    Time until{0};
    void used(Time at) { until = std::max(until, at); }
  };

  // Those that are there from the start.
  void add_weights(const Plan& plan) {
    const auto memory_of = [&](LayerId id) {
      return all_.hardware.processors()[plan.processor(id)].memory;
    };
    for (const LayerId id : all_.network.layers()) {
      for (const TensorId input : all_.network.layer(id).inputs) {
        if (moves(all_.network.tensor(input))) continue;
        stay_.try_emplace({input, plan.read_from(input, memory_of(id))}, Time{0});
      }
    }
  }

  void add(const PlanRun& run) {
    lives_.clear();
    for (const LayerId id : run.network.layers()) {
      held_[run.memory(id)].add(run.first_start(id), run.span(id).finish,
                                run.network.layer(id).work.workspace.value);
    }
    copies(run);
    for (const TensorId id : ids<TensorId>(run.network.tensors().size())) tensor(run, id);
  }

  // A staging copy lives from the start of the leg that brings it to the arrival of the next.
  void copies(const PlanRun& run) {
    const std::vector<LegSpan>& legs = run.timeline.legs;
    for (std::size_t i = 0; i < legs.size(); ++i) {
      const Transfer& transfer = run.transfer(legs[i]);
      if (legs[i].leg == 0) lives_[{transfer.tensor, transfer.src}].used(legs[i].finish);
      const Leg* route = run.route_leg(legs[i]);
      if (i + 1 == legs.size() || legs[i + 1].transfer != legs[i].transfer) {
        lives_[{transfer.tensor, transfer.dst}].from = run.first_start_of_leg(i);
      } else if (route != nullptr) {
        held_[route->dst].add(run.first_start_of_leg(i), legs[i + 1].finish,
                              run.tensor(legs[i]).size.value);
      }
    }
  }

  void tensor(const PlanRun& run, TensorId id) {
    const Tensor& tensor = run.network.tensor(id);
    if (!moves(tensor)) return;
    std::optional<MemoryId> home = run.hardware.host();
    if (tensor.producer) {
      home = run.memory(*tensor.producer);
      Life& made = lives_[{id, *home}];
      made.from = run.first_start(*tensor.producer);
      made.used(run.span(*tensor.producer).finish);
    }
    for (const LayerId consumer : tensor.consumers) {
      const MemoryId from = run.plan.read_from(id, run.memory(consumer));
      lives_[{id, from}].used(run.span(consumer).finish);
    }
    const std::optional<MemoryId> kept =
        tensor.is_output ? (run.hardware.host() ? run.hardware.host() : home) : std::nullopt;
    const auto first = lives_.lower_bound({id, MemoryId{0}});
    for (auto it = first; it != lives_.end() && it->first.first == id; ++it) {
      const auto& [place, life] = *it;
      // An input of the network is there from the start.
      const Time from = life.from.value_or(run.admitted);
      if (tensor.stays) {
        Time& since = stay_.try_emplace(place, from).first->second;
        since = std::min(since, from);
        continue;
      }
      const Time until = place.second == kept ? run.timeline.makespan : life.until;
      held_[place.second].add(from, until, tensor.size.value);
    }
  }

  const WorkloadRun& all_;
  IdVector<MemoryId, Changes> held_;
  std::map<Place, Life> lives_;  // of one request
  std::map<Place, Time> stay_;   // weights, once for all requests: since when
};

}  // namespace

Activity activity_of(const WorkloadRun& all) {
  const std::size_t processors = all.hardware.processors().size();
  const std::size_t engines = all.hardware.engines().size();
  IdVector<ProcessorId, Changes> running(processors), copying(processors), copy_queue(processors);
  IdVector<EngineId, Changes> serving(engines), queue(engines);
  for (const PlanRun& run : all.requests) {
    for (const LayerId id : run.network.layers()) {
      running[run.span(id).processor].add(run.span(id).start, run.span(id).finish, 1);
    }
    for (const LegSpan& leg : run.timeline.legs) {
      if (run.follows(leg)) continue;
      if (leg.engine) {
        serving[*leg.engine].add(leg.start, run.released(leg), 1);
        queue[*leg.engine].add(leg.queued, leg.start, 1);
      }
      if (leg.copier) {
        copying[*leg.copier].add(leg.start, run.arrived(leg), 1);
        copy_queue[*leg.copier].add(leg.queued, leg.start, 1);
      }
    }
    for (const Interruption& each : run.timeline.interrupted) {
      if (each.leg && run.follows(run.timeline.legs[*each.leg])) continue;
      auto& lost = each.layer ? running : copying;
      lost[each.processor].add(each.start, each.lost, 1);
    }
  }
  const Time until = all.until;
  return {series_of(running, until), series_of(copying, until),    series_of(serving, until),
          series_of(queue, until),   series_of(copy_queue, until), MemoryAccount(all).account()};
}

}  // namespace partita
