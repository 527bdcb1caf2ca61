// Who takes part in a collective, and in which order they stand.
#pragma once

#include <optional>
#include <vector>

#include "models/plan/plan.h"

namespace partita {

struct Participants {
  // Each once, in the order of the ring: from the one that stands first in the machine file always
  // to the nearest of the others (fewest legs, then least latency, then most bandwidth, then file
  // order).
  std::vector<ProcessorId> ring;
  // Places in the ring: of each operand, of each result.
  std::vector<std::size_t> of_operand, of_result;
};

Participants participants_of(const Network& network, const Hardware& hardware, const Plan& plan,
                             LayerId collective);

// The first switch with a reduction that a link joins to the memory of each participant.
std::optional<SwitchId> reducing_switch(const Hardware& hardware,
                                        const std::vector<ProcessorId>& participants);

}  // namespace partita
