// What to measure next: the choice alone, without a clock.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "partition/predict/profile.h"

namespace partita::exec {

using Seconds = std::chrono::duration<double>;

// One thing to measure, as far as it is known.
struct Prospect {
  bool begun = false;  // measured at least once
  bool done = false;   // as good as it was asked for
  // How much depends on it, where all layers on a processor are 1.
  double importance = 1;
  // Of what has been measured: the sum over its rows of relative uncertainty x share (of the time
  // that layers take, or of the rows). Before it is begun: 1.
  double uncertainty = 1;
  // Of another turn. Before it is begun nobody knows.
  Seconds cost{0};
};

// Model: whatever has not been measured at all comes first, the most important first (of equals the
//   first); then what another turn tells most about in its time: importance x uncertainty / cost.
//   What has no time left for another turn is passed over.
// Absent: nothing is left that is worth a turn.
std::optional<std::size_t> next_measurement(const std::vector<Prospect>& prospects,
                                            Seconds time_left);

// Half of the 95 % confidence interval of the median, over the median. Below three samples: 1,
// nobody knows.
//
// Model: the standard error of a median of n samples of a normal distribution,
//   sqrt(pi / 2) sigma / sqrt(n), with sigma = (p90 - p10) / 2.563.
double relative_uncertainty(const ProfileRow& row);

}  // namespace partita::exec
