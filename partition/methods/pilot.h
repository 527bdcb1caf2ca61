// List schedules that try several ways to go on, for networks of many layers.
#pragma once

#include <vector>

#include "partition/methods/groundwork.h"
#include "partition/methods/methods.h"

namespace partita {

// Duin and Voss, "The pilot method", Networks 34, 1999; priorities disturbed as by Storer, Wu, Vaccari,
// "New search spaces for sequencing problems with application to job shop scheduling", Management
// Science 38, 1992.
//
// Model: a list schedule by upward rank (growing_list.h) that is made part by part. Of each part, many
//   schedules are tried, with priorities disturbed at random and other patience with slow processors,
//   each some way further than the part. The one whose last layers leave least behind them (end +
//   upward rank after it, on average) stays. Rounds of more and more tries follow each other, each
//   over the whole network; the evaluator judges what each has made. A step is as much work as one
//   list schedule of all layers.
// Left out: while layers are placed, contention and memory; constraints, and objectives other than
//   latency: there, and where weights might not fit, the best start is the answer.
// Never worse than its starts. Same seed and steps: the same plan.
Outcome pilot_from(const Groundwork& ground, const SearchOptions& options,
                   const std::vector<Plan>& starts);

Outcome solve_pilot(const Problem& problem, const SearchOptions& options);

}  // namespace partita
