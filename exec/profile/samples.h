// Statistics of repeated measurements.
#pragma once

#include <string>
#include <vector>

#include "partition/predict/profile.h"

namespace partita::exec {

// Measurements of one thing; the clean ones count.
class Samples {
 public:
  void add(Time time, bool clean);
  std::size_t clean() const { return clean_.size(); }
  std::size_t all() const { return clean_.size() + disturbed_.size(); }

  // Fills in samples, discarded, min, p10, median, p90 (nearest rank: the smallest value that at
  // least that share of all is not above). Where every sample was disturbed, the fastest stands for
  // all of them. Precondition: there is a sample.
  void summarise(ProfileRow& row) const;

 private:
  std::vector<Time> clean_, disturbed_;
};

}  // namespace partita::exec
