// Plans that are best at one thing or at another, and the compromises between.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "partition/methods/methods.h"

namespace partita {

struct ParetoOptions {
  Term first = Term::Latency, second = Term::EnergyUse;
  std::size_t points = 9;  // that are looked for, the two ends among them; at least 2
};

struct ParetoPoint {
  Solution solution;  // its cost has both terms
  double first = 0, second = 0;
};

// None is as good as another in both terms and better in one; by ascending first term.
using ParetoFront = std::vector<ParetoPoint>;

// Epsilon constraints (Haimes, Lasdon, Wismer, "On a bicriterion formulation of the problems of
// integrated system identification and system optimization", IEEE Transactions on Systems, Man, and
// Cybernetics 1(3), 1971): first each term alone by `solve`, each then the other without loss of
// it; then the first term, with the second limited to values evenly between the ends, annealed from
// the plans known so far. Unlike weighted sums they also find what lies behind the straight line
// between two others. The problem's own limits and constraints hold; its objective does not matter.
// Each search has the steps of the options. What is dominated is left out.
std::variant<ParetoFront, Infeasible> pareto_front(const Problem& problem,
                                                   const ParetoOptions& pareto,
                                                   const Method& method,
                                                   const SearchOptions& options);

// Without what another point is as good as or better than in both terms.
ParetoFront without_dominated(ParetoFront points);

}  // namespace partita
