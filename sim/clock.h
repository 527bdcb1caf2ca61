// Time of a simulation: counted from the start of the inference, while SystemC's own time never
// goes back.
#pragma once

#include <cstdint>
#include <systemc>

#include "models/base/units.h"
#include "models/evaluate/fluid.h"

namespace partita::sim {

inline sc_core::sc_time to_sc(Time delay) {
  return sc_core::sc_time::from_value(static_cast<std::uint64_t>(delay.count()));
}
inline Time from_sc(const sc_core::sc_time& delay) {
  return Time{static_cast<std::int64_t>(delay.value())};
}

// The only place that converts between our Time and sc_time. SystemC counts in 64 bits of
// picoseconds and wraps silently, so a process can simulate for 106 days in total and must then be
// replaced.
class Clock {
 public:
  void restart() {
    epoch_ = ticks();
    ran_out_ = false;
  }
  Time now() const {
    return Time{static_cast<std::int64_t>(context_->time_stamp().value() - epoch_)};
  }

  // Whether one more run, however long, fits before SystemC's time would wrap.
  static bool can_restart() { return ticks() < (std::uint64_t{1} << 63); }

  // `delay` from now.
  Time in(Time delay) { return noted(after(now(), delay)); }
  // The same time, after a look whether it lies beyond the end of time: what waits for it never
  // comes.
  Time noted(Time at) {
    ran_out_ = ran_out_ || at == Time::max();
    return at;
  }
  bool ran_out() const { return ran_out_; }

 private:
  static std::uint64_t ticks() { return sc_core::sc_time_stamp().value(); }

  // The one of this process: asking for it each time costs more than reading its time.
  const sc_core::sc_simcontext* context_ = sc_core::sc_get_curr_simcontext();
  std::uint64_t epoch_ = 0;
  bool ran_out_ = false;
};

// An event at a time that may change.
class Timer {
 public:
  const sc_core::sc_event& event() const { return event_; }

  void cancel() {
    event_.cancel();
    at_ = Time::max();
  }
  // Fires at `at`, whatever it was set to; never, if that is the end of time. What was cancelled
  // stays in the kernel's queue until its time has come, so a timer that is right is left alone.
  void set(Time at, const Clock& clock) {
    if (at == at_) return;
    event_.cancel();
    at_ = at;
    if (at == Time::max()) return;
    event_.notify(to_sc(at - clock.now()));
  }

 private:
  sc_core::sc_event event_;
  Time at_ = Time::max();
};

}  // namespace partita::sim
