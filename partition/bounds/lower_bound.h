// A value that no plan can beat, found apart from the methods.
#pragma once

#include <optional>
#include <string>

#include "models/plan/plan.h"
#include "partition/problem/deadline.h"
#include "partition/problem/problem.h"

namespace partita {

struct LatencyBound {
  Time value{0};
  std::string limit;  // what it comes from: "critical path", "work of all processors", ...
  // A plan that the bound is made of, as far as it knows the machine: one to begin with.
  std::optional<Placement> near{};
};
LatencyBound latency_bound(const Problem& problem, const Deadline& deadline = {});

struct LowerBound {
  double value = 0;  // by the problem's objective
  std::string limit;
  std::optional<Placement> near{};  // as in LatencyBound
};
// The weighted sum of what is known of each term; 0 of those of which nothing is. Where times are
// uncertain, the statistic over the bounds of all samples. Constraints but groups are left out.
// From the deadline on, nothing is begun anew: what is proved by then is the answer.
LowerBound lower_bound(const Problem& problem, const Deadline& deadline = {});

}  // namespace partita
