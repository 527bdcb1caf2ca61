// What few measurements tell of their neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace partita::learn {

// A Gaussian process with mean 0 (Rasmussen, Williams, "Gaussian processes for machine learning",
// 2006, algorithm 2.1).
//
// Model: values at two places are alike as  deviation^2 exp(-distance^2 / (2 reach^2)); each was
//   measured with a deviation of `noise`.
class Neighbours {
 public:
  Neighbours() = default;
  // Precondition: a value for each place.
  Neighbours(std::vector<std::vector<double>> places, const std::vector<double>& values,
             double deviation, double reach, double noise);

  // Expected value; 0 far from all places. Allocates nothing.
  double value(const std::vector<double>& place) const;

 private:
  double likeness(const std::vector<double>& a, const std::vector<double>& b) const;

  std::vector<std::vector<double>> places_;
  std::vector<double> weights_;
  double variance_ = 0, reach_ = 1;
};

// Indices of at most `count` places that stand for the others: those nearest to the centres of as
// many clusters (Lloyd's k-means from centres that are far apart: Arthur, Vassilvitskii,
// "k-means++", SODA 2007; the best of three starts), ascending. The same input and seed, the same
// answer.
std::vector<std::size_t> representatives(const std::vector<std::vector<double>>& places,
                                         std::size_t count, std::uint64_t seed);

}  // namespace partita::learn
