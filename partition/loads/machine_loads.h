// The load model of a network on a machine.
#pragma once

#include <variant>

#include "models/plan/plan.h"
#include "partition/loads/load_model.h"
#include "partition/problem/candidates.h"

namespace partita::loads {

// Resources, and for how long one inference uses each of them up at least, whatever the order:
//   a processor:          of each layer (duration t, as it runs alone)  t * max(1 / streams, share),
//                         as at most `streams` run at once and together no faster than 1 / share;
//                         of each copy that it makes by itself, all of it, as it runs no layer then
//   a DMA engine:         set-up, data on idle channels, completion of each leg / channels
//   a channel (direction of a link, memory):  bytes / bandwidth, of copies and of layers
//   a processor's package:  t * max(1 / streams, share), and s times that of layers on other members
//                         (work_bound.h)
// Model: one period of a steady stream holds all of that once for each inference, and no resource can be
//   used for longer than time passes, so no period is shorter than the largest load. Devices are the
//   processors, by number; after them, on a machine with a host, one that stands for the host's
//   memory: its only item makes the network's inputs and takes its outputs. Places are the memories.
//   Copies that may be one, as switches send them on (models/plan/multicast.h), share what they can:
//   of that, only what the cheapest takes counts, once.
// Left out: layers that wait for each other, activations in memory, load of others; reads in place:
//   all operands are copied.
struct MachineLoads {
  LoadModel model;
  IdVector<LayerId, ItemId> item;  // of each layer

  Assignment assignment_of(const IdVector<LayerId, ProcessorId>& processor) const;
  IdVector<LayerId, ProcessorId> processors_of(const Assignment& assignment) const;
};

// Groups that must stay together are one item each. Infeasible: no processor can have all of one.
std::variant<MachineLoads, Infeasible> loads_of(const Problem& problem,
                                                const Candidates& candidates);

// Amounts are in ticks of 1 / 1024 ps, rounded down.
inline constexpr std::int64_t kTicksPerPicosecond = 1024;

// Layers in the network's numbering, which is topological.
Placement placement_of(const Network& network, const Hardware& hardware,
                       const IdVector<LayerId, ProcessorId>& processor);

}  // namespace partita::loads
