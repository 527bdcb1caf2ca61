// One execution of a plan, or of several at once, with all that is needed to ask where their time
// went.
#pragma once

#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/evaluate/reads_in_place.h"
#include "models/timeline/made_copies.h"
#include "models/timeline/workload.h"

namespace partita {

// References are kept: all must outlive it. `costs` says how long each layer takes alone; the
// timeline passes violations().
struct PlanRun {
  const Timeline& timeline;
  const Network& network;
  const Hardware& hardware;
  const Plan& plan;
  const CostTable& costs;
  Time arrival{0}, admitted{0};  // of a request
  const Multicasts multicasts = multicasts_in(timeline, network, hardware, plan);

  const LayerSpan& span(LayerId layer) const { return timeline.layers[layer]; }
  // When a layer or leg (index into Timeline::legs) began for the first time, if it was lost since.
  Time first_start(LayerId layer) const {
    Time first = span(layer).start;
    for (const Interruption& each : timeline.interrupted) {
      if (each.layer == layer) first = std::min(first, each.start);
    }
    return first;
  }
  Time first_start_of_leg(std::size_t leg) const {
    Time first = timeline.legs[leg].start;
    for (const Interruption& each : timeline.interrupted) {
      if (each.leg == leg) first = std::min(first, each.start);
    }
    return first;
  }
  const ProcessorSpec& processor(LayerId layer) const {
    return hardware.processors()[span(layer).processor];
  }
  MemoryId memory(LayerId layer) const { return processor(layer).memory; }
  const Transfer& transfer(const LegSpan& leg) const { return plan.transfers()[leg.transfer]; }
  const Tensor& tensor(const LegSpan& leg) const { return network.tensor(transfer(leg).tensor); }

  // nullptr for a transfer whose time the network gives: it crosses nothing.
  const Leg* route_leg(const LegSpan& leg) const {
    if (!leg.engine && !leg.copier) return nullptr;
    return &(*hardware.route(transfer(leg).src, transfer(leg).dst))[leg.leg];
  }
  // What its data crosses: its own way, or that of all legs that are one copy with it. The first of
  // them is counted for all.
  const Leg* way(const LegSpan& leg) const {
    const Multicast* all = multicasts.of(leg.transfer);
    return all == nullptr ? route_leg(leg) : &all->way;
  }
  bool follows(const LegSpan& leg) const { return multicasts.follows(leg.transfer); }
  // When the last byte of the copy has arrived everywhere.
  Time arrived(const LegSpan& leg) const { return all_arrived(timeline, multicasts, leg); }
  // When whoever copies can turn to something else: an engine when the copy is known to be done
  // there.
  Time released(const LegSpan& leg) const {
    if (!leg.engine) return arrived(leg);
    const Leg& route = *route_leg(leg);
    const Time sent = std::max(leg.data, leg.finish - route.latency);
    if (timeline.fidelity == Fidelity::Fluid) return sent;
    // Packets may wait on the way: when the narrowest channel could have taken the last of them.
    const Leg& all = *way(leg);
    const std::vector<std::uint32_t>& uses =
        all.uses[static_cast<std::size_t>(content_of(tensor(leg)))];
    Wide narrowest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < all.channels.size(); ++i) {
      const Wide burst = hardware.channels()[all.channels[i]].burst.value;
      const Wide use = uses.empty() ? kWholeUse : uses[i];
      narrowest = std::min(narrowest, std::max<Wide>(1, burst * kWholeUse / use));
    }
    const Bandwidth rate{static_cast<std::int64_t>(narrowest)};
    return std::min(sent, leg.data + tensor(leg).size / rate);
  }
  // When the last byte has left.
  Time data_end(const LegSpan& leg) const {
    const Leg* route = route_leg(leg);
    if (route == nullptr) return leg.finish;
    const Time completion = leg.engine ? hardware.engines()[*leg.engine].completion : Time{0};
    return std::max(leg.data, leg.finish - route->latency - completion);
  }

  std::vector<ReadInPlace> reads(LayerId layer) const {
    return reads_in_place(network, hardware, plan, layer);
  }
  // Of a layer alone on its processor, with all that comes before it.
  Time alone(LayerId layer) const {
    const LayerSpan& of = span(layer);
    const auto& cost = costs(layer, of.processor);
    if (!cost) return of.finish - of.start;
    return spread_demand(hardware, of.processor, *cost, of.waking, reads(layer)).alone;
  }
};

// Requests of a workload from the first one on, or one inference. References are kept.
struct WorkloadRun {
  const Network& network;
  const Hardware& hardware;
  const CostTable& costs;
  std::vector<PlanRun> requests;  // by number; at least one
  std::set<const Plan*> plans;    // of all requests, known or not; their order means nothing
  Time until{0};                  // what is known: all that they and others did until then
  bool whole = true;              // and that is all there is
  bool several = false;
  bool saturated = false;

  WorkloadRun(const PlanRun& run)  // one inference is a workload of one
      : network(run.network),
        hardware(run.hardware),
        costs(run.costs),
        requests{run},
        plans{&run.plan},
        until(run.timeline.makespan) {}
  // `timelines`: of the first ones, in the order of their numbers. The others are admitted from
  // `until` on.
  WorkloadRun(const Network& of, const Hardware& on, const CostTable& with,
              const Workload& workload, const WorkloadTimeline& record,
              const std::vector<Timeline>& timelines)
      : network(of),
        hardware(on),
        costs(with),
        until(record.makespan),
        whole(timelines.size() == workload.requests.size()),
        several(true),
        saturated(workload.saturated) {
    for (std::size_t i = 0; i < timelines.size(); ++i) {
      const RequestSpan& span = record.requests[i];
      requests.push_back({timelines[i], network, hardware, *workload.requests[i].plan, costs,
                          span.arrival, span.admitted});
    }
    for (const Request& request : workload.requests) plans.insert(request.plan);
    if (!whole) until = record.requests[timelines.size()].admitted;
  }

  Origin origin() const { return requests.front().timeline.origin; }
  Fidelity fidelity() const { return requests.front().timeline.fidelity; }
};

// Weights stand in memory from the start; these are made or given, and sent.
constexpr bool moves(const Tensor& tensor) {
  return tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input;
}

}  // namespace partita
