// What layers on a core of a CPU find in its caches.
#pragma once

#include <cmath>

#include "partition/learn/physics/physics.h"

namespace partita::learn {

// Half of what was written that many bytes ago has left the core's own cache, half of what was
// written that long ago the one that it shares with others, whatever they do. Of cores of the 2020s;
// what differs goes into the fitted numbers.
inline constexpr double kOwnCache = 1.2e6;             // bytes
inline constexpr double kSharedCache = 1e-3;           // seconds
inline constexpr double kCoresShareOfBandwidth = 0.3;  // that one core draws from memory

constexpr double part_beyond(double passed, double half) { return passed / (half + passed); }

// Seconds that what went by since a layer's operands were made took at least.
inline double age_of(const LayerFeatures& layer, const Datasheet& sheet) {
  return layer.passed_flops / sheet.rate +
         layer.passed_bytes / (kCoresShareOfBandwidth * sheet.bandwidth);
}

}  // namespace partita::learn
