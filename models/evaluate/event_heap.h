// The times of a fixed set of slots, of which the earliest is wanted again and again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/base/units.h"

namespace partita {

// A heap in which each slot stands at most once and can be moved: a flow whose rate changes has one
// event, not a trail of stale ones. Equal times leave in no particular order. Every node has four
// children: half as many levels as with two, and their times lie side by side.
class EventHeap {
 public:
  using Slot = std::uint32_t;

  // Empty, for slots 0 .. slots - 1.
  void reset(std::size_t slots) {
    for (std::uint32_t at = 0; at < size_; ++at) place_[slots_[at]] = kAbsent;
    size_ = 0;
    resize(slots);
  }

  // More slots, or fewer where those that go are empty.
  void resize(std::size_t slots) {
    place_.resize(slots, kAbsent);
    times_.resize(slots);
    slots_.resize(slots);
  }

  bool empty() const { return size_ == 0; }
  Time next() const { return times_[0]; }

  void set(Slot slot, Time time) {
    const std::uint32_t at = place_[slot];
    if (at == kAbsent) {
      rise(size_++, time, slot);
    } else if (time < times_[at]) {
      rise(at, time, slot);
    } else {
      sink(at, time, slot);
    }
  }

  // False: the slot stands nowhere.
  bool remove(Slot slot) {
    const std::uint32_t at = place_[slot];
    if (at == kAbsent) return false;
    place_[slot] = kAbsent;
    const std::uint32_t last = --size_;
    if (at == last) return true;
    if (times_[last] < times_[at]) {
      rise(at, times_[last], slots_[last]);
    } else {
      sink(at, times_[last], slots_[last]);
    }
    return true;
  }

  Slot pop() {
    const Slot slot = slots_[0];
    place_[slot] = kAbsent;
    if (--size_ > 0) sink(0, times_[size_], slots_[size_]);
    return slot;
  }

 private:
  static constexpr std::uint32_t kAbsent = 0xffff'ffff;
  static constexpr std::uint32_t kChildren = 4;

  void put(std::uint32_t at, Time time, Slot slot) {
    times_[at] = time;
    slots_[at] = slot;
    place_[slot] = at;
  }

  // From a free place upwards, to where it belongs.
  void rise(std::uint32_t at, Time time, Slot slot) {
    while (at > 0) {
      const std::uint32_t parent = (at - 1) / kChildren;
      if (times_[parent] <= time) break;
      put(at, times_[parent], slots_[parent]);
      at = parent;
    }
    put(at, time, slot);
  }

  // Downwards.
  void sink(std::uint32_t at, Time time, Slot slot) {
    while (true) {
      const std::uint32_t first = kChildren * at + 1;
      if (first >= size_) break;
      const std::uint32_t last = std::min(first + kChildren, size_);
      std::uint32_t least = first;
      Time least_time = times_[first];
      for (std::uint32_t child = first + 1; child < last; ++child) {
        const bool less = times_[child] < least_time;  // written so that nothing is guessed
        least = less ? child : least;
        least_time = less ? times_[child] : least_time;
      }
      if (time <= least_time) break;
      put(at, least_time, slots_[least]);
      at = least;
    }
    put(at, time, slot);
  }

  // By place, the first size_ of them. Times and slots apart: what is written as two parts and
  // soon read as one waits until both have left the processor's store buffer.
  std::uint32_t size_ = 0;
  std::vector<Time> times_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> place_;
};

}  // namespace partita
