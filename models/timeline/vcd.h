// Signals as a value change dump, which GTKWave and other wave viewers open.
#pragma once

#include <string>
#include <vector>

#include "models/timeline/series.h"

namespace partita {

// IEEE 1364-2005, section 18.2: one scope for each group, each signal a 64-bit vector in the unit
// of its name, one time unit a picosecond, up to `until`. Characters that wave viewers take for
// something else become "_"; directions of a link become "_forth" and "_back".
std::string value_change_dump(const std::vector<Signal>& signals, Time until);

}  // namespace partita
