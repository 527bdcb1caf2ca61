// What robustness costs and saves.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "partition/methods/methods.h"
#include "tools/partita/objective_options.h"

namespace partita::command {

// A plan that was found for exact times and one that was found over samples, both judged with times
// as they are known, and over many samples that neither search has seen.
struct RobustComparison {
  struct Values {
    double nominal = 0, expected = 0, p95 = 0;
  };
  Values of_nominal_plan, of_robust_plan;
  std::size_t samples = 0;
};
RobustComparison compare_robust(const Asked& asked, const Inputs& inputs, const Plan& nominal_plan,
                                const Plan& robust_plan, std::uint64_t seed);

// Over samples that neither a search nor the comparison sees.
bool is_more_robust(const Asked& asked, const Inputs& inputs, const Plan& plan, const Plan& other,
                    std::uint64_t seed);

void print_comparison(const Objective& objective, const RobustComparison& comparison);
nlohmann::json comparison_json(const RobustComparison& comparison);

}  // namespace partita::command
