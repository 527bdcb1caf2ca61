// Medians of how long something takes.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace partita::race {

struct Samples {
  std::vector<double> values;
  double at(double quantile) const {
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1))];
  }
  double median() const { return at(0.5); }
};

template <class Work>
double seconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace partita::race
