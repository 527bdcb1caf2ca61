// Configurations prepared ahead of time for conditions that may come.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "partition/problem/problem.h"
#include "partition/runtime/policies/candidate.h"

namespace partita {

// What a configuration is prepared for.
struct Occasion {
  std::string name;  // "gpu0 2 x slower"
  Conditions conditions;
  std::vector<double> shares;  // of classes, which add up to 1
  double rate = 0;             // arrivals a second
};

// Undisturbed; each processor 2 x and 5 x slower (and, where no better plans are looked for while
// requests run, 3 x), and missing; each link at a quarter of its rate; and two processors
// 5 x slower at once, where there are three or four.
std::vector<Occasion> usual_occasions(const PolicyProblem& problem);
// Each segment of the future.
std::vector<Occasion> occasions_of(const PolicyProblem& problem,
                                   const std::vector<Segment>& future);

// Shares of classes as expected, which add up to 1.
std::vector<double> expected_shares(const PolicyProblem& problem);

// Model: for each occasion and class, simulated annealing of the latency finds a plan, from the
//   quick methods undisturbed, else from HEFT and the best plans so far; where several requests run
//   at once and use more than half of the machine, a search for throughput finds another. Of all
//   plans it is known what they cost on all occasions. A configuration for each occasion has the
//   plan of each class that is best then. Of these, the one that is best undisturbed is kept, then
//   always the one that takes most off the regrets that those kept leave, summed over occasions;
//   until none takes off half a percent, or kMostKept are kept.
// Cost: mean latency with waiting (cost_over() over the horizon, each request).
struct PlanLibrary {
  std::vector<Occasion> occasions;
  std::vector<Candidate> candidates;  // at least one
  // By candidate, then by occasion; seconds a request; infinite: it cannot run then.
  std::vector<std::vector<double>> cost;
  // One plan for all classes: the best undisturbed, and the one with the least mean over occasions
  // of its cost in parts of the best one's there. One that cannot run counts kCannotRun.
  Candidate best_static, robust;

  static constexpr std::size_t kMostKept = 24;
  static constexpr double kLeastGain = 0.005;
  static constexpr double kCannotRun = 20;
};

// Infeasible: no plan on any occasion. Same problem, same library.
std::variant<PlanLibrary, Infeasible> plan_library(const PolicyProblem& problem,
                                                   std::vector<Occasion> occasions);

}  // namespace partita
