// Small least-squares fits: linear ones with a ridge, and of functions of few parameters.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace partita::learn {

// Solves a x = b for a symmetric, positive definite matrix (row by row) by Cholesky's decomposition.
// A pivot that vanishes gives 0 for its unknown: no equation says anything about it.
std::vector<double> solve_symmetric(std::vector<double> a, std::vector<double> b);

// The x that minimises  sum of (rows[i] . x - values[i])^2 + sum of penalty[j] * x[j]^2  (Hoerl,
// Kennard, "Ridge regression", Technometrics 12(1), 1970). Precondition: rows of equal length, one
// value for each, one penalty >= 0 for each unknown.
std::vector<double> ridge(const std::vector<std::vector<double>>& rows,
                          const std::vector<double>& values, const std::vector<double>& penalty);

struct FitOptions {
  // Residuals beyond it count linearly instead of squared (pseudo-Huber: 2 s^2 (sqrt(1 + (r / s)^2)
  // - 1)); wild measurements cannot spoil the fit.
  double scale = 0.1;
  int most_steps = 100;
};

// Residuals of all equations at the given parameters; always as many.
using Residuals = std::function<void(const std::vector<double>&, std::vector<double>&)>;

// Parameters near `start` that minimise the residuals' loss: Levenberg-Marquardt with a numeric
// Jacobian (Marquardt, J. SIAM 11(2), 1963) on reweighted residuals. Never leaves [low, high].
std::vector<double> fit_parameters(const Residuals& residuals, std::vector<double> start,
                                   const std::vector<double>& low, const std::vector<double>& high,
                                   const FitOptions& options = {});

}  // namespace partita::learn
