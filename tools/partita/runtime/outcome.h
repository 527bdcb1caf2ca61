// What came of one policy in one scenario, in numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/workload/statistics.h"
#include "partition/runtime/record.h"

namespace partita::command {

struct Outcome {
  std::string policy, execution;  // "simulated", "real"
  std::string first;              // configuration
  ServiceRecord record;
  std::vector<Time> decisions;  // how long each took, measured
  std::vector<std::string> notes;

  // Of requests that were answered.
  Time mean{0};
  Percentiles latency;
  // Of all, where one that was turned away counts as `turned_away`.
  double cost_ms = 0;
  std::size_t answered = 0, shed = 0, lost = 0;
  std::size_t migrations = 0;  // configurations that came into force
  Time decision_p99{0};
  std::optional<double> regret;  // to the clairvoyant: 0.05 is 5 % more
};

// Fills in what follows from record and decisions.
void count(Outcome& outcome);
// Costs and regrets, of all policies of one scenario and execution. One that was turned away counts
// as long as the longest that any of them answered. Without a clairvoyant there is no regret.
void compare(std::vector<Outcome>& outcomes);

constexpr const char* kClairvoyant = "clairvoyant";

}  // namespace partita::command
