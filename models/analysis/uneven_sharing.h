// Where packets would not share a link as flows do: what fidelity `fluid` says with least
// certainty.
#pragma once

#include <vector>

#include "models/analysis/plan_run.h"

namespace partita {

// Model: flows that meet share a channel one by one; a switch takes turns among the inputs by which
//   packets come. While n flows cross a channel that is too narrow for all of them, n_i of them by
//   each of k inputs, sum_i |n_i / n - 1 / k| / 2 of the channel goes to other copies than fluid
//   says. That share, summed up over time, is `misplaced`.
// Left out: arbiters that do not take turns; flows that another channel holds back; that a copy
//   which ends sooner gives way sooner.
struct UnevenSharing {
  ChannelId channel{};
  Time misplaced{0};
  std::vector<ChannelId> inputs;    // of the flows that met there unevenly, in their order
  std::vector<std::uint32_t> legs;  // of the timeline
};

// Of all channels at which something is misplaced, the most first.
std::vector<UnevenSharing> uneven_sharing(const Timeline& timeline, const Network& network,
                                          const Hardware& hardware, const Plan& plan);

}  // namespace partita
