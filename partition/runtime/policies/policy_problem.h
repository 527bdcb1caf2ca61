// What a policy is made for: the inputs, the machine, and what is expected of both.
#pragma once

#include <cstdint>
#include <vector>

#include "models/cost/cost_table.h"
#include "partition/runtime/conditions.h"

namespace partita {

// Inputs that seem to cost the same before they run. Networks of all classes have the same structure:
// layers, tensors and weights; sizes of activations, and costs, differ.
struct InputClass {
  const Network* network = nullptr;
  const CostTable* costs = nullptr;  // expected
  double share = 1;                  // of all requests, in any unit
  // Of inputs that are of this class, as is known of each when it has run; null: the same as above,
  // as none is of another class than it seems to be.
  const Network* true_network = nullptr;
  const CostTable* true_costs = nullptr;

  InputClass when_known() const {
    return {true_network != nullptr ? true_network : network,
            true_costs != nullptr ? true_costs : costs, share};
  }
};

// From `from` until the next one begins, or for ever.
struct Segment {
  Time from{0};
  Conditions conditions;
  std::vector<double> shares;  // by class
  double arrivals_per_second = 0;
};

// What it points to must outlive policies that are made of it.
struct PolicyProblem {
  const Hardware* hardware = nullptr;  // what its `load:` says no policy knows
  std::vector<InputClass> classes;     // at least one
  std::size_t in_flight = 1;           // requests that run at once, at most
  double arrivals_per_second = 0;      // expected; 0: one after another
  // What is found out now is taken to hold for so long.
  Time horizon = std::chrono::seconds{1};
  std::uint64_t seed = 1;
  std::int64_t steps = 400;  // plans that each search ahead of time may evaluate
  // What a decision may do: layers of plans that are executed (an execution of a plan of 200 layers
  // counts 200). A count and no clock, so that the same readings lead to the same decisions.
  std::int64_t work_per_look = 400;
  // Requests may run by plans of which not all weights-free layers are where the configuration has
  // them: to find out whether a processor that is not used is well again.
  bool probes = true;
  // Requests may run by other plans than that in force, while others are on their way (router.h).
  bool routes = true;
  // Better plans are looked for while requests run, beside those that were prepared.
  bool searches = true;
  // Weights stand ready in every memory that has room for all of them, from the start.
  bool replicates = true;
  std::vector<Segment> future{};  // for the clairvoyant only; ascending
};

// What is known of requests when they have run.
inline PolicyProblem when_known(PolicyProblem problem) {
  for (InputClass& each : problem.classes) each = each.when_known();
  return problem;
}

inline std::size_t layer_count(const PolicyProblem& problem) {
  return problem.classes.front().network->layer_count();
}

}  // namespace partita
