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

// Of the bytes of a layer's operands, the parts that are gone from the two.
struct Gone {
  double from_own = 0, from_shared = 0;
};

inline Gone gone(const LayerFeatures& layer, const Datasheet& sheet) {
  const auto part = [](double passed, double half) { return passed / (half + passed); };
  Gone parts;
  for (const LayerFeatures::Operand& each : layer.operands) {
    // What went by took that long at least.
    const double age = each.passed_flops / sheet.rate +
                       each.passed_bytes / (kCoresShareOfBandwidth * sheet.bandwidth);
    parts.from_own += each.share * part(each.passed_bytes, kOwnCache);
    parts.from_shared += each.share * part(age, kSharedCache);
  }
  return parts;
}

}  // namespace partita::learn
