// Requests whose next layer could start on a processor: the oldest goes first.
#pragma once

#include <algorithm>
#include <vector>

#include "models/evaluate/inference.h"

namespace partita::plain {

// A heap; each request stands in it at most once.
class ReadyQueue {
 public:
  bool empty() const { return heap_.empty(); }
  void clear() { heap_.clear(); }
  void push(Inference& inference) {
    heap_.push_back(&inference);
    if (heap_.size() > 1) std::push_heap(heap_.begin(), heap_.end(), younger);
  }
  void remove(const Inference& inference) {
    heap_.erase(std::remove(heap_.begin(), heap_.end(), &inference), heap_.end());
    std::make_heap(heap_.begin(), heap_.end(), younger);
  }
  Inference& oldest() const { return *heap_.front(); }
  void pop() {
    if (heap_.size() > 1) std::pop_heap(heap_.begin(), heap_.end(), younger);
    heap_.pop_back();
  }

 private:
  static bool younger(const Inference* a, const Inference* b) { return a->number > b->number; }

  std::vector<Inference*> heap_;
};

}  // namespace partita::plain
