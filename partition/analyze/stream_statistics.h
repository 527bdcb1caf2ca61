// Statistics of a stream that keep no observation: constant memory, no allocation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace partita::analyze {

// Mean, variance, least and largest of all observations.
//
// Model: Welford, "Note on a method for calculating corrected sums of squares and products",
//   Technometrics 4 (1962): differences from the mean are squared, never the observations, so that
//   a large mean costs no digits.
// Precondition: observations are finite.
class RunningStatistics {
 public:
  void add(double x) {
    ++count_;
    const double away = x - mean_;
    mean_ += away / static_cast<double>(count_);
    squares_ += away * (x - mean_);
    least_ = std::min(least_, x);
    most_ = std::max(most_, x);
  }

  std::int64_t count() const { return count_; }
  double mean() const { return mean_; }  // 0 before the first
  // Of what the stream is a sample of: divided by count - 1; 0 before the second.
  double variance() const { return count_ < 2 ? 0 : squares_ / static_cast<double>(count_ - 1); }
  double deviation() const { return std::sqrt(variance()); }
  double least() const { return least_; }  // infinite before the first
  double most() const { return most_; }

 private:
  std::int64_t count_ = 0;
  double mean_ = 0, squares_ = 0;
  double least_ = std::numeric_limits<double>::infinity();
  double most_ = -std::numeric_limits<double>::infinity();
};

// Mean and variance of the recent past: an observation of age a weighs alpha (1 - alpha)^a.
//
// Model: m += alpha d,  v = (1 - alpha) (v + alpha d^2)  with d = x - m before:
//   Finch, "Incremental calculation of weighted mean and variance" (2009), eq. 124 and 143. The
//   first weights are divided by their sum, 1 - (1 - alpha)^n, so that the first observation is no
//   more than one of many: as Kingma, Ba, "Adam", ICLR (2015), section 3.
class RecentStatistics {
 public:
  // alpha in (0, 1]; about the last 2 / alpha observations count.
  explicit RecentStatistics(double alpha) : alpha_(alpha) {}

  void add(double x) {
    // With these growing steps the recursion is that of a weighted mean whose weights sum to 1.
    remaining_ *= 1 - alpha_;
    const double step = alpha_ / (1 - remaining_);
    const double away = x - mean_;
    mean_ += step * away;
    variance_ = (1 - step) * (variance_ + step * away * away);
  }

  double mean() const { return mean_; }          // 0 before the first
  double variance() const { return variance_; }  // of the weighted past itself

 private:
  double alpha_;
  double remaining_ = 1;  // weight of what was before the first
  double mean_ = 0, variance_ = 0;
};

}  // namespace partita::analyze
