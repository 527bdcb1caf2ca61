// Which operands of a plan are better read where they lie than copied (zero-copy).
#pragma once

#include "partition/optimizer.h"

namespace partita {

// The plan with transfers turned into reads in place, one by one in plan order, wherever that makes
// it fit its memories better or, as it fits, end earlier, judged by the plain evaluator; what no
// longer helps is sent again. Where a plan does not fit, its weights are tried as well, the largest
// first. Passes go on until one changes nothing, at most kPasses, and `evaluations` plans.
//
// Left out: reads that only help together.
Solution with_zero_copy(const Problem& problem, Plan plan, std::int64_t evaluations);

// The same of what a method found. Where it found nothing, as nothing fits, HEFT's plan may fit with
// weights and operands in place.
Outcome with_zero_copy(const Problem& problem, Outcome outcome, std::int64_t evaluations);

// Whether the machine allows it anywhere.
bool has_load_store(const Hardware& hardware);

}  // namespace partita
