// Requests that wait.
#pragma once

#include <algorithm>
#include <boost/circular_buffer.hpp>
#include <cstddef>

namespace partita {

// Ascending: requests are numbered as they arrive, so those whose runs were cancelled are older than
// all that wait, and come to the head. Grows to the most that ever waited.
class RequestQueue {
 public:
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  std::size_t front() const { return waiting_.front(); }
  void pop_front() { waiting_.pop_front(); }
  std::size_t back() const { return waiting_.back(); }
  void pop_back() { waiting_.pop_back(); }

  void put(std::size_t request) {
    if (waiting_.full()) waiting_.set_capacity(std::max<std::size_t>(16, 2 * waiting_.capacity()));
    waiting_.insert(std::ranges::upper_bound(waiting_, request), request);
  }

 private:
  boost::circular_buffer<std::size_t> waiting_;
};

}  // namespace partita
