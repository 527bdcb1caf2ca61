// All that a layer will need of a processor: time, memory, bandwidth, energy.
#pragma once

#include <optional>

#include "models/cost/cost_table.h"
#include "partition/predict/profile.h"

namespace partita {

struct Resources {
  LayerCost cost;       // time, and how far it spreads
  Footprint footprint;  // exact, from shapes
  Bandwidth bandwidth;  // asked for: traffic / time
  // Measured: the profile's counter (there, of this signature). Estimated: active power of the
  // machine file times launch overhead and time. Absent: neither is known.
  struct Use {
    Energy energy;
    CostSource source = CostSource::Estimated;
  };
  std::optional<Use> use;
};

// Absent: the layer cannot run there. `profile` may be null.
std::optional<Resources> resources_of(const Network& network, const Hardware& hardware,
                                      const CostTable& costs, const Profile* profile, LayerId layer,
                                      ProcessorId processor);

}  // namespace partita
