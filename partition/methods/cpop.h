// CPOP: Critical Path On a Processor.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// Topcuoglu, Hariri, Wu, "Performance-Effective and Low-Complexity Task Scheduling for
// Heterogeneous Computing", IEEE TPDS 13(3), 2002, section 4.2. Of the layers that are ready, the
// one with the highest rank_u + rank_d goes next: a layer of the critical path to the processor
// that runs the whole path fastest, any other to where it ends first, in a gap where one is long
// enough.
//
// Where no processor can run the whole path, it is the one that can run most of it; layers that it
// cannot run or has no room for go to where they end first.
// Left out: what ListSchedule leaves out.
Outcome solve_cpop(const Problem& problem, const SearchOptions& options);

}  // namespace partita
