// The layers that one collective becomes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/collectives/algorithms.h"
#include "models/collectives/participants.h"
#include "models/network/network.h"

namespace partita {

struct Step {
  enum class Does : std::uint8_t { Launch, Sum, Pass };

  Layer layer;
  ProcessorId processor{};
  Does does = Does::Pass;
};

// Where a tensor of a step comes from, to queue what is sent of it.
struct Sent {
  std::size_t from = 0;  // participant
  std::size_t round = 0;
};

struct CollectiveSteps {
  Participants participants;
  std::vector<Step> steps;             // each behind those whose tensors it reads
  IdVector<TensorId, Tensor> tensors;  // new ones; numbered from `first_tensor` on
  std::vector<Sent> sent;              // likewise
};

// How a plan's choice can be carried out, or why not.
struct HowToCollect {
  OpKind what = OpKind::AllReduce;
  CollectiveChoice choice;
  std::optional<ProcessorId> unit;  // of the switch that adds up
};

// Numbers of new tensors start at `first_tensor`. Preconditions: at least two participants; no
// operand is empty.
CollectiveSteps steps_of(const Network& network, const Hardware& hardware, LayerId collective,
                         Participants participants, const HowToCollect& how,
                         std::size_t first_tensor);

}  // namespace partita
