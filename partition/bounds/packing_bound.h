// A largest load that no assignment can beat: how far down it could go if devices could share the
// same items in fractions.
#pragma once

#include <cstdint>
#include <functional>

#include "partition/loads/load_model.h"

namespace partita::bounds {

// Asked now and then whether to go on; what is proved so far is a bound, too.
using PackingMore = std::function<bool()>;

// Model: let every item have a price pi(i), and let P_d be what the most valuable set of device d
//   is worth among those whose load (SetLoad) stays within B. An assignment within B needs
//     sum_i pi(i) <= sum_d P_d.
//   Prices that break this prove that B is out of reach. They come from the set partitioning LP by
//   column generation (Gilmore and Gomory, Operations Research 9, 1961), smoothed between the best
//   so far and the LP's (Pessoa et al., INFORMS Journal on Computing 30, 2018); BestSet finds the
//   sets. The LP is solved in floating point and proves nothing: its prices are rounded to whole
//   numbers, and the inequality is computed in whole numbers. B is found by bisection between what
//   the least loads of sets with each item say (or `proved`, a bound already known) and `reached`,
//   the largest load of some feasible assignment. Ticks.
// Left out: capacities of memories, arcs of pipelines, resources other than each device's busiest.
std::int64_t packing_bound(const loads::LoadModel& model, std::int64_t reached,
                           const PackingMore& more = nullptr, std::int64_t proved = 0);

}  // namespace partita::bounds
