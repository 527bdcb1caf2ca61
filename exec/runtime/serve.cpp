#include "exec/runtime/serve.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "exec/runtime/others_on_cores.h"
#include "exec/worker/shared_memory.h"

namespace partita::exec {
namespace {

class Loop {
 public:
  Loop(Service& service, RealExecution& execution, const ServeOptions& options)
      : service_(service),
        execution_(execution),
        options_(options),
        others_(execution.hardware()) {}

  void run() {
    execution_.begin();
    service_.begin(Time{0});
    while (arrived_ < execution_.requests().size() || !service_.idle()) {
      give_up_if_stuck();
      const Time due = next_due();
      if (due <= execution_.now()) {
        do_what_is_due();
      } else if (const auto told = execution_.next(std::min(due, last_event_ + options_.give_up))) {
        last_event_ = not_before(execution_.now());
        std::visit([&](const auto& what) { tell(last_event_, what); }, *told);
      } else {
        continue;
      }
      if (options_.after_each) options_.after_each(last_);
    }
  }

 private:
  Time next_arrival() const {
    const auto& requests = execution_.requests();
    return arrived_ < requests.size() ? requests[arrived_].arrival : Time::max();
  }
  Time next_disturbance() const {
    return options_.disturber != nullptr ? options_.disturber->next() : Time::max();
  }
  Time next_look() const { return options_.monitor_every > Time{0} ? look_ : Time::max(); }
  Time next_due() const {
    return std::min({next_arrival(), next_disturbance(), next_look(), execution_.called_at()});
  }

  // Whoever was late is told of as if at once, but never before what was told already.
  Time not_before(Time when) { return last_ = std::max(last_, when); }

  void do_what_is_due() {
    const Time due = next_due();
    if (due == next_disturbance()) {
      last_event_ = not_before(due);
      options_.disturber->act(last_event_);
    } else if (due == next_arrival()) {
      const std::size_t request = arrived_++;
      last_event_ = not_before(due);
      service_.arrived(last_event_, request, execution_.requests()[request].seen_class);
    } else if (due == execution_.called_at()) {
      execution_.call_at(Time::max());
      service_.timer(not_before(due));
    } else {
      const HostLoad load = monitor_.look(now_ns(), execution_.workers());
      const Time passed = execution_.now() - std::exchange(looked_, execution_.now());
      look_ = looked_ + options_.monitor_every;
      const Time now = not_before(due);
      if (options_.monitored) options_.monitored(now, load);
      const std::vector<LoadReading> changed = others_.look(load, passed);
      if (!changed.empty()) service_.others(now, changed);
    }
  }

  void tell(Time now, const RunDone& done) {
    service_.run_done(now, done.run, done.layers, done.copies);
  }
  void tell(Time now, const RunFailed& failed) { service_.run_failed(now, failed.run); }
  void tell(Time now, const Relocated& done) { service_.relocation_done(now, done.id, done.made); }
  void tell(Time now, const ProcessorLost& lost) { service_.lost(now, lost.processor); }
  void tell(Time now, const ProcessorBack& back) { service_.back(now, back.processor); }

  // Looks of a monitor and of a policy are no events: they would go on for ever.
  void give_up_if_stuck() const {
    if (service_.idle() || execution_.now() < last_event_ + options_.give_up) return;
    throw Error(fmt::format("{} requests wait and {} run, and nothing has happened for {} s",
                            service_.waiting(), service_.running(),
                            options_.give_up / std::chrono::seconds(1)));
  }

  Service& service_;
  RealExecution& execution_;
  const ServeOptions& options_;
  HostMonitor monitor_;
  OthersOnCores others_;
  std::size_t arrived_ = 0;
  Time last_{0}, last_event_{0}, look_{0}, looked_{0};
};

void refuse_slowing_of_devices(const Disturber& disturber, const RealExecution& execution) {
  Diagnostics diagnostics;
  for (const LoadSpec& entry : disturber.load()) {
    const auto* slowed = std::get_if<SlowedDown>(&entry.effect);
    if (slowed == nullptr || execution.can_be_slowed(slowed->processor)) continue;
    diagnostics.error(entry.where,
                      fmt::format("load '{}' cannot be done to this computer: a device that "
                                  "computes by itself cannot be slowed",
                                  entry.name));
  }
  diagnostics.throw_if_any();
}

}  // namespace

void DisturbedExecution::slow_down(ProcessorId processor, double factor) {
  execution_.slow_down(processor, factor);
}

void DisturbedExecution::signal_workers(ProcessorId processor, int signal) {
  for (const CrewWorker& worker : execution_.workers()) {
    if (worker.processor == processor) worker.process->signal(signal);
  }
}

void serve(Service& service, RealExecution& execution, const ServeOptions& options) {
  if (options.disturber != nullptr) refuse_slowing_of_devices(*options.disturber, execution);
  Loop(service, execution, options).run();
}

}  // namespace partita::exec
