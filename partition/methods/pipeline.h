// Plans for inferences that stream through: each processor has one run of layers.
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// Model: layers in the order of their numbering are cut into runs, one for each processor that gets any; the
//   longest time of a stage is least, where a stage takes
//     max(its layers alone / streams, what crosses its borders, over idle ways),
//   found by dynamic programming over where a run ends, which processors are used, and which was the last
//   (processors that cost the same and whose memories are the same are told apart by number only). In its
//   memory are the weights of a run, the most that one of its layers needs beside them, and what comes in
//   for the next inference. Of many layers, or kinds of processors, runs end at every few only; of more
//   than about 13 kinds there is no plan.
// Left out: what processors of a package take from each other, links and engines that stages share.
Outcome solve_pipeline(const Problem& problem, const SearchOptions&);

}  // namespace partita
