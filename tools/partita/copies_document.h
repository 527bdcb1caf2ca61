// Measured copies and what a machine file makes of them, as `partita plot copies` draws them.
#pragma once

#include <string>

#include "models/hardware/hardware.h"
#include "partition/predict/profile.h"

namespace partita::command {

// {"copies": 1, "machine": "...", "directions": [{"src": "mem0", "dst": "shared",
//   "measured": [{"bytes": 4096, "samples": 23, "p10_ps": 1, "median_ps": 2, "p90_ps": 3}],
//   "simulated": [[4096, 2]],
//   "pieces": [{"from_bytes": 4, "time_ps": 2, "bytes_per_s": 6e9}]}]}
//
// Measured: the profile's copies that nobody else copied beside. Simulated: what one copy of each of
// those sizes takes by itself, set-up included, as the evaluator has it. Pieces: of the link, where
// it has regimes and is the only one on the way. Directions that the machine has no way for are left
// out. Throws ConfigError where none is left.
std::string copies_document(const Profile& profile, const Hardware& hardware,
                            const std::string& profile_file);

}  // namespace partita::command
