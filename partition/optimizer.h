// The methods that choose a plan, and the table that names them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/evaluate/evaluate.h"
#include "models/plan/plan.h"

namespace partita {

struct Problem {
  const Network& network;
  const Hardware& hardware;
  const CostTable& costs;
};

struct SearchOptions {
  std::uint64_t seed = 1;
  std::int64_t steps =
      20'000;  // plans that a search may evaluate; same seed and steps: the same plan
  // Called now and then with (steps done, best makespan so far); false stops the search, which
  // returns its best.
  std::function<bool(std::int64_t, Time)> progress = nullptr;
};

// No plan exists, and why: a true answer about the input, not a failure of the search.
struct Infeasible {
  std::string
      reason;  // names the layer that no processor can run, or the memory and the bytes missing
};

struct Solution {
  Plan plan;
  Time makespan{0};  // of the plain evaluator
};

using Outcome = std::variant<Solution, Infeasible>;

struct Method {
  std::string_view name, description;
  Outcome (*solve)(const Problem&, const SearchOptions&);
};

// Every method for any network: single, greedy, heft, annealing. --help and errors read this.
const std::vector<Method>& methods();
// For networks that have ranks (collectives): by_rank.
const std::vector<Method>& rank_methods();
const Method* method_named(std::string_view name);  // of both

}  // namespace partita
