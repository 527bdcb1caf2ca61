#include "partition/learn/least_squares.h"

#include <algorithm>
#include <cmath>

namespace partita::learn {
namespace {

double loss_of(const std::vector<double>& residuals, double scale) {
  double loss = 0;
  for (const double each : residuals) {
    const double part = each / scale;
    loss += 2 * scale * scale * (std::sqrt(1 + part * part) - 1);
  }
  return loss;
}

}  // namespace

std::vector<double> solve_symmetric(std::vector<double> a, std::vector<double> b) {
  const std::size_t n = b.size();
  const auto at = [&](std::size_t i, std::size_t j) -> double& { return a[i * n + j]; };
  for (std::size_t j = 0; j < n; ++j) {
    const double before = at(j, j);
    double pivot = before;
    for (std::size_t k = 0; k < j; ++k) pivot -= at(j, k) * at(j, k);
    const bool vanishes = pivot <= 1e-14 * std::abs(before) || !(pivot > 0);
    at(j, j) = vanishes ? 0 : std::sqrt(pivot);
    for (std::size_t i = j + 1; i < n; ++i) {
      double sum = at(i, j);
      for (std::size_t k = 0; k < j; ++k) sum -= at(i, k) * at(j, k);
      at(i, j) = vanishes ? 0 : sum / at(j, j);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= at(i, k) * b[k];
    b[i] = at(i, i) > 0 ? b[i] / at(i, i) : 0;
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= at(k, i) * b[k];
    b[i] = at(i, i) > 0 ? b[i] / at(i, i) : 0;
  }
  return b;
}

std::vector<double> ridge(const std::vector<std::vector<double>>& rows,
                          const std::vector<double>& values, const std::vector<double>& penalty) {
  const std::size_t n = penalty.size();
  std::vector<double> a(n * n), b(n);
  for (std::size_t i = 0; i < n; ++i) a[i * n + i] = penalty[i];
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 0; i < n; ++i) {
      b[i] += rows[row][i] * values[row];
      for (std::size_t j = 0; j < n; ++j) a[i * n + j] += rows[row][i] * rows[row][j];
    }
  }
  return solve_symmetric(std::move(a), std::move(b));
}

std::vector<double> fit_parameters(const Residuals& residuals, std::vector<double> start,
                                   const std::vector<double>& low, const std::vector<double>& high,
                                   const FitOptions& options) {
  constexpr double kStep = 1e-6;
  const std::size_t n = start.size();
  std::vector<double> now, beside, x = std::move(start);
  residuals(x, now);
  double loss = loss_of(now, options.scale);
  double damping = 1e-3;
  std::vector<std::vector<double>> slopes(n);
  for (int step = 0; step < options.most_steps; ++step) {
    for (std::size_t j = 0; j < n; ++j) {
      std::vector<double> moved = x;
      const double h = kStep * std::max(1.0, std::abs(x[j])) * (x[j] + kStep > high[j] ? -1 : 1);
      moved[j] += h;
      residuals(moved, beside);
      slopes[j].resize(now.size());
      for (std::size_t i = 0; i < now.size(); ++i) slopes[j][i] = (beside[i] - now[i]) / h;
    }
    std::vector<double> a(n * n), b(n);
    for (std::size_t i = 0; i < now.size(); ++i) {
      const double part = now[i] / options.scale;
      const double weight = 1 / std::sqrt(1 + part * part);
      for (std::size_t j = 0; j < n; ++j) {
        b[j] -= weight * slopes[j][i] * now[i];
        for (std::size_t k = 0; k <= j; ++k) a[j * n + k] += weight * slopes[j][i] * slopes[k][i];
      }
    }
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = j + 1; k < n; ++k) a[j * n + k] = a[k * n + j];
    }
    bool better = false;
    double gain = 0;
    for (int attempt = 0; attempt < 12 && !better; ++attempt) {
      std::vector<double> damped = a;
      for (std::size_t j = 0; j < n; ++j) damped[j * n + j] += damping * (a[j * n + j] + 1e-9);
      const std::vector<double> move = solve_symmetric(std::move(damped), b);
      std::vector<double> next(n);
      for (std::size_t j = 0; j < n; ++j) next[j] = std::clamp(x[j] + move[j], low[j], high[j]);
      residuals(next, beside);
      const double then = loss_of(beside, options.scale);
      better = then < loss;
      if (better) {
        gain = loss - then;
        loss = then, x = std::move(next), now = beside;
      }
      damping = better ? std::max(1e-9, damping / 5) : damping * 4;
    }
    if (!better || gain < 1e-10 * loss) break;
  }
  return x;
}

}  // namespace partita::learn
