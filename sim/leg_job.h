// One leg of a transfer on its way through the machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "models/timeline/timeline.h"

namespace partita::sim {

class Inference;

struct LegJob {
  std::uint32_t transfer = 0;
  const Leg* leg = nullptr;  // none: the network gives its time
  Bytes size;
  LegSpan* span = nullptr;  // what is written down about it
  // What its data crosses: its leg, or, of several legs that are one copy (models/plan/multicast.h),
  // the way of all. The first of them is served for all.
  const Leg* way = nullptr;
  LegJob* first = nullptr;
  LegJob* next = nullptr;     // of the same copy
  std::size_t to_arrive = 1;  // of the first: legs of the copy that have not
  Inference* inference = nullptr;
  std::uint32_t request = 0;  // its number
  std::int32_t priority = 0;  // in queues
  Content content = Content::Activation;
  Time completion{0};  // from the last byte's arrival until the copy may be used
  // Of packets: whether the last one has left, and when it arrives, once that is known.
  bool left = false;
  Time arrives = Time::max();

  bool follows() const { return first != this; }
  std::int32_t priority_on_links() const { return std::max(0, priority); }
};

// All legs of the copy that this one is the first of.
template <class Visit>
void for_copy(LegJob& first, Visit&& visit) {
  for (LegJob* each = &first; each != nullptr; each = each->next) visit(*each);
}

// Legs that wait for the same engine or processor: the highest priority first; of one, first
// queued, first served; of one instant the oldest request first, then the first in plan order.
class LegQueue {
 public:
  bool empty() const { return heap_.empty(); }
  void clear() { heap_.clear(); }
  const LegJob& front() const { return *heap_.front(); }
  void push(LegJob& job) {
    heap_.push_back(&job);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  void remove(const Inference& inference) {
    const auto left = std::remove_if(heap_.begin(), heap_.end(), [&](const LegJob* job) {
      return job->inference == &inference;
    });
    heap_.erase(left, heap_.end());
    std::make_heap(heap_.begin(), heap_.end(), later);
  }
  LegJob& pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    LegJob& first = *heap_.back();
    heap_.pop_back();
    return first;
  }

 private:
  static bool later(const LegJob* a, const LegJob* b) {
    return std::tie(b->priority, a->span->queued, a->request, a->transfer) >
           std::tie(a->priority, b->span->queued, b->request, b->transfer);
  }

  std::vector<LegJob*> heap_;
};

}  // namespace partita::sim
