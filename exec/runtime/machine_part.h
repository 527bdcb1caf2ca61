// The part of a machine that a plan uses: a crew has workers for no other processors, so that those
// may be away.
#pragma once

#include <vector>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"

namespace partita::exec {

struct MachinePart {
  // Memories, links and engines are those of the whole machine; nothing loads it.
  Hardware hardware;
  std::vector<ProcessorId> in_whole;  // each of its processors, ascending
};

// Ascending.
std::vector<ProcessorId> processors_with_layers(const Plan& plan);

// Precondition: `kept` is ascending, and not empty.
MachinePart part_of(const Hardware& whole, const std::vector<ProcessorId>& kept);

// The same plan for the part: layers, orders, transfers and their priorities stay.
// Precondition: all of its layers are on processors of the part.
Plan plan_for_part(const Plan& plan, const Network& network, const MachinePart& part);

// The same layers in the same places and orders, and the same transfers.
bool is_same(const Plan& a, const Plan& b);

}  // namespace partita::exec
