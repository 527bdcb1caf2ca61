// How far down the largest load could go if devices could share the same items in fractions: a bound on
// every assignment.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "partition/loads/load_model.h"

namespace partita::bounds {

struct LoadBound {
  std::int64_t value = 0;  // ticks; no feasible assignment has a smaller largest load
  std::string limit;       // what it comes from
};

// Model: if every item has a price pi(i), and P_d is what the most valuable set of device d is worth
//   among those whose load (SetLoad) stays within B, an assignment within B needs
//     sum_i pi(i) <= sum_d P_d.
//   Prices that break this prove that B is out of reach. They come from the set partitioning LP by
//   column generation (Gilmore and Gomory, Operations Research 9, 1961) with smoothed prices
//   (Wentges, "Weighted Dantzig-Wolfe decomposition", 1997); BestSet finds the sets. The LP is
//   solved in floating point, but proves nothing: prices are rounded to whole numbers first, and the
//   inequality is then computed in whole numbers. B is found by bisection below `reached`.
// Left out: capacities of memories, arcs of pipelines, resources other than each device's busiest.
class PackingBound {
 public:
  // `reached`: the largest load of a feasible assignment. `more` is asked between rounds whether to go
  // on; the answer is a bound whenever it says no.
  using More = std::function<bool()>;
  static LoadBound find(const loads::LoadModel& model, std::int64_t reached,
                        const More& more = nullptr);
};

}  // namespace partita::bounds
