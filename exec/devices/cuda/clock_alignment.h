// When something happened on a device, by the host's clock.
#pragma once

#include <cstdint>
#include <vector>

namespace partita::exec::cuda {

// An event that happened between two readings of the host's clock; `device`: its time by the
// device's clock, from any zero. Nanoseconds.
struct Bracket {
  std::int64_t before, after, device;
};

// host time = offset + device time, give or take `error`.
struct Alignment {
  std::int64_t offset = 0, error = 0;
};

// Model: each bracket says  before - device <= offset <= after - device.  What all of them allow is
//   the answer, its middle the offset, half its width the error. Where clocks drifted so far apart
//   meanwhile that nothing is left, the narrowest bracket alone is.
// Precondition: not empty.
Alignment align(const std::vector<Bracket>& brackets);

}  // namespace partita::exec::cuda
