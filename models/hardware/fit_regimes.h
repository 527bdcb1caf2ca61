// Regimes of a link out of measured copies.
#pragma once

#include <vector>

#include "models/hardware/hardware.h"

namespace partita {

struct MeasuredCopy {
  Bytes size;
  Time time{0};
  int samples = 1;  // whose median the time is
};

// The regimes that say best how long copies of any size take.
//
// Model: pieces of straight lines, each a least-squares fit of relative errors to at least
//   `least_points` neighbouring sizes, rising or level. Of all ways to cut the sizes, the one with
//   the least sum of squared relative errors plus `price` for each piece (dynamic programming:
//   Bellman, "On the approximation of curves by line segments", CACM 4(6), 1961).
//   Sizes measured several times count several times.
// Precondition: sizes and times above 0, at least one copy.
std::vector<Regime> fit_regimes(std::vector<MeasuredCopy> copies, double price,
                                std::size_t least_points);

// The same, at the highest of some prices that loses no more than a twentieth against the best of
// them when every second size judges what was fitted to the others.
std::vector<Regime> fit_regimes(const std::vector<MeasuredCopy>& copies);

// Lines through all of the sizes, from each to the next: for very few of them.
std::vector<Regime> join_regimes(std::vector<MeasuredCopy> copies);

// What the regimes say. The first one's line also holds below its size.
Time copy_time(const std::vector<Regime>& regimes, Bytes size);

// Mean relative error in percent, over all copies and as the mean over powers of two of the size.
struct CopyErrors {
  double mean = 0;
  double by_power_of_two = 0;
};
CopyErrors errors_of(const std::vector<Regime>& regimes, const std::vector<MeasuredCopy>& copies);

}  // namespace partita
