// From the profile and the machine to the cost table, each entry with its source.
#pragma once

#include "models/cost/cost_table.h"
#include "partition/learn/learned_model.h"
#include "partition/predict/profile.h"

namespace partita {

// For each layer and processor, the best that is known:
//   measured: the profile's median for the layer's signature on that processor;
//   interpolated: between two measured there that differ from it in size only (Interpolation); but
//     what `learned` says of a core of a CPU that it learned from comes first, since kernels of cores
//     jump between sizes;
//   learned: what `learned` says of the layer on such a processor (null: nothing). A processor that
//     it was not learned from sharpens it by the kLearnedPoints most telling of the network's layers
//     that the profile has;
//   estimated: the roofline, scaled by the ratio measured / roofline of the same operator family on
//     that processor where the profile has any (the median of the ratios); what may only rename its
//     operand takes as long as others that do (the median of their times);
//   given: times of a costed graph.
// All times ProcessorSpec::time_scale.
CostTable predicted_costs(const Network& network, const Hardware& hardware, const Profile& profile,
                          const learn::LearnedModel* learned = nullptr);

// `learned` on a processor, sharpened as above; without the processor's time_scale. It must outlive
// the answer.
inline constexpr std::size_t kLearnedPoints = 20;
learn::DeviceModel learned_on(const Network& network, const Hardware& hardware,
                              ProcessorId processor, const Profile& profile,
                              const learn::LearnedModel& learned);

}  // namespace partita
