// The requests of a scenario: the same for every policy and execution.
#pragma once

#include <vector>

#include "models/scenario/scenario.h"

namespace partita {

struct ScenarioRequest {
  Time arrival{0};
  std::uint32_t input_class = 0;  // what it is
  std::uint32_t seen_class = 0;   // what the analyzer takes it for
};

// By arrival. Classes are drawn by the shares of the time of arrival; the analyzer errs
// independently, and takes any other class then. `capacity`: requests a second that the best static
// plan can serve, for arrivals that are a share of it. A trace may bring classes (column `class`).
// Throws ConfigError for a trace with mistakes.
std::vector<ScenarioRequest> requests_of(const Scenario& scenario, double capacity);

}  // namespace partita
