// The best of all plans, by trying every one: the oracle for small networks.
#pragma once

#include <functional>
#include <optional>

#include "models/cost/cost_table.h"
#include "models/evaluate/evaluate.h"

namespace partita::test {

struct Optimum {
  Time makespan{0};
  std::size_t plans = 0;  // that were tried
};

// All assignments and all orders of each processor that do not wait for themselves; transfers
// queued as make_plan() does. Meant for up to six layers on three processors.
void for_all_plans(const Network& network, const Hardware& hardware, const CostTable& costs,
                   const std::function<void(const Plan&)>& visit);

// The best of them. Absent where no plan fits.
std::optional<Optimum> best_of_all_plans(const Network& network, const Hardware& hardware,
                                         const CostTable& costs);

}  // namespace partita::test
