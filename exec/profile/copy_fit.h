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

// Model: time = set-up + size / bandwidth, least squares of the relative error; regimes
//   (fit_regimes.h) where there are six sizes or more and, of sizes that neither was fitted to,
//   their mean error is below four fifths of the line's. With regimes, bandwidth is the highest that
//   any copy had.
// Absent: all copies are of no bytes.
std::optional<CopyFit> fit_copies(const std::vector<MeasuredCopy>& copies);

}  // namespace partita::exec
