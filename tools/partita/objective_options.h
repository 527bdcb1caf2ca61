// How people say what a plan is to be good at, and what it must keep to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "partition/problem/problem.h"
#include "partition/problem/rules.h"
#include "tools/partita/command_app.h"
#include "tools/partita/inputs.h"

namespace partita::command {

struct ObjectiveOptions {
  std::string objective = "latency";
  std::string constraints;  // file
  std::vector<std::string> pin, bar, together, min_share, max_share, limit;
  bool contiguous = false;
  std::string uncertainty;  // "10%"; empty: times are exact
  std::string robust = std::string(to_string(Statistic::P95));
  int samples = 32;
};

// --objective; --pin, --bar, --together, --contiguous, --min-share, --max-share, --limit,
// --constraints; --uncertainty, --robust, --samples.
void add_objective_options(CLI::App& app, ObjectiveOptions& options);

// "latency", "latency=1,energy=0.5". Throws ConfigError.
Objective objective_of(const std::string& text);

// What was asked, in the terms of a problem. Problems that it makes refer to it.
struct Asked {
  Objective objective;
  std::vector<Rule> rules;
  Ruled ruled;
  std::optional<double> spread;  // of uncertain times
  Uncertainty uncertainty;       // with samples only then

  Problem problem(const Inputs& inputs) const {
    return {inputs.network, inputs.hardware, ruled.costs, objective, ruled.constraints};
  }
};
// Throws ConfigError with all mistakes in the options and the file of constraints.
Asked asked_of(const ObjectiveOptions& options, const Inputs& inputs, std::uint64_t seed);

// Why there is no plan: the smallest set of rules that exclude each other where one is found, else
// what the method says.
struct NoPlan {
  std::string reason;
  std::vector<std::string> conflict;  // texts of rules
};
NoPlan why_no_plan(const Infeasible& no, const Asked& asked, const Inputs& inputs);
void print_no_plan(const NoPlan& why, bool json);

}  // namespace partita::command
