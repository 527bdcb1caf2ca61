// How long a network takes that is a chain of blocks.
#pragma once

#include <optional>

#include "models/plan/plan.h"
#include "partition/bounds/blocks.h"
#include "partition/bounds/memory_fees.h"
#include "partition/bounds/work_bound.h"

namespace partita {

// Model: a plan puts each waist of the network on one processor, and what a block takes between
//   its waists is at least
//     gap(q, p) = the shortest schedule of its layers on an idle machine, with the waist before it
//                 on q and the one after it on p, without the times of both;
//   so no execution is shorter than the shortest path from processor to processor along the chain:
//     head(w, p) = min over q of head(v, q) + time(v, q) + gap(q, p).
//   Where processors slow each other down, lengths are those of package_clock.h; fees count where layers are
//   (memory_fees.h), and are to be paid back.
//   A gap begins as the root bound of ScheduleSearch, or as the work of the block (WorkBound), whose
//   resources are more. Only gaps that the shortest path uses are searched, each time longer, until it
//   uses no other or the budget of nodes is spent; a search that is stopped still gives a bound.
// Left out: what IdleMachine leaves out; transfers and memory that blocks share.
// Nothing (0) where there are no waists, too many processors to look at all pairs of them, or no time
// left for a first look at all blocks.
struct ChainBound {
  Time length{0};
  // What the length is made of, one block after the other, where all of it was found: a plan that may
  // take hardly longer.
  std::optional<Placement> placement;
};
ChainBound chain_bound(const Problem& problem, const Delays& delays, const Candidates& candidates,
                       const WorkBound& work, const MemoryFees* fees = nullptr,
                       const Deadline& deadline = {});

}  // namespace partita
