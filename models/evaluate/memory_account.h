// What the memories hold in the plain evaluator.
#pragma once

#include <algorithm>
#include <vector>

#include "models/base/ids.h"
#include "models/base/units.h"

namespace partita::plain {

// Releases of an instant come before its allocations, so a peak is what is held when the instant is
// over.
class MemoryAccount {
 public:
  void reset(std::size_t memories) {
    occupied_.assign(memories, Bytes{});
    peak_.assign(memories, Bytes{});
    put_in_.clear();
  }

  // Before the first instant.
  void hold(MemoryId memory, Bytes size) {
    occupied_[memory] += size;
    peak_[memory] += size;
  }

  // In the first half of an instant; note_peaks() follows in the second.
  void put(MemoryId memory, Bytes size) {
    occupied_[memory] += size;
    put_in_.push_back(memory);
  }
  void note_peaks() {
    for (const MemoryId id : put_in_) peak_[id] = std::max(peak_[id], occupied_[id]);
    put_in_.clear();
  }

  void allocate(MemoryId memory, Bytes size) {
    occupied_[memory] += size;
    peak_[memory] = std::max(peak_[memory], occupied_[memory]);
  }
  void release(MemoryId memory, Bytes size) { occupied_[memory] -= size; }

  const IdVector<MemoryId, Bytes>& peak() const { return peak_; }

 private:
  IdVector<MemoryId, Bytes> occupied_, peak_;
  std::vector<MemoryId> put_in_;  // since peaks were noted
};

}  // namespace partita::plain
