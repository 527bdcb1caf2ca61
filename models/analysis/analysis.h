// Everything that a run says about where its time went.
#pragma once

#include <optional>
#include <string>

#include "models/analysis/signals.h"
#include "models/analysis/waiting.h"
#include "models/analysis/what_if.h"

namespace partita {

struct Analysis {
  explicit Analysis(const WorkloadRun& run);

  Activity activity;
  Traffic traffic;
  Consumption consumption;
  IdVector<ProcessorId, ProcessorTime> processors;
  LatencyTime latency;
  std::vector<PathStep> path;
  std::vector<PartTime> parts;  // of the path; the first is the bottleneck
  // None until somebody tries changes; what they are measured by, if not by the makespan.
  std::vector<WhatIf> what_ifs;
  std::optional<Time> what_if_now;
  std::string what_if_of;  // "period"
};

// Of the whole run (signals.h).
inline std::vector<Signal> signals_of(const Hardware& hardware, const Analysis& analysis) {
  return signals_of(hardware, analysis.activity, analysis.traffic, analysis.consumption);
}

// JSON, version 1; see analysis_json.cpp. Series over time only if wanted.
std::string to_json(const WorkloadRun& run, const Analysis& analysis,
                    const std::vector<Signal>& series = {});

}  // namespace partita
