// What others use of the cores that processors are pinned to.
#pragma once

#include <vector>

#include "exec/runtime/host_monitor.h"
#include "models/hardware/hardware.h"
#include "partition/runtime/policy.h"

namespace partita::exec {

// Model: of a core that workers want, the part of that time in which they wait for it (the kernel
//   counts nanoseconds): over kShort or over kLong, whatever is more, since who comes after a sleep
//   is let in at once and waits later. Of a core that nobody wants, half of the time that it is not
//   idle, over kLong (ticks of 4 to 10 ms): a fair scheduler gives whoever comes as much as anybody
//   else, of whom there may be more, so never less than what was told while they were there. Means
//   are exponential. Below kLeast it is nobody in particular (whoever serves the requests is among
//   the others); a change of less than kChange is not told.
// Left out: processors that are not pinned to a core.
class OthersOnCores {
 public:
  explicit OthersOnCores(const Hardware& hardware);

  static constexpr double kShort = 0.15, kLong = 0.5;       // seconds
  static constexpr double kLeast = 1.0 / 3, kChange = 0.1;  // shares
  static constexpr double kWanted = 0.1;  // of a core's time, by workers: else nobody wants it

  // `passed`: since the look before. Those whose share has changed.
  std::vector<LoadReading> look(const HostLoad& load, Time passed);

 private:
  const Hardware& hardware_;
  struct Wanted {  // parts of the time
    double ran = 0, waited = 0;
    double time() const { return ran + waited; }
    double share() const { return time() < kWanted ? 0 : waited / time(); }
  };
  struct Core {
    Wanted lately, longer;
    double others = 0;  // part of the time
    double told = 0;
  };
  double share_of(const Core& core) const;

  IdVector<ProcessorId, Core> cores_;
};

}  // namespace partita::exec
