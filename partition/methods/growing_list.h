// A list schedule in plain numbers that grows and shrinks fast.
#pragma once

#include <cstdint>
#include <vector>

#include "partition/problem/idle_machine.h"

namespace partita {

// Layers are placed one after the other, always the ready one of the highest key, where it ends first
// and in a gap where one is long enough, as HEFT does (heft.h); what was placed last can be taken
// back.
//
// Model: the idle machine (IdleMachine). Ends are compared after `patience` thousandths of what a
//   layer takes longer on a processor than on its fastest one have been added: below 0, slow
//   processors are busy more, and fast ones free for what is urgent.
// Left out: what IdleMachine leaves out; memory.
// Keeps a reference: the machine must outlive it.
class GrowingList {
 public:
  explicit GrowingList(const IdleMachine& machine);

  using Keys = std::vector<std::int64_t>;  // of each layer; a reference is kept
  void clear(const Keys& keys);            // nothing is placed
  void set_keys(const Keys& keys);
  // Precondition: not all layers are placed. Returns the layer.
  std::uint32_t place_next(std::int64_t patience);

  struct Mark {
    std::size_t placed;
    std::vector<std::uint32_t> ready;
  };
  Mark mark() const { return {order_.size(), ready_}; }
  void go_back(const Mark& mark, const Keys& keys);

  // To place the same again.
  struct Step {
    std::uint32_t layer, lane;
    std::int64_t start;
  };
  std::vector<Step> since(const Mark& mark) const;
  void place_again(const std::vector<Step>& steps, const Keys& keys);

  const std::vector<std::uint32_t>& order() const { return order_; }  // as they were placed
  bool is_placed(std::uint32_t layer) const { return lane_[layer] != kNone; }
  std::int64_t start(std::uint32_t layer) const { return start_[layer]; }
  std::int64_t end(std::uint32_t layer) const { return end_[layer]; }
  std::size_t processor(std::uint32_t layer) const { return processor_of_[lane_[layer]]; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Busy {
    std::int64_t start, end;
  };

  void put(const Step& step, std::size_t gap);
  bool is_less(std::uint32_t a, std::uint32_t b) const {
    return (*keys_)[a] != (*keys_)[b] ? (*keys_)[a] < (*keys_)[b] : a > b;
  }
  void push(std::uint32_t layer);

  const IdleMachine& machine_;
  std::vector<std::uint32_t> processor_of_;  // of each lane, which is a stream
  std::vector<std::vector<Busy>> lanes_;     // ascending
  std::vector<std::int64_t> fastest_;        // of each layer
  const Keys* keys_ = nullptr;
  std::vector<std::uint32_t> ready_;    // a heap
  std::vector<std::uint32_t> missing_;  // producers of each layer
  std::vector<std::uint32_t> order_, lane_;
  std::vector<std::int64_t> start_, end_, come_;
};

}  // namespace partita
