// The methods that choose a plan, and the table that names them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/plan/plan.h"
#include "partition/problem/cost_model.h"
#include "partition/problem/deadline.h"

namespace partita {

// How far a search has come.
struct Progress {
  std::int64_t steps = 0;         // plans evaluated
  std::optional<double> best{};   // value of the best plan so far
  std::optional<double> bound{};  // that no plan can beat, where the method knows one
  std::string_view method;        // that is at work
};

struct SearchOptions {
  std::uint64_t seed = 1;
  // Plans that a search may evaluate; same seed and steps: the same plan.
  std::int64_t steps = 20'000;
  // The clock decides as well, where this is given: then the plan depends on the machine's speed.
  std::optional<double> seconds{};
  // A quick method that has no plan by then gives none. Never, unless a search asks: whoever asks for
  // one quick method wants its plan.
  Deadline quick_until{};
  // To show what contention is worth: annealing and its relatives judge plans as if nothing disturbed
  // anything (idle_schedule.h), and only their answer by what really happens. For latency.
  bool ignore_contention = false;
  // Called now and then; false stops the search, which returns its best. So a caller's clock limits
  // time, and Ctrl-C is no loss.
  std::function<bool(const Progress&)> progress = nullptr;
};

struct Solution {
  Plan plan;
  PlanCost cost;  // of the plain evaluator
  double value = 0;
  std::optional<double> bound{};  // that no plan can beat, where the method proved one
};

using Outcome = std::variant<Solution, Infeasible>;

struct Method {
  enum class Kind : std::uint8_t { Quick, Search, Portfolio };
  std::string_view name, description;
  Kind kind;  // Search and Portfolio: better with more steps or more time
  Outcome (*solve)(const Problem&, const SearchOptions&);
};

// Every method for any network. --help and errors read this.
const std::vector<Method>& methods();
// For networks that have ranks (collectives): by_rank.
const std::vector<Method>& rank_methods();
const Method* method_named(std::string_view name);  // of both

}  // namespace partita
