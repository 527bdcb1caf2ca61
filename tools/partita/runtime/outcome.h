// What came of one policy in one scenario, in numbers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
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
  // 0.05: it costs 5 % more. Regret is to the better clairvoyant, who may be beaten: it only chooses
  // a schedule. `behind` is to the best of all that ran.
  std::optional<double> regret;
  double behind = 0;
};

// Fills in what follows from record and decisions.
void count(Outcome& outcome);
// Costs and regrets, of all policies of one scenario and execution. One that was turned away counts
// as long as the longest that any of them answered. Without a clairvoyant among them there is no
// regret.
void compare(std::vector<Outcome>& outcomes);

constexpr std::string_view kClairvoyant = "clairvoyant";  // and what begins so

}  // namespace partita::command
