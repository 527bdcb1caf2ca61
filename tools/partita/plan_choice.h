// The plan that a verb runs: from a file, or chosen first as `partita partition` would.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "models/plan/plan.h"
#include "partition/problem/problem.h"
#include "tools/partita/command_app.h"
#include "tools/partita/inputs.h"

namespace partita::command {

struct PlanChoice {
  std::string file{};    // of a plan; "": the method chooses
  std::string method{};  // "": the file says
  std::int64_t steps = 20'000;
  bool zero_copy = true;  // operands may be read where they lie, where the machine can do that

  const std::string& source() const { return file.empty() ? method : file; }  // for messages
};

// --plan or --method, and --steps.
void add_plan_options(CLI::App& app, PlanChoice& choice);
// --method alone, for who searches anyway; what there is, with explanations.
CLI::Option* add_method_option(CLI::App& app, std::string& method);

struct ChosenPlan {
  Plan plan;
  std::string found_by;  // "": it is from a file
};

// For latency, without constraints. Throws ConfigError where neither or both are said, and for a plan
// that does not belong to these inputs.
std::variant<ChosenPlan, Infeasible> chosen_plan(const PlanChoice& choice, const Network& network,
                                                 const Hardware& hardware, const CostTable& costs,
                                                 std::uint64_t seed);

}  // namespace partita::command
