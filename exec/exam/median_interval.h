// How far a measured median can be trusted.
#pragma once

#include <vector>

#include "models/base/units.h"

namespace partita::exec {

struct Interval {
  Time low{0}, high{0};
};

// Holds the true median in 95 of 100 cases, whatever the distribution: order statistics number
// n/2 -+ 0.98 sqrt(n), by the normal approximation of the binomial (Conover, "Practical nonparametric
// statistics", 1999, section 3.2). With few samples: all of them. Precondition: there is a sample.
Interval median_interval(std::vector<Time> samples);

}  // namespace partita::exec
