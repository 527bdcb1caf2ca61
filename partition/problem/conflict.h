// Which constraints cannot be kept to together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "partition/problem/problem.h"
#include "partition/problem/rules.h"

namespace partita {

struct Conflict {
  std::vector<Rule> rules;  // cannot all be kept to; without any one of them, they could
  std::string reason;       // why; of the machine alone where there are no rules
};

// A smallest set of rules that no assignment keeps to, by leaving out one after the other
// (deletion filter: Chinneck and Dravnieks, "Locating minimal infeasible constraint sets in linear
// programs", ORSA Journal on Computing 3(2), 1991). Smallest: no part of it is proved impossible.
// Absent where no proof was found that all of them together are impossible: find_assignment() has
// its limits, and knows neither activations nor limits of terms.
std::optional<Conflict> smallest_conflict(const Network& network, const Hardware& hardware,
                                          const CostTable& costs, std::vector<Rule> rules);

}  // namespace partita
