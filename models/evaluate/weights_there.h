// Which weights are in which memories in the plain evaluator, where that changes.
#pragma once

#include <set>

#include "models/base/assert.h"
#include "models/timeline/workload.h"

namespace partita::plain {

class WeightsThere {
 public:
  void clear() {
    there_.clear();
    coming_.clear();
  }
  void put(const WeightPlace& place) { there_.insert(place); }
  bool there(const WeightPlace& place) const { return there_.count(place) > 0; }
  void drop(const WeightPlace& place) {
    PARTITA_ASSERT(there_.erase(place) == 1, "a weight is dropped where it is not");
  }

  void send(const Relocation::Move& move) {
    const WeightPlace dst{move.weight, move.dst};
    PARTITA_ASSERT(there({move.weight, move.src}), "a weight is sent from where it is not");
    PARTITA_ASSERT(!there(dst) && coming_.insert(dst).second, "a weight is sent to where it is");
  }
  void come(const WeightPlace& place) {
    coming_.erase(place);
    there_.insert(place);
  }
  void lose(const WeightPlace& place) { coming_.erase(place); }

 private:
  std::set<WeightPlace> there_, coming_;
};

}  // namespace partita::plain
