// Layers that read operands where they lie, in other memories (evaluate.h, rule 10).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/evaluate/fluid.h"
#include "models/plan/plan.h"

namespace partita {

struct ReadInPlace {
  const Leg* leg = nullptr;
  Bytes size;
  Content content = Content::Activation;

  // On the way to the reader: its memory is not crossed.
  std::span<const ChannelId> channels(const Hardware& hardware) const;
};

// What a layer of the plan reads in place: each operand once, by its number.
std::vector<ReadInPlace> reads_in_place(const Network& network, const Hardware& hardware,
                                        const Plan& plan, LayerId layer);

// The first access of each read sets out and comes back; all of them at once.
Time first_access(const std::vector<ReadInPlace>& reads);

// What a layer that reads in place, or whose processor has to wake, asks for while it runs alone.
//
// Model: of its traffic T, it reads R in place, and its memory has the rest, no more than that can
//   move in the layer's own time. It takes
//     waking + launch overhead + first access
//     + max(time, for each channel on the way of a read:  T * use / capacity).
//   It is one flow of T; of the flow's rate, its own memory has a part of (T - R) / T, and each
//   channel what is read over it / T: `uses`, in units of 1 / kWholeUse, rounded up.
// Left out: that an operand may be read in part or more than once; how many reads a processor can
//   have under way; regimes of links, which are of copies; what requests take of the way back.
struct SpreadDemand {
  LayerDemand demand;
  Time alone{0};
  std::vector<ChannelId> channels;
  std::vector<std::uint32_t> uses;  // none where nothing is read in place
  Bytes traffic;                    // T, as far as its memory can move its part
  std::optional<ChannelId> limit;   // over which reads take longer than the time
};

SpreadDemand spread_demand(const Hardware& hardware, ProcessorId processor, const LayerCost& cost,
                           Time waking, const std::vector<ReadInPlace>& reads);

}  // namespace partita
