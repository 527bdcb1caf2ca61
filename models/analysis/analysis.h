// Everything that a run says about where its time went.
#pragma once

#include <string>

#include "models/analysis/signals.h"
#include "models/analysis/waiting.h"
#include "models/analysis/what_if.h"

namespace partita {

struct Analysis {
  explicit Analysis(const PlanRun& run);

  Activity activity;
  Traffic traffic;
  Consumption consumption;
  IdVector<ProcessorId, ProcessorTime> processors;
  std::vector<PathStep> path;
  std::vector<PartTime> parts;   // of the path; the first is the bottleneck
  std::vector<WhatIf> what_ifs;  // none until somebody tries changes
};

// JSON, version 1; see analysis_json.cpp. Series over time only if wanted.
std::string to_json(const PlanRun& run, const Analysis& analysis, bool series);

}  // namespace partita
