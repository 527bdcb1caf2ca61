// How long copies over a link take, learned from few.
#pragma once

#include <cstddef>
#include <vector>

#include "models/hardware/fit_regimes.h"

namespace partita::learn {

// Which of the sizes to measure: `count` of them, evenly spread in their logarithm, from the
// smallest to the largest; ascending, each once. Protocols change at powers of two, so small sizes
// matter as much as large ones. Precondition: sizes above 0.
std::vector<std::size_t> sizes_to_measure(const std::vector<Bytes>& sizes, std::size_t count);

// Lines from each measured size to the next (join_regimes()): with measurements whose noise is
// small, no fit is better between two of them.
std::vector<Regime> learn_link(const std::vector<MeasuredCopy>& copies);

}  // namespace partita::learn
