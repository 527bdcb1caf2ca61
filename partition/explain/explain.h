// Why a plan is as it is: what each part of it, each copy and each number of the machine is worth,
// by judging what would be without it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/analysis/critical_path.h"
#include "partition/problem/cost_model.h"

namespace partita {

// Layers that are joined and run on one processor, and the layers that stay together with them.
struct PlanPart {
  std::vector<LayerId> layers;  // ascending
  ProcessorId processor{};
  Time work{0};  // each layer alone
  // The cheapest other place for all of it: in the order of its layers' starts now, everything else
  // as it is. The value then may even be lower: what the search has missed.
  std::optional<ProcessorId> elsewhere;
  double value_there = 0;
  std::string why_nowhere;  // where no other place is possible: the first reason
};

// A copy on the critical path.
struct CriticalCopy {
  std::uint32_t transfer = 0;  // in Plan::transfers()
  Time on_path{0};             // set-up, data and latency
};

// One number of the machine, twice as good, and the value of the same plan then.
struct NumberChange {
  std::string what;
  double value = 0;
};

struct Explanation {
  double value = 0;             // of the plan
  std::vector<PlanPart> parts;  // the most work first
  std::size_t more_parts = 0;   // that were not tried
  std::vector<PathStep> path;
  std::vector<PartTime> path_parts;
  std::vector<CriticalCopy> copies;   // the longest first
  std::vector<NumberChange> changes;  // that lower the value, the most first
  std::size_t tried_changes = 0;
};

// Precondition: the plan is feasible. At most `most_parts` parts are moved to every other processor.
Explanation explain(const Problem& problem, const Plan& plan, std::size_t most_parts);

}  // namespace partita
