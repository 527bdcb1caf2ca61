// Which operands of a plan are better read where they lie than copied (zero-copy).
#pragma once

#include "partition/methods/methods.h"

namespace partita {

// The plan with transfers turned into reads in place, one by one in plan order, wherever that makes
// it feasible, or nearly so, or better by the objective; what no longer helps is sent again. Where a
// plan does not fit, its weights are tried as well, the largest first. Passes go on until one
// changes nothing, at most three, and at most so many evaluations.
//
// Left out: reads that only help together. What a method proved is of plans that copy: no bound is
// given.
Solution with_zero_copy(const Problem& problem, Plan plan, std::int64_t evaluations);

// The same of what a method found. Where it found nothing, as nothing fits, HEFT's plan may fit with
// weights and operands in place.
Outcome with_zero_copy(const Problem& problem, Outcome outcome, std::int64_t evaluations);

}  // namespace partita
