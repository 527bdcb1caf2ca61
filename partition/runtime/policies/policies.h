// The policies that there are, by name.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "partition/runtime/policies/plan_library.h"
#include "partition/runtime/policy.h"

namespace partita {

struct PolicyInputs {
  PolicyProblem problem;
  // plan_library(problem, usual_occasions(problem)); policies of one problem share it.
  std::shared_ptr<const PlanLibrary> library;
};

struct PolicyKind {
  std::string_view name, description;
  std::unique_ptr<Policy> (*make)(const PolicyInputs&);
};

// Every policy. --help and errors read this.
const std::vector<PolicyKind>& policies();
const PolicyKind* policy_named(std::string_view name);  // nullptr: there is none

}  // namespace partita
