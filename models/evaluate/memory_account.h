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
    accounts_.assign(memories, Account{});
    put_in_.clear();
  }

  // Before the first instant.
  void hold(MemoryId memory, Bytes size) {
    accounts_[memory].occupied += size;
    accounts_[memory].peak += size;
  }

  // In the first half of an instant; note_peaks() follows in the second.
  void put(MemoryId memory, Bytes size) {
    accounts_[memory].occupied += size;
    put_in_.push_back(memory);
  }
  void note_peaks() {
    for (const MemoryId id : put_in_) accounts_[id].note_peak();
    put_in_.clear();
  }

  void allocate(MemoryId memory, Bytes size) {
    Account& account = accounts_[memory];
    account.occupied += size;
    account.note_peak();
  }
  void release(MemoryId memory, Bytes size) { accounts_[memory].occupied -= size; }

  void write_peaks(IdVector<MemoryId, Bytes>& peaks) const {
    peaks.clear();
    for (const Account& account : accounts_) peaks.push_back(account.peak);
  }

 private:
  struct Account {
    Bytes occupied, peak;

    void note_peak() { peak = std::max(peak, occupied); }
  };
  IdVector<MemoryId, Account> accounts_;
  std::vector<MemoryId> put_in_;  // since peaks were noted
};

}  // namespace partita::plain
