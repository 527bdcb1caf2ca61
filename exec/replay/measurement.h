// Under which circumstances numbers were measured, and how good they are, for whoever reads them
// later.
#pragma once

#include <string>

#include "exec/replay/results.h"

namespace partita::exec {

// {"runs": {"clean": 18, "lost_time": 2, "clock_change": 0}, "trustworthy": true,
//  "median_ps": 12300, "confidence": 0.95, "low_ps": 12200, "high_ps": 12500, "clock_error_ns": 0,
//  "notes": ["..."],
//  "environment": {"cpu": "...", "cores": 2, "virtual_machine": true, "topology": "...",
//                  "kernel": "...", "governor": "...", "clock_driver": "...", "least_khz": 800000,
//                  "most_khz": 3500000, "load_before": [0.1, 0.2, 0.3], "load_after": [...],
//                  "processors": [{"name": "cpu0", "device": "...", "computes": "oneDNN 2.6.3",
//                                  "isa": "avx2", "core": 0}]}}
// What the system does not tell is absent; so is the interval, where the runs are too few for one.
std::string to_json(const Repeated& result);
std::string to_json(const Environment& environment);

}  // namespace partita::exec
