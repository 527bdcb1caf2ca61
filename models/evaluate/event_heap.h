// The times of a fixed set of slots, of which the earliest is wanted again and again.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "models/base/units.h"

namespace partita {

// A binary heap in which each slot stands at most once and can be moved: a flow whose rate changes
// has one event, not a trail of stale ones. Equal times leave in no particular order.
class EventHeap {
 public:
  using Slot = std::uint32_t;

  // Empty, for slots 0 .. slots - 1.
  void reset(std::size_t slots) {
    heap_.clear();
    place_.assign(slots, kAbsent);
  }

  // More slots, or fewer where those that go are empty.
  void resize(std::size_t slots) { place_.resize(slots, kAbsent); }

  bool empty() const { return heap_.empty(); }
  Time next() const { return heap_.front().time; }

  void set(Slot slot, Time time) {
    std::uint32_t at = place_[slot];
    if (at == kAbsent) {
      at = static_cast<std::uint32_t>(heap_.size());
      heap_.push_back({time, slot});
      rise(at);
    } else if (time < heap_[at].time) {
      heap_[at].time = time;
      rise(at);
    } else {
      heap_[at].time = time;
      sink(at);
    }
  }

  // False: the slot stands nowhere.
  bool remove(Slot slot) {
    const std::uint32_t at = place_[slot];
    if (at == kAbsent) return false;
    place_[slot] = kAbsent;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (at == heap_.size()) return true;
    put(at, last);
    rise(at);
    sink(place_[last.slot]);
    return true;
  }

  Slot pop() {
    const Slot slot = heap_.front().slot;
    place_[slot] = kAbsent;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) {
      heap_.front() = last;
      sink(0);
    }
    return slot;
  }

 private:
  struct Entry {
    Time time;
    Slot slot;
  };
  static constexpr std::uint32_t kAbsent = 0xffff'ffff;

  void put(std::uint32_t at, Entry entry) {
    heap_[at] = entry;
    place_[entry.slot] = at;
  }

  void rise(std::uint32_t at) {
    const Entry entry = heap_[at];
    while (at > 0 && entry.time < heap_[(at - 1) / 2].time) {
      put(at, heap_[(at - 1) / 2]);
      at = (at - 1) / 2;
    }
    put(at, entry);
  }

  void sink(std::uint32_t at) {
    const Entry entry = heap_[at];
    const auto size = static_cast<std::uint32_t>(heap_.size());
    for (std::uint32_t child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap_[child + 1].time < heap_[child].time) ++child;
      if (entry.time <= heap_[child].time) break;
      put(at, heap_[child]);
      at = child;
    }
    put(at, entry);
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> place_;
};

}  // namespace partita
