// A memory: how much of it is occupied. Its bandwidth is a channel of the fabric.
#pragma once

#include <algorithm>
#include <systemc>

#include "models/base/assert.h"
#include "models/base/units.h"

namespace partita::sim {

// Model: bytes come and go at once; the peak is taken over the ends of instants, as releases come
// before allocations.
// Left out: addresses, so fragmentation and alignment. A capacity that is exceeded is for the
// reader of the peak to see.
class Memory : public sc_core::sc_module {
 public:
  explicit Memory(const sc_core::sc_module_name& name) : sc_module(name) {}

  void reset() { occupied_ = peak_ = Bytes{}; }
  // In the first phase of an instant; note_peak() follows in the second.
  void put(Bytes size) { occupied_ += size; }
  void note_peak() { peak_ = std::max(peak_, occupied_); }

  // It has been there from the start, which is noticed now.
  void hold(Bytes size) {
    occupied_ += size;
    peak_ += size;
  }

  void allocate(Bytes size) {
    occupied_ += size;
    note_peak();
  }
  void release(Bytes size) {
    PARTITA_ASSERT(size <= occupied_, "more is released than was allocated");
    occupied_ -= size;
  }
  Bytes peak() const { return peak_; }

 private:
  Bytes occupied_, peak_;
};

}  // namespace partita::sim
