// What requests take beyond what is believed of the configuration that serves them.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "partition/runtime/conditions.h"
#include "partition/runtime/configuration.h"

namespace partita {

// Model: layers and copies explain most of what a request takes, but not all: who shares a core with
//   others waits for his turn each time that he wakes, so plans that go to and fro suffer more than
//   any of their layers shows. Of each configuration that was in force, the median of measured over
//   believed times of its last kRecent requests counts, against the usual: that of whatever was in
//   force, over about kMemory requests (exponentially, of logarithms). Below kMatters it is not told:
//   real requests take a third more or less than their layers say. A configuration that was not in
//   force is as usual; so who is worse than believed is left for one that may be better, and is
//   remembered for kRemember requests. While one is told of, all that are remembered are, so that
//   none comes off well only because it is a little below kMatters.
// Left out: requests that overlap.
// No allocation in steady state.
class Overrun {
 public:
  Overrun() { known_.reserve(kReserved); }

  // A request that ran alone, under one configuration all the time. Seconds.
  void answered(const Configuration* in_force, double measured, double believed);
  // Where a processor has changed by kChanged, what requests took before says nothing of the configuration
  // in force now. (Of links, readings are coarser than that.)
  void now(const Conditions& conditions, const Configuration* in_force);
  void forget(const Configuration* gone);

  // Times as long as believed, and usual; 1: as usual, or nothing is known.
  double of(const Configuration* configuration) const;
  // Whatever is in force takes so many times as long as believed; 1: nothing is known.
  double usual() const { return usual_ == 0 ? 1 : usual_; }

  static constexpr std::size_t kRecent = 7;
  static constexpr double kMemory = 64, kMatters = 1.25, kChanged = 0.25;
  static constexpr int kRemember = 64;

 private:
  struct Known {
    const Configuration* configuration;
    double ratio;
    int left;  // requests
  };

  static constexpr std::size_t kReserved = 64;
  std::array<double, kRecent> recent_{};
  std::size_t count_ = 0;  // of the configuration in force
  const Configuration* in_force_ = nullptr;
  double usual_ = 0;  // 0: unknown
  std::vector<Known> known_;
  Conditions conditions_;
};

}  // namespace partita
