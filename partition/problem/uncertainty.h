// Times that nobody knows exactly, as samples that could all come true.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/cost/cost_table.h"

namespace partita {

// What one number says about the values that a plan has in all samples.
enum class Statistic : std::uint8_t { Expected, P95 };
constexpr std::array<std::string_view, 2> kStatistics{"expected", "p95"};
constexpr std::string_view to_string(Statistic statistic) {
  return kStatistics[static_cast<std::size_t>(statistic)];
}

// Mean, or the least value that at least 95 % do not exceed (nearest rank). Precondition: some.
double statistic_of(std::vector<double> values, Statistic statistic);

struct Uncertainty {
  std::vector<CostTable> samples;  // at least one; each of the layers and processors of the nominal
  Statistic statistic = Statistic::Expected;
};

// Model: a time t is drawn from the distribution whose quantiles at 10, 50 and 90 % are low x t, t
//   and high x t, with straight lines between, and on beyond them: LayerCost::spread where there is
//   one, else 1 -+ `spread`.
//   Errors have a cause in common half of the time: one draw for all layers of a processor in a
//   sample, that half of its layers take as theirs; the others draw for themselves. (All errors
//   apart would cancel out in any sum of many layers.)
// Left out: uncertain copies. Same seed, same samples.
std::vector<CostTable> sampled_costs(const CostTable& costs, std::size_t processors, double spread,
                                     std::size_t count, std::uint64_t seed);

}  // namespace partita
