// What machines cost and what they have to reach: the task of `partita design`.
//
//   prices:
//     currency: EUR                                  # for people
//     base: 1500                                     # whatever the axes say
//     machine.links.nvlink.bandwidth: {per: 100 GB/s, price: 40}      # in proportion to its number
//     machine.memories.hbm.capacity: {8 GiB: 90, 16 GiB: 160}         # of each value of a list
//   goals:
//     makespan_ps: {at_most: 12 ms}                  # a column of the results
//     throughput_per_s: {at_least: 500}
#pragma once

#include <string>
#include <vector>

#include "models/base/document.h"
#include "models/sweep/axis.h"

namespace partita {

// What the value of an axis costs: number / per * price, or the price of each value, in order.
struct AxisPrice {
  std::size_t axis = 0;
  double per = 0;  // in the unit of the axis; 0: there is a table
  double price = 0;
  std::vector<double> table;  // of the values of the axis
};

struct Goal {
  std::string column;
  bool at_most = true;  // or at least
  double bound = 0;     // as numbers of the column are: "12 ms" of a column "..._ps" is 1.2e10
  std::string text;     // as it was written
};

struct DesignTask {
  std::string currency;
  double base = 0;
  std::vector<AxisPrice> prices;
  std::vector<Goal> goals;

  bool has_prices = false;
};

// The price of a machine: the base and that of each axis. `values` are those of all axes.
double price_of(const DesignTask& task, const std::vector<Axis>& axes,
                const std::vector<SweepValue>& values);

void read_prices(const ValueReader& value, std::vector<Axis>& axes, DesignTask& task);
void read_goals(const ValueReader& value, DesignTask& task);

}  // namespace partita
