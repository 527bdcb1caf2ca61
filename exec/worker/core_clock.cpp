#include "exec/worker/core_clock.h"

#include <algorithm>
#include <limits>

#include "exec/worker/shared_memory.h"

namespace partita::exec {

std::int64_t chain_time() {
  constexpr int kChains = 5, kLinks = 4'000;
  std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
  for (int chain = 0; chain < kChains; ++chain) {
    const std::int64_t begin = now_ns();
    auto value = static_cast<std::uint64_t>(begin);
    for (int link = 0; link < kLinks; ++link) {
      value *= 0x9e3779b97f4a7c15ull;
      // Seen as used and changed, so that no compiler does several at once.
      __asm__ volatile("" : "+r"(value));
    }
    shortest = std::min(shortest, now_ns() - begin);
  }
  return shortest;
}

}  // namespace partita::exec
