// How long a network takes that is a chain of blocks.
#pragma once

#include "partition/bounds/blocks.h"
#include "partition/bounds/work_bound.h"

namespace partita {

// Model: a plan puts each waist of the network on one processor, and what a block takes between
//   its waists is at least
//     gap(q, p) = the shortest schedule of its layers on an idle machine, with the waist before it
//                 on q and the one after it on p, without the times of both;
//   so no execution is shorter than the shortest path from processor to processor along the chain:
//     head(w, p) = min over q of head(v, q) + time(v, q) + gap(q, p).
//   A gap begins as the root bound of ScheduleSearch, or as the work of the block (WorkBound), whose
//   resources are more. Only gaps that the shortest path uses are searched, until it uses no other
//   or the budget of nodes is spent; a search that is stopped still gives a bound.
// Left out: what IdleMachine leaves out; transfers and memory that blocks share.
// Nothing (0) where there are no waists, too many processors to look at all pairs of them, or no time
// left for a first look at all blocks.
Time chain_bound(const Problem& problem, const Delays& delays, const Candidates& candidates,
                 const WorkBound& work, const Deadline& deadline = {});

}  // namespace partita
