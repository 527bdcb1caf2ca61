// What others use of the cores that processors are pinned to.
#pragma once

#include <vector>

#include "exec/runtime/host_monitor.h"
#include "models/hardware/hardware.h"
#include "partition/runtime/policy.h"

namespace partita::exec {

// Model: the time that a core was not idle, less what workers of its processors ran, averaged over
//   about kMemory (exponentially: the kernel counts in ticks of 4 to 10 ms, so that one look says
//   little). Below kLeast it is nobody in particular (whoever serves the requests is among the
//   others); a change of less than kChange is not told.
// Left out: processors that are not pinned to a core.
class OthersOnCores {
 public:
  explicit OthersOnCores(const Hardware& hardware);

  static constexpr double kMemory = 0.5, kLeast = 0.25, kChange = 0.1;  // seconds, shares

  // `passed`: since the look before. Those whose share has changed.
  std::vector<LoadReading> look(const HostLoad& load, Time passed);

 private:
  const Hardware& hardware_;
  IdVector<ProcessorId, double> mean_, told_;
};

}  // namespace partita::exec
