// Measured times that rise with the size.
#pragma once

#include <vector>

#include "models/hardware/fit_regimes.h"

namespace partita::exec {

// One copy of each size, none faster than a smaller one.
//
// Model: of all such times, those with the least sum of samples x |time - measured|. Blocks of sizes
//   that are out of order get their median, weighted by samples (pool adjacent violators: Robertson,
//   Wright, "Algorithms in order restricted statistical inference and the Cauchy mean value
//   property", Annals of Statistics 8(3), 1980): a few copies that were disturbed, or that were made
//   in other circumstances, move nothing.
std::vector<MeasuredCopy> rising(std::vector<MeasuredCopy> copies);

}  // namespace partita::exec
