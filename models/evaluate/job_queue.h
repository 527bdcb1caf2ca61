// What waits for an engine or a processor to be copied, in the plain evaluator.
#pragma once

#include <cstdint>
#include <iterator>
#include <tuple>
#include <vector>

#include "models/base/units.h"

namespace partita::plain {

struct Inference;

// One transfer of one request.
struct Job {
  Inference* inference = nullptr;
  std::uint32_t transfer = 0;
};

// First queued, first served; of one instant, the oldest request goes first, then the first in plan
// order.
class JobQueue {
 public:
  bool empty() const { return head_ == waiting_.size(); }
  void clear() {
    waiting_.clear();
    head_ = 0;
  }
  Job pop() { return waiting_[head_++].job; }
  void push(Time now, std::uint32_t request, Job job) {
    forget_the_served();
    const auto first = waiting_.begin() + static_cast<std::ptrdiff_t>(head_);
    auto place = waiting_.end();
    while (place != first && std::prev(place)->queued == now &&
           std::tie(request, job.transfer) <
               std::tie(std::prev(place)->request, std::prev(place)->job.transfer)) {
      --place;
    }
    waiting_.insert(place, {now, request, job});
  }

 private:
  struct Waiting {
    Time queued;
    std::uint32_t request;
    Job job;
  };

  // So that the list grows with those who wait, not with all who ever did.
  void forget_the_served() {
    constexpr std::size_t kFew = 64;
    if (!empty() && (head_ < kFew || 2 * head_ < waiting_.size())) return;
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }

  std::vector<Waiting> waiting_;
  std::size_t head_ = 0;
};

}  // namespace partita::plain
