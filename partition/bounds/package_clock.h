// Time on a machine whose processors slow each other down, by a clock that runs with them.
#pragma once

#include <optional>

#include "partition/problem/candidates.h"

namespace partita {

// Model: let all processors be in one package, where each of k busy ones is as fast as alone divided by
//     f(k) = 1 + (k - 1) s,  f(0) = 1.
//   By a clock that runs f times as slowly, a layer takes no less than alone, and all that processors have
//   no part in, no less than its time / f(all of them). So a schedule is no shorter than on an idle
//   machine with these ways: X. While k >= 1 are busy, a tick lasts (1 - s) + s k, so an execution takes
//     C >= (1 - s) X + s (sum of what each processor is busy),
//   where layers keep a processor busy for no less than their times / its streams.
// Left out: other packages, and bandwidth.
struct PackageClock {
  std::int64_t ppm = 0;      // s in millionths, less than all of them
  std::int64_t slowest = 1;  // f(all) in millionths

  // Absent where processors are apart, do not slow each other down (or more than to a standstill), or
  // some layer asks for so little that rounding may spare it.
  static std::optional<PackageClock> of(const Problem& problem, const Candidates& candidates);
};

}  // namespace partita
