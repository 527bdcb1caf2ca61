// Collectives in steps: a plan that says how its collectives are done becomes a plan of ordinary
// layers and transfers, which every execution understands.
//
// Who takes part: for each operand the processor that makes it (of an operand that nobody makes,
// the first that reads the same result); of what goes from one to all, or to one, the processors
// that read the results first.
// Each has the result in its place. Ranks on one processor add up there first, and share results.
//
// Model: each participant starts its kernel (launch overhead, 1 ps), which hands out the operand
//   in blocks; blocks travel and are added up as algorithms.h says; when all of its results are
//   there it ends (1 ps). An addition is the roofline of its operands and its sum; passing on takes
//   1 ps, since engines copy. The steps stand in the order of a processor where the collective
//   stood among the layers: there a kernel keeps what is behind it waiting. Blocks differ by at
//   most one element; with fewer elements than blocks some are not there.
//   A step sends to the participants behind it in the ring first, block by block, so that all
//   receive equally often.
// Left out: working in place (operand and blocks, and blocks and result, are in memory together for
//   a moment); protocols that trade bandwidth for latency (NCCL's LL and LL128); several rings at
//   once; a receiver's launch, which hides behind the sender's.
#pragma once

#include <string>
#include <variant>

#include "models/cost/cost_table.h"
#include "models/plan/plan.h"

namespace partita {

// Layers, tensors, processors and memories of the plan's network and machine keep their names;
// tensors, processors and memories their numbers too.
struct Expanded {
  Network network;
  Hardware hardware;  // with a reduction unit for each switch that adds up (reduction_unit.h)
  CostTable costs;
  Plan plan;
};

// BadPlan: a processor that cannot add up, an algorithm that cannot do that collective, ends
// without a route between them.
std::variant<Expanded, BadPlan> with_collectives(const Network& network, const Hardware& hardware,
                                                 const CostTable& costs, const Plan& plan);

}  // namespace partita
