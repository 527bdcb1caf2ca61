// Which weights are in which memories of the simulated machine, where that changes.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/assert.h"
#include "models/base/ids.h"

namespace partita::sim {

class WeightsThere {
 public:
  void reset(std::size_t tensors, std::size_t memories) {
    memories_ = memories;
    states_.assign(tensors * memories, State::Absent);
  }

  bool there(TensorId weight, MemoryId memory) const {
    return states_[at(weight, memory)] == State::There;
  }
  void put(TensorId weight, MemoryId memory) { states_[at(weight, memory)] = State::There; }
  void drop(TensorId weight, MemoryId memory) {
    PARTITA_ASSERT(there(weight, memory), "a weight is dropped where it is not");
    states_[at(weight, memory)] = State::Absent;
  }
  void send(TensorId weight, MemoryId src, MemoryId dst) {
    PARTITA_ASSERT(there(weight, src), "a weight is sent from where it is not");
    PARTITA_ASSERT(states_[at(weight, dst)] == State::Absent, "a weight is sent to where it is");
    states_[at(weight, dst)] = State::Coming;
  }
  void lose(TensorId weight, MemoryId dst) { states_[at(weight, dst)] = State::Absent; }

 private:
  enum class State : std::uint8_t { Absent, Coming, There };

  std::size_t at(TensorId weight, MemoryId memory) const {
    return index(weight) * memories_ + index(memory);
  }

  std::size_t memories_ = 0;
  std::vector<State> states_;
};

}  // namespace partita::sim
