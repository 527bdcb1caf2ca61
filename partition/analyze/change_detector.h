// Notices that a stream is no longer what it was.
#pragma once

#include <cstdint>
#include <optional>

#include "partition/analyze/stream_statistics.h"

namespace partita::analyze {

// Model: two-sided CUSUM (Page, "Continuous inspection schemes", Biometrika 41 (1954)),
//     up = max(0, up + u - k),  down = max(0, down - u - k),  a change where one exceeds h,
//   over observations standardised by all before them, so that no stream need be known in advance:
//   the self-starting CUSUM (Hawkins, The Statistician 36 (1987)): of normal observations,
//   (x_n - mean) / deviation of the n - 1 before, times sqrt((n - 1) / n), has Student's t with n - 2
//   degrees of freedom; made normal (Wallace, Annals of Mathematical Statistics 30 (1959), eq. 1.1),
//   these u are independent and standard normal. k is half the shift to be found soonest. h follows
//   from the wanted mean number of observations between false alarms by Siegmund's approximation
//   ("Sequential Analysis" (1985), eq. 2.57; 1 % off at k = 0.5, h = 5), for two sides, each:
//     run length = (exp(2 k b) - 2 k b - 1) / (2 k^2),  b = h + 1.166.
//   One wild observation is no change: |u| is cut off at kWildest.
// After a change the detector starts anew. No clock, no allocation.
// Left out: the stated false-alarm rate is that of independent normal observations. Measured in
//   change_detector_test.cpp: uniform ones alarm less often, those with heavy tails (Laplace) more often;
//   observations that depend on each other much more often.
class ChangeDetector {
 public:
  struct Change {
    std::int64_t noticed = 0;  // which observation told, from 0, over the life of the detector
    std::int64_t since = 0;    // the first one after the change: where the sum last left 0
    bool upwards = true;
    double before = 0;  // mean of what came before `since`, as far as it is known
  };

  static constexpr double kWildest = 4;

  // `run_length` >= 10: observations between false alarms, on average. `shift` > 0: the change of the
  // mean, in standard deviations, to be found soonest.
  explicit ChangeDetector(double run_length, double shift = 1);

  // Precondition: x is finite.
  std::optional<Change> observe(double x);

  double threshold() const { return threshold_; }  // h
  // The mean run length without a change at `threshold`, and what the constructor inverts.
  static double run_length(double threshold, double k);

 private:
  struct Side {
    double sum = 0;
    std::int64_t since = 0;  // the observation with which it last left 0
    RunningStatistics before;
  };
  bool exceeds(Side& side, double step);
  double standardised(double x) const;

  double k_, threshold_;
  std::int64_t seen_ = 0;
  RunningStatistics baseline_;
  Side up_, down_;
};

}  // namespace partita::analyze
