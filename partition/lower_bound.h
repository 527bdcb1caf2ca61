// A makespan that no plan can beat, found apart from the methods.
#pragma once

#include "partition/optimizer.h"

namespace partita {

struct LowerBound {
  Time value{0};
  std::string limit;  // what it comes from: "critical path", "work of all processors", ...
};

LowerBound lower_bound(const Problem& problem);

}  // namespace partita
