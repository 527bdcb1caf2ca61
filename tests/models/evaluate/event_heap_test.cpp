#include "models/evaluate/event_heap.h"

#include <gtest/gtest.h>

#include <map>

#include "models/base/random.h"

namespace partita {
namespace {

constexpr std::size_t kSlots = 60;

Time earliest(const std::map<EventHeap::Slot, Time>& times) {
  Time found = Time::max();
  for (const auto& [slot, time] : times) found = std::min(found, time);
  return found;
}

// Against a list of all slots, which is searched as a whole. Few different times, so that many are
// equal.
TEST(EventHeap, IsAListOfWhichTheEarliestIsWanted) {
  Random random(1);
  EventHeap heap;
  for (int round = 0; round < 3; ++round) {
    heap.reset(kSlots);  // whatever the round before has left
    std::map<EventHeap::Slot, Time> times;
    for (int step = 0; step < 5'000; ++step) {
      const auto slot = static_cast<EventHeap::Slot>(random.below(kSlots));
      switch (random.below(4)) {
        case 0: EXPECT_EQ(heap.remove(slot), times.erase(slot) == 1); break;
        case 1:
          if (times.empty()) break;
          {
            const EventHeap::Slot popped = heap.pop();
            ASSERT_EQ(times.at(popped), earliest(times));
            times.erase(popped);
          }
          break;
        default:
          times[slot] = Time{static_cast<std::int64_t>(random.below(100))};
          heap.set(slot, times[slot]);
      }
      ASSERT_EQ(heap.empty(), times.empty());
      if (!times.empty()) {
        ASSERT_EQ(heap.next(), earliest(times));
      }
    }
  }
}

TEST(EventHeap, GrowsAndShrinksBySlotsThatAreEmpty) {
  EventHeap heap;
  heap.reset(2);
  heap.set(1, Time{5});
  heap.resize(9);
  heap.set(8, Time{3});
  EXPECT_EQ(heap.pop(), 8u);
  heap.resize(2);
  EXPECT_EQ(heap.pop(), 1u);
  EXPECT_TRUE(heap.empty());
}

}  // namespace
}  // namespace partita
