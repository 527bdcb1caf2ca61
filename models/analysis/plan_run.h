// One execution of a plan, with all that is needed to ask where its time went.
#pragma once

#include <algorithm>
#include <limits>

#include "models/cost/cost_table.h"
#include "models/timeline/made_copies.h"
#include "models/timeline/timeline.h"

namespace partita {

// References are kept: all must outlive it. `costs` says how long each layer takes alone; the
// timeline passes violations().
struct PlanRun {
  const Timeline& timeline;
  const Network& network;
  const Hardware& hardware;
  const Plan& plan;
  const CostTable& costs;
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

  // Of a layer alone on its processor, with the overhead of its launch.
  Time alone(LayerId layer) const {
    const auto& cost = costs(layer, span(layer).processor);
    return cost ? cost->launch_overhead(processor(layer)) + cost->time
                : span(layer).finish - span(layer).start;
  }
};

// Weights stand in memory from the start; these are made or given, and sent.
constexpr bool moves(const Tensor& tensor) {
  return tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input;
}

}  // namespace partita
