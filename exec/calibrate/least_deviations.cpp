#include "exec/calibrate/least_deviations.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace partita::exec {
namespace {

constexpr int kRounds = 50;
// Deviations below this fraction of the largest value count as this much, so that weights stay
// finite.
constexpr double kSmallest = 1e-9;

// Solves the symmetric positive system by Gauss elimination with pivoting; unknowns without a pivot
// are 0.
std::vector<double> solve(std::vector<std::vector<double>> matrix, std::vector<double> right) {
  const std::size_t n = right.size();
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row) {
      if (std::fabs(matrix[row][column]) > std::fabs(matrix[pivot][column])) pivot = row;
    }
    std::swap(matrix[column], matrix[pivot]);
    std::swap(right[column], right[pivot]);
    if (matrix[column][column] == 0) continue;
    for (std::size_t row = 0; row < n; ++row) {
      if (row == column) continue;
      const double factor = matrix[row][column] / matrix[column][column];
      for (std::size_t k = column; k < n; ++k) matrix[row][k] -= factor * matrix[column][k];
      right[row] -= factor * right[column];
    }
  }
  std::vector<double> x(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    if (matrix[i][i] != 0) x[i] = right[i] / matrix[i][i];
  }
  return x;
}

double residual(const Equation& equation, const std::vector<double>& x) {
  double sum = -equation.value;
  for (std::size_t i = 0; i < x.size(); ++i) sum += equation.coefficients[i] * x[i];
  return sum;
}

// Least squares over the unknowns that are free; the others stay at `lowest`.
std::vector<double> weighted_squares(const std::vector<Equation>& equations,
                                     const std::vector<double>& weights,
                                     const std::vector<bool>& free,
                                     const std::vector<double>& lowest) {
  const std::size_t n = lowest.size();
  std::vector<std::vector<double>> matrix(n, std::vector<double>(n, 0));
  std::vector<double> right(n, 0);
  for (std::size_t e = 0; e < equations.size(); ++e) {
    const Equation& equation = equations[e];
    double value = equation.value;
    for (std::size_t i = 0; i < n; ++i) {
      if (!free[i]) value -= equation.coefficients[i] * lowest[i];
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (!free[i]) continue;
      right[i] += weights[e] * equation.coefficients[i] * value;
      for (std::size_t j = 0; j < n; ++j) {
        if (free[j]) {
          matrix[i][j] += weights[e] * equation.coefficients[i] * equation.coefficients[j];
        }
      }
    }
  }
  std::vector<double> x = solve(std::move(matrix), std::move(right));
  for (std::size_t i = 0; i < n; ++i) {
    if (!free[i]) x[i] = lowest[i];
  }
  return x;
}

std::vector<double> reweighted(const std::vector<Equation>& equations,
                               const std::vector<bool>& free, const std::vector<double>& lowest,
                               double largest) {
  std::vector<double> weights;
  for (const Equation& equation : equations) weights.push_back(equation.weight);
  std::vector<double> x = lowest;
  for (int round = 0; round < kRounds; ++round) {
    x = weighted_squares(equations, weights, free, lowest);
    for (std::size_t e = 0; e < equations.size(); ++e) {
      weights[e] = equations[e].weight / std::max(std::fabs(residual(equations[e], x)),
                                                  kSmallest * std::max(largest, 1.0));
    }
  }
  return x;
}

}  // namespace

std::vector<double> least_deviations(const std::vector<Equation>& equations,
                                     const std::vector<double>& lowest) {
  if (equations.empty()) return {};
  double largest = 0;
  std::vector<bool> free(lowest.size(), false);
  for (const Equation& equation : equations) {
    largest = std::max(largest, std::fabs(equation.value));
    for (std::size_t i = 0; i < free.size(); ++i) {
      if (equation.coefficients[i] != 0) free[i] = true;
    }
  }
  // Active set: an unknown that wants to be below its limit once the wild equations have lost their
  // weight is held there, and the others are found anew.
  while (true) {
    const std::vector<double> x = reweighted(equations, free, lowest, largest);
    bool sound = true;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (free[i] && x[i] < lowest[i]) free[i] = sound = false;
    }
    if (sound) return x;
  }
}

}  // namespace partita::exec
