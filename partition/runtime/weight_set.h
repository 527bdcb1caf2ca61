// Which weights are in which memories.
#pragma once

#include <vector>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/timeline/workload.h"

namespace partita {

// A flag for each tensor and memory, and the bytes of each memory.
class WeightSet {
 public:
  WeightSet(const Network& network, const Hardware& hardware)
      : network_(&network),
        memories_(hardware.memories().size()),
        there_(network.tensors().size() * memories_, 0),
        bytes_(memories_) {}

  bool has(TensorId weight, MemoryId memory) const {
    return there_[index(weight) * memories_ + index(memory)] != 0;
  }
  bool has(const WeightPlace& place) const { return has(place.weight, place.memory); }
  Bytes bytes(MemoryId memory) const { return bytes_[memory]; }

  // False: it was there, or it was not.
  bool add(const WeightPlace& place) { return set(place, 1); }
  bool remove(const WeightPlace& place) { return set(place, 0); }
  void clear() {
    there_.assign(there_.size(), 0);
    bytes_.assign(memories_, Bytes{});
  }

  // `visit(WeightPlace)` for all of them, ascending.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i < there_.size(); ++i) {
      if (there_[i] == 0) continue;
      visit(
          WeightPlace{static_cast<TensorId>(i / memories_), static_cast<MemoryId>(i % memories_)});
    }
  }
  std::vector<WeightPlace> places() const {
    std::vector<WeightPlace> all;
    for_each([&](const WeightPlace& place) { all.push_back(place); });
    return all;
  }
  void add(const WeightSet& others) {
    others.for_each([&](const WeightPlace& place) { add(place); });
  }
  bool covers(const WeightSet& others) const {
    for (std::size_t i = 0; i < there_.size(); ++i) {
      if (others.there_[i] > there_[i]) return false;
    }
    return true;
  }

 private:
  bool set(const WeightPlace& place, std::uint8_t value) {
    std::uint8_t& there = there_[index(place.weight) * memories_ + index(place.memory)];
    if (there == value) return false;
    there = value;
    const Bytes size = network_->tensor(place.weight).size;
    bytes_[place.memory] += value != 0 ? size : Bytes{-size.value};
    return true;
  }

  const Network* network_;
  std::size_t memories_;
  std::vector<std::uint8_t> there_;  // [tensor][memory]
  IdVector<MemoryId, Bytes> bytes_;
};

}  // namespace partita
