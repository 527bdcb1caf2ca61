// The cost table as people and other programs read it.
#pragma once

#include <string>

#include "models/cost/cost_table.h"
#include "partition/predict/profile.h"

namespace partita::command {

// The `rows` layers that take longest on their best processor, and the totals of each processor.
void print_costs(const Network& network, const Hardware& hardware, const CostTable& costs,
                 std::size_t rows);

// All that is known of what layers need (Resources), with where it is from; a line for each pair that
// can run. `profile` may be null.
std::string costs_csv(const Network& network, const Hardware& hardware, const CostTable& costs,
                      const Profile* profile);

// "176 measured, 12 estimated"
std::string sources_text(const Network& network, const Hardware& hardware, const CostTable& costs);

}  // namespace partita::command
