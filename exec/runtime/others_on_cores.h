// What others use of the cores that processors are pinned to.
#pragma once

#include <vector>

#include "exec/runtime/host_monitor.h"
#include "models/hardware/hardware.h"
#include "partition/runtime/policy.h"

namespace partita::exec {

// Model: of a core that workers want, the part of that time in which they wait for it, over about
//   kWaits (exponentially; the kernel counts nanoseconds). Of one that nobody wants, half of the time
//   that it is not idle, over kMemory (ticks of 4 to 10 ms): a fair scheduler gives whoever comes as
//   much as anybody else, of whom there may be more, so never less than what was told while they
//   were there. Below kLeast it is nobody in particular (whoever serves the requests is among the
//   others); a change of less than kChange is not told.
// Left out: processors that are not pinned to a core.
class OthersOnCores {
 public:
  explicit OthersOnCores(const Hardware& hardware);

  static constexpr double kWaits = 0.15, kMemory = 0.5;     // seconds
  static constexpr double kLeast = 1.0 / 3, kChange = 0.1;  // shares
  static constexpr double kWanted = 0.1;  // of a core's time, by workers: else nobody wants it

  // `passed`: since the look before. Those whose share has changed.
  std::vector<LoadReading> look(const HostLoad& load, Time passed);

 private:
  const Hardware& hardware_;
  struct Mean {  // parts of the time
    double others = 0, ran = 0, waited = 0;
  };
  double share_of(const Mean& mean, double told) const;

  IdVector<ProcessorId, Mean> mean_;
  IdVector<ProcessorId, double> told_;
};

}  // namespace partita::exec
