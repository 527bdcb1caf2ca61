// Buffers that are needed at once must not overlap, and space must be shared where it can be.
#include "exec/program/arena.h"

#include <gtest/gtest.h>

#include <random>

namespace partita::exec {
namespace {

bool at_once(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

TEST(Arena, RandomBuffersNeverOverlapWhileBothAreNeeded) {
  std::mt19937 engine(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> buffers(engine() % 30);
    for (Lifetime& buffer : buffers) {
      buffer.bytes = engine() % 3 == 0 ? 64 * (engine() % 4) : engine() % 1000;
      buffer.first = engine() % 20;
      buffer.last = buffer.first + engine() % 8;
    }
    const std::size_t whole = place(buffers);
    std::size_t needed = 0;
    for (std::size_t step = 0; step < 30; ++step) {
      std::size_t now = 0;
      for (const Lifetime& buffer : buffers) {
        if (buffer.first <= step && step <= buffer.last) now += buffer.bytes;
      }
      needed = std::max(needed, now);
    }
    EXPECT_GE(whole, needed);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      EXPECT_EQ(buffers[i].offset % 64, 0u);
      EXPECT_LE(buffers[i].offset + buffers[i].bytes, whole);
      for (std::size_t j = 0; j < i; ++j) {
        if (!at_once(buffers[i], buffers[j])) continue;
        const bool apart = buffers[i].offset + buffers[i].bytes <= buffers[j].offset ||
                           buffers[j].offset + buffers[j].bytes <= buffers[i].offset;
        EXPECT_TRUE(apart) << "round " << round << ": " << i << " and " << j;
      }
    }
  }
}

// A chain keeps two neighbours alive at a time: 128 + 192 bytes at most, not the sum of all.
TEST(Arena, AChainNeedsOnlyItsLargestNeighbours) {
  std::vector<Lifetime> chain{{64, 0, 1}, {128, 1, 2}, {192, 2, 3}, {64, 3, 4}};
  EXPECT_EQ(place(chain), 320u);
}

}  // namespace
}  // namespace partita::exec
