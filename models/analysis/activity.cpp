#include "models/analysis/activity.h"

#include <algorithm>
#include <map>
#include <set>

namespace partita {
namespace {

template <class Id>
IdVector<Id, Series> series_of(const IdVector<Id, Changes>& changes) {
  IdVector<Id, Series> made;
  for (const Changes& each : changes) made.push_back(each.series());
  return made;
}

// What is held where, from when until when.
class MemoryAccount {
 public:
  explicit MemoryAccount(const PlanRun& run) : run_(run), held_(run.hardware.memories().size()) {}

  IdVector<MemoryId, Series> account() {
    weights();
    for (const LayerId id : run_.network.layers()) {
      const LayerSpan& span = run_.span(id);
      held_[run_.memory(id)].add(run_.first_start(id), span.finish,
                                 run_.network.layer(id).work.workspace.value);
    }
    copies();
    for (const TensorId id : ids<TensorId>(run_.network.tensors().size())) tensor(id);
    return series_of(held_);
  }

 private:
  struct Life {
    std::optional<Time> from;
    Time until{0};
    void used(Time at) { until = std::max(until, at); }
  };

  void weights() {
    std::set<std::pair<MemoryId, TensorId>> loaded;
    for (const LayerId id : run_.network.layers()) {
      for (const TensorId input : run_.network.layer(id).inputs) {
        if (!moves(run_.network.tensor(input))) loaded.emplace(run_.memory(id), input);
      }
    }
    for (const auto& [memory, id] : loaded) {
      held_[memory].add(Time{0}, run_.network.tensor(id).size.value);
    }
  }

  // A staging copy lives from the start of the leg that brings it to the arrival of the next.
  void copies() {
    const std::vector<LegSpan>& legs = run_.timeline.legs;
    for (std::size_t i = 0; i < legs.size(); ++i) {
      const Transfer& transfer = run_.transfer(legs[i]);
      if (legs[i].leg == 0) lives_[{transfer.tensor, transfer.src}].used(legs[i].finish);
      if (i + 1 < legs.size() && legs[i + 1].transfer == legs[i].transfer) {
        held_[run_.route_leg(legs[i])->dst].add(run_.first_start_of_leg(i), legs[i + 1].finish,
                                                run_.tensor(legs[i]).size.value);
      } else {
        lives_[{transfer.tensor, transfer.dst}].from = run_.first_start_of_leg(i);
      }
    }
  }

  void tensor(TensorId id) {
    const Tensor& tensor = run_.network.tensor(id);
    if (!moves(tensor)) return;
    std::optional<MemoryId> home = run_.hardware.host();
    if (tensor.producer) {
      home = run_.memory(*tensor.producer);
      Life& made = lives_[{id, *home}];
      made.from = run_.first_start(*tensor.producer);
      made.used(run_.span(*tensor.producer).finish);
    }
    for (const LayerId consumer : tensor.consumers) {
      lives_[{id, run_.memory(consumer)}].used(run_.span(consumer).finish);
    }
    const std::optional<MemoryId> kept =
        tensor.is_output ? (run_.hardware.host() ? run_.hardware.host() : home) : std::nullopt;
    const auto first = lives_.lower_bound({id, MemoryId{0}});
    for (auto it = first; it != lives_.end() && it->first.first == id; ++it) {
      const auto& [where, life] = *it;
      // An input of the network is there from the start.
      held_[where.second].add(life.from.value_or(Time{0}), tensor.size.value);
      if (tensor.stays) continue;
      const Time until = where.second == kept ? run_.timeline.makespan : life.until;
      held_[where.second].add(until, -tensor.size.value);
    }
  }

  const PlanRun& run_;
  IdVector<MemoryId, Changes> held_;
  std::map<std::pair<TensorId, MemoryId>, Life> lives_;
};

}  // namespace

Activity activity_of(const PlanRun& run) {
  const std::size_t processors = run.hardware.processors().size();
  const std::size_t engines = run.hardware.engines().size();
  IdVector<ProcessorId, Changes> running(processors), copying(processors), copy_queue(processors);
  IdVector<EngineId, Changes> serving(engines), queue(engines);
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
  return {series_of(running), series_of(copying),    series_of(serving),
          series_of(queue),   series_of(copy_queue), MemoryAccount(run).account()};
}

}  // namespace partita
