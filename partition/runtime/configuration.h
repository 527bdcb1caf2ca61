// What is in force while requests run: a plan for each class of inputs, and the weights that they
// need where they need them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/plan/plan.h"
#include "models/timeline/workload.h"

namespace partita {

// Classes may share a plan. Plans are shared because requests keep theirs until they are done, also
// when another configuration is in force.
struct Configuration {
  std::string name;                                // for people: "gpu0 2 x slower", "without npu"
  std::vector<std::shared_ptr<const Plan>> plans;  // by class of inputs
  // Weights that are there besides those that the plans read: of Policy::plan_for(), of a standby.
  std::vector<WeightPlace> also{};
};

}  // namespace partita
