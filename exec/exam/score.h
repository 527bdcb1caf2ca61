// How well predictions agree with measurements.
#pragma once

#include <cstddef>
#include <vector>

namespace partita::exec {

struct Pair {
  double predicted = 0, measured = 0;  // above 0, in one unit
};

struct Score {
  std::size_t pairs = 0;
  double mape = 0;  // mean of |predicted - measured| / measured
  double bias = 0;  // mean of (predicted - measured) / measured
  double p90 = 0;   // of |predicted - measured| / measured, by nearest rank
};
Score score(const std::vector<Pair>& pairs);  // zeros without pairs

// Kendall's tau-b: do predictions rank as measurements do? 1: always, 0: as by chance, -1: the other
// way round (Kendall, Biometrika 33(3), 1945). 0 where all of either are equal.
double kendall_tau(const std::vector<Pair>& pairs);

// A prediction, and the interval that holds what was measured.
struct Ranked {
  double predicted = 0, low = 0, high = 0;
};
// The same of those pairs alone whose intervals do not overlap: of the others nobody knows which is the
// larger one.
struct RankingToldApart {
  double tau = 0;         // 0 without such pairs
  std::size_t pairs = 0;  // told apart
  std::size_t all = 0;
};
RankingToldApart ranking_told_apart(const std::vector<Ranked>& plans);

}  // namespace partita::exec
