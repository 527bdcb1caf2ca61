// Requests served in real time: a Service decides, a RealExecution does it, others disturb.
#pragma once

#include <functional>
#include <variant>

#include "exec/runtime/disturber.h"
#include "exec/runtime/host_monitor.h"
#include "exec/runtime/real_execution.h"
#include "partition/runtime/service.h"

namespace partita::exec {

struct ServeOptions {
  // Who disturbs; null: nobody.
  Disturber* disturber = nullptr;
  // Looks at the computer so often; 0: never.
  Time monitor_every{0};
  std::function<void(Time, const HostLoad&)> monitored{};
  // After each event: for whoever shows, or interferes.
  std::function<void(Time)> after_each{};
  Time give_up{std::chrono::seconds(60)};  // after so long without any event while requests wait
};

// Workers of an execution, for a disturber.
class DisturbedExecution : public Disturbed {
 public:
  explicit DisturbedExecution(RealExecution& execution) : execution_(execution) {}
  void slow_down(ProcessorId processor, double factor) override;
  void signal_workers(ProcessorId processor, int signal) override;

 private:
  RealExecution& execution_;
};

// Until all requests have been answered or turned away. Arrivals count from when they were due,
// whenever this thread gets to see them. Preconditions: the execution is prepared for the
// configuration with which the policy begins; `service` has it as its execution. Throws ConfigError,
// before anything starts, where a device is to be slowed that computes by itself, and Error where
// requests wait and nothing happens.
void serve(Service& service, RealExecution& execution, const ServeOptions& options = {});

}  // namespace partita::exec
