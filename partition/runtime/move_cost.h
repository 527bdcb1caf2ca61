// How long it takes to copy weights over idle routes.
#pragma once

#include <optional>

#include "models/hardware/hardware.h"
#include "models/network/network.h"

namespace partita {

// Model: alone, a weight takes what Delays::of_constant() says of what links take for a weight
//   (Content::Weight). Several together take the longest of
//   - what the longest takes alone;
//   - what each engine serves (set-up, data and completion), over its channels; of a processor that
//     copies by itself: until the arrival;
//   - what each link and each memory carries, at its capacity.
//   That is at most the sum of what they take one by one, and at least the longest.
// Left out: that the moves of one queue are in order, so that engines may wait for each other; work
//   that goes on meanwhile.
// References are kept. Allocates nothing once it is made. One for each thread.
class MoveCost {
 public:
  MoveCost(const Network& network, const Hardware& hardware);

  // Absent where there is no way.
  std::optional<Time> alone(TensorId weight, MemoryId src, MemoryId dst) const;

  void clear();
  // Precondition: there is a way.
  void add(TensorId weight, MemoryId src, MemoryId dst);
  Time together() const;  // of what was added since clear()
  Time one_by_one() const { return sum_; }

 private:
  // Of one leg: how long who copies is busy, and when it has arrived.
  struct LegTime {
    Time serving{0}, total{0};
  };
  LegTime leg_time(const Leg& leg, Bytes size) const;

  const Network& network_;
  const Hardware& hardware_;
  IdVector<EngineId, Time> engines_;
  IdVector<ProcessorId, Time> copiers_;
  IdVector<ChannelId, Time> channels_;
  Time longest_{0}, sum_{0};
};

}  // namespace partita
