// Linear fits that a few wild measurements cannot spoil.
#pragma once

#include <cstddef>
#include <vector>

namespace partita::exec {

// One equation: sum over i of coefficients[i] * x[i] should be `value`; it counts `weight` times.
struct Equation {
  std::vector<double> coefficients;
  double value = 0;
  double weight = 1;
};

// The x >= lowest (element by element) that minimises the weighted sum of absolute deviations, by
// iteratively reweighted least squares (Holland, Welsch, Communications in Statistics 6(9), 1977).
// An unknown that no equation says anything about stays at `lowest`. Empty without equations.
std::vector<double> least_deviations(const std::vector<Equation>& equations,
                                     const std::vector<double>& lowest);

}  // namespace partita::exec
