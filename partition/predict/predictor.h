// From the profile and the machine to the cost table, each entry with its source.
#pragma once

#include "models/cost/cost_table.h"
#include "partition/predict/profile.h"

namespace partita {

// Measured: the profile's median for the layer's signature on that processor. Interpolated: between
// two measured there that differ in size only (Interpolation). Estimated: the
// roofline, scaled by the ratio measured / roofline of the same operator family on that processor
// where the profile has any (the median of the ratios). Given: times of a costed graph. All times
// ProcessorSpec::time_scale.
CostTable predicted_costs(const Network& network, const Hardware& hardware, const Profile& profile);

}  // namespace partita
