// The best of all plans, by trying every one: the oracle for small networks.
#pragma once

#include <optional>

#include "models/cost/cost_table.h"
#include "models/evaluate/evaluate.h"

namespace partita::test {

struct Optimum {
  Time makespan{0};
  std::size_t plans = 0;  // that were tried
};

// Over all assignments and all orders of each processor that do not wait for themselves; transfers
// queued as make_plan() does. Absent where no plan fits. Meant for up to six layers on three
// processors.
std::optional<Optimum> best_of_all_plans(const Network& network, const Hardware& hardware,
                                         const CostTable& costs);

}  // namespace partita::test
