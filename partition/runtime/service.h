// The loop of the run-time system: requests come, wait, run by the plan in force and are answered,
// while conditions change. Pure code: it is told what happened and when, and says what to do. The
// SystemC machine drives it in simulated time, worker processes in real time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "partition/runtime/execution.h"
#include "partition/runtime/monitor.h"
#include "partition/runtime/policy.h"
#include "partition/runtime/record.h"
#include "partition/runtime/request_queue.h"
#include "partition/runtime/switchover.h"

namespace partita {

struct ServiceOptions {
  std::size_t in_flight = 1;  // requests that run at once, at most
  // Requests that wait, at most. Shedding rule: one that finds the queue full is turned away at
  // once (tail drop), so that whoever asks knows, and those that wait are answered in order. Requests
  // of runs that were cancelled are not turned away: until they start again, more may wait.
  std::size_t queue = 64;
  Time monitor_every{0};  // readings are looked at so often, and are this old at most; 0: at once
  // The host's memory holds all weights, always: what is nowhere nearer is moved from there.
  bool host_keeps_weights = false;
  ActivationPeaks peaks{};  // empty: activations take no memory
};

// Model: requests wait in one queue, first come first served; at most `in_flight` run, each by the
//   plan of its class in the configuration in force when it starts, or by Policy::plan_for(). Nobody
//   starts a run whose plan needs a processor that is lost, or weights that are not there: the
//   request, and those behind it, wait until another configuration is in force or the processor is
//   back.
//   The policy is asked when readings were told, others use more or less of a processor, something was
//   lost or is back, an arrival is of
//   another class than the one before, weights have moved, next_look() has come, and at each event
//   while requests wait, nothing runs and nothing moves. Stay: also with what is on its way to be in
//   force; a Switch to the one that still is ends that.
//   To switch (switchover.h): the weights that the new configuration needs are asked for while the
//   old one serves on; when they are there, requests that start from then on use it, and when the
//   last old request is done, weights that only the old one used are dropped. Where both do not fit,
//   the old one is let go first: requests wait. A switch that is no longer wanted is cancelled, what
//   has arrived of it is dropped unless the next one needs it. One that is impossible is refused.
//   Where a processor is lost, runs that need it are cancelled and their requests go to the head of
//   the queue, in the order of their numbers; a request is answered once, by the first run of it
//   that is done.
class Service {
 public:
  // References are kept.
  Service(const Network& network, const Hardware& hardware, ServiceOptions options, Policy& policy,
          Execution& execution);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Times never go back. The policy's first configuration is in force at once; whoever drives this
  // has it ready, and resident() there, before the first arrival.
  void begin(Time now);
  // Requests are numbered from 0 as they arrive. Classes are below Configuration::plans.size().
  void arrived(Time now, std::size_t request, std::uint32_t seen_class);
  void run_done(Time now, RunId run, std::span<const LayerReading> layers,
                std::span<const CopyReading> copies);
  // Somebody it needed is gone. Its request is run again. Of a run that was cancelled, or is done:
  // nothing happens.
  void run_failed(Time now, RunId run);
  // What a monitor saw of runs that are not done.
  void readings(Time now, std::span<const LayerReading> layers,
                std::span<const CopyReading> copies);
  // What others use of processors.
  void others(Time now, std::span<const LoadReading> loads);
  // `made`: all of its moves, unless it was cancelled, or could not be done. What is still wanted of
  // the others is asked for again.
  void relocation_done(Time now, RelocationId id, std::span<const Relocation::Move> made);
  void lost(Time now, ProcessorId processor);
  void back(Time now, ProcessorId processor);
  void timer(Time now);

  bool idle() const { return queue_.empty() && runs_.empty(); }  // nothing waits, and nothing runs
  std::size_t waiting() const { return queue_.size(); }
  std::size_t running() const { return runs_.size(); }
  const Configuration& in_force() const { return *switchover_.in_force(); }
  // Weights, without moves that are under way.
  const WeightSet& resident() const { return switchover_.resident(); }
  const ServiceRecord& record() const { return record_; }

 private:
  // All that follows from an event. `ask`: the policy has something new to think about.
  void settle(Time now, bool ask);
  void decide(Time now);
  void advance(Time now);
  void start_runs(Time now);
  void set_timer(Time now);
  void end_run(std::size_t place, bool again);
  bool stuck() const;
  std::shared_ptr<const Plan> plan_for(Time now, std::uint32_t seen_class);
  bool needs_lost(const Plan& plan) const;
  std::optional<std::size_t> place_of(RunId run) const;
  void note(Time now, bool switched, const Configuration& configuration, const std::string& reason);
  Switchover::Now now(Time time) const { return {time, runs_, present_}; }

  const Network& network_;
  const Hardware& hardware_;
  const ServiceOptions options_;
  Policy& policy_;
  Execution& execution_;
  ServiceRecord record_;
  Switchover switchover_;
  Monitor monitor_;
  RequestQueue queue_;
  std::vector<Run> runs_;                    // under way, in the order of their starts
  std::vector<std::size_t> request_of_run_;  // by RunId
  IdVector<ProcessorId, bool> present_;
  std::size_t lost_ = 0;                          // processors
  std::shared_ptr<const Configuration> refused_;  // Situation::refused
  std::optional<std::uint32_t> last_class_;       // that arrived
  Time timer_{Time::max()};                       // that was asked for
  Time last_{0};                                  // event
};

}  // namespace partita
