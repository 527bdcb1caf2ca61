// Which weights of a cold start have come, or are coming, in the plain evaluator.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "models/base/ids.h"
#include "models/evaluate/job_queue.h"

namespace partita::plain {

// Each weight comes once to each memory, for all requests: with the first that needs it there.
class ColdWeights {
 public:
  void clear() { weights_.clear(); }

  // True: nobody has needed it there before, so whoever asks brings it.
  bool claim(TensorId weight, MemoryId memory) {
    return weights_.try_emplace({weight, memory}).second;
  }

  // Whether it is there; if not, whoever asks is told by come(). Precondition: it was claimed.
  bool is_there(TensorId weight, MemoryId memory, Job waiting) {
    Weight& one = weights_.at({weight, memory});
    if (!one.there) one.waiting.push_back(waiting);
    return one.there;
  }
  // It is there; those who have waited for it.
  std::vector<Job> come(TensorId weight, MemoryId memory) {
    Weight& one = weights_.at({weight, memory});
    one.there = true;
    return std::exchange(one.waiting, {});
  }

 private:
  struct Weight {
    bool there = false;
    std::vector<Job> waiting;
  };
  std::map<std::pair<TensorId, MemoryId>, Weight> weights_;
};

}  // namespace partita::plain
