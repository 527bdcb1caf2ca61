// How long copies take, out of copies that were measured.
#pragma once

#include <optional>
#include <vector>

#include "models/hardware/fit_regimes.h"

namespace partita::exec {

struct CopyFit {
  Time setup{0};
  Bandwidth bandwidth;
  std::vector<Regime> regimes;  // instead of the set-up; empty: a straight line
};

// Model: times rise with the size (rising.h), and are a straight line, set-up + size / bandwidth of
//   the least squared relative errors, unless the measurements prove more. Regimes (fit_regimes.h),
//   each as slow at its first size as the one before, or slower, where there are six sizes or more.
//   How many pieces: every second size judges what was fitted to the others, and the others judge
//   what was fitted to these, by the mean |ln(said / measured)|; of all numbers of pieces the least
//   that is no worse than the best by more than two standard errors of what they lose copy by copy
//   (after the "1 SE rule": Breiman, Friedman, Olshen, Stone, "Classification and regression trees",
//   1984, section 3.4.3), and only where they win as much over the line. With regimes, bandwidth is
//   the highest that any copy had.
// Absent: all copies are of no bytes.
std::optional<CopyFit> fit_copies(const std::vector<MeasuredCopy>& copies);

}  // namespace partita::exec
