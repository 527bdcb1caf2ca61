#include "exec/devices/cuda/clock_alignment.h"

#include <algorithm>

namespace partita::exec::cuda {
namespace {

Alignment middle_of(std::int64_t low, std::int64_t high) {
  return {low + (high - low) / 2, (high - low + 1) / 2};
}

}  // namespace

Alignment align(const std::vector<Bracket>& brackets) {
  Bracket narrowest = brackets.front();
  std::int64_t low = narrowest.before - narrowest.device, high = narrowest.after - narrowest.device;
  for (const Bracket& bracket : brackets) {
    low = std::max(low, bracket.before - bracket.device);
    high = std::min(high, bracket.after - bracket.device);
    if (bracket.after - bracket.before < narrowest.after - narrowest.before) narrowest = bracket;
  }
  if (low <= high) return middle_of(low, high);
  return middle_of(narrowest.before - narrowest.device, narrowest.after - narrowest.device);
}

}  // namespace partita::exec::cuda
