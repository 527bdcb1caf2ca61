// Two sweeps side by side.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tools/partita/results/sweep_table.h"

namespace partita::command {

struct Pair {
  std::vector<Cell> axes;  // that both sweeps have
  double a = 0, b = 0;
  double ratio() const { return b / a; }
};

struct Comparison {
  std::string column;
  std::vector<std::string> axes;       // that both have, in the order of the first
  std::vector<Pair> pairs;             // by ratio, ascending
  std::size_t only_a = 0, only_b = 0;  // points whose axes the other one does not have
  std::size_t a_has_more = 0,
              b_has_more = 0;     // of pairs, by answer: one has it, the other does not
  std::size_t without_ratio = 0;  // of pairs: one of the two is not above 0
  double geometric_mean = 1;      // of ratios
};

// By the axes that both have (and the repetition): several points of a sweep that agree in those are
// one, with the median of their answers. Throws ConfigError where a column is none of numbers, or
// nothing can be compared.
Comparison compare(const SweepTable& a, const SweepTable& b, const std::string& column);

}  // namespace partita::command
