// What waits for an engine or a processor to be copied, in the plain evaluator.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/base/units.h"

namespace partita::plain {

struct Inference;

// One transfer of one request. Copied whole, so both fields are words: a load that is wider than
// the store before it has to wait until that has left the processor's store buffer.
struct Job {
  Inference* inference = nullptr;
  std::size_t transfer = 0;
};

// The highest priority first; of one, first queued, first served; of one instant, the oldest
// request goes first, then the first in plan order.
class JobQueue {
 public:
  bool empty() const { return head_ == waiting_.size(); }
  void clear() {
    waiting_.clear();
    head_ = 0;
  }
  Job front() const { return waiting_[head_].job; }
  void pop(Job& job) {
    const Job& first = waiting_[head_++].job;
    job.inference = first.inference;
    job.transfer = first.transfer;
  }
  void remove(const Inference& inference) {
    const auto first = waiting_.begin() + static_cast<std::ptrdiff_t>(head_);
    waiting_.erase(
        std::remove_if(first, waiting_.end(),
                       [&](const Waiting& each) { return each.job.inference == &inference; }),
        waiting_.end());
  }
  void push(Time now, std::int32_t priority, std::uint32_t request, Job job) {
    if (empty()) {
      clear();
    } else if (head_ >= kFew && 2 * head_ >= waiting_.size()) {
      forget_the_served();
    }
    const auto goes_before = [&](const Waiting& other) {
      if (priority != other.priority) return priority > other.priority;
      return other.queued == now &&
             (request < other.request ||
              (request == other.request && job.transfer < other.job.transfer));
    };
    std::size_t place = waiting_.size();
    waiting_.emplace_back();
    for (; place > head_ && goes_before(waiting_[place - 1]); --place) {
      waiting_[place] = waiting_[place - 1];
    }
    Waiting& waiting = waiting_[place];
    waiting.queued = now;
    waiting.priority = priority;
    waiting.request = request;
    waiting.job.inference = job.inference;
    waiting.job.transfer = job.transfer;
  }

 private:
  struct Waiting {
    Time queued{0};
    std::int32_t priority = 0;
    std::uint32_t request = 0;
    Job job;
  };

  // So that the list grows with those who wait, not with all who ever did.
  static constexpr std::size_t kFew = 64;
  void forget_the_served() {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }

  std::vector<Waiting> waiting_;
  std::size_t head_ = 0;
};

}  // namespace partita::plain
