// The loop of the run-time system: requests come, wait, run by the plan in force and are answered,
// while conditions change. Pure code: it is told what happened and when, and says what to do. The
// SystemC machine drives it in simulated time, worker processes in real time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/timeline/workload.h"
#include "partition/runtime/conditions.h"
#include "partition/runtime/configuration.h"
#include "partition/runtime/policy.h"

namespace partita {

// Numbers count from 0 in the order in which they were made.
enum class RunId : std::uint32_t {};  // one attempt to answer a request
enum class RelocationId : std::uint32_t {
};  // weights on their way to where a configuration wants them

// What a service asks of whoever runs things. None of these may call back at once: what becomes of
// them is told later.
class Execution {
 public:
  virtual ~Execution() = default;
  // Told by run_done(), or by run_failed(). The configuration that the plan is of is ready.
  virtual void start(RunId run, std::size_t request, const std::shared_ptr<const Plan>& plan) = 0;
  // Nothing of it starts any more, and nothing is told of it.
  virtual void cancel(RunId run) = 0;
  // Told by relocation_done(). `relocation`: what moves and what is dropped first. `target`: what it
  // is for, for executions that make all of it ready at once.
  virtual void relocate(RelocationId id, const Relocation& relocation,
                        const Configuration& target) = 0;
  // Moves that have not begun do not. relocation_done() follows, with those that were made.
  virtual void cancel(RelocationId id) = 0;
  // timer() is to be called then; another call replaces this one. Time::max(): not at all.
  virtual void call_at(Time when) = 0;
};

struct ServiceOptions {
  std::size_t in_flight = 1;  // requests that run at once, at most
  // Requests that wait, at most. Shedding rule: one that finds the queue full is turned away at
  // once (tail drop), so that whoever asks knows, and those that wait are answered in order.
  std::size_t queue = 64;
  Time monitor_every{0};  // readings are looked at so often, and are this old at most; 0: at once
};

// What became of one request. `shed`: turned away; then only the arrival counts.
struct RequestRecord {
  Time arrival{0}, admitted{0}, answered{0};
  std::uint32_t input_class = 0;       // as it was seen
  std::shared_ptr<const Plan> plan{};  // that answered it
  std::uint32_t attempts = 0;
  bool shed = false, done = false;
};

struct DecisionRecord {
  Time when{0};
  bool switched = false;
  std::string configuration, reason;  // in force from then on, or wanted; and why
};
struct RelocationRecord {
  Time asked{0}, done{0};
  Bytes bytes;
  std::string configuration;
  bool aborted = false;
};

struct ServiceRecord {
  std::vector<RequestRecord> requests;
  std::vector<DecisionRecord> decisions;  // switches, and changes of the reason to stay
  std::vector<RelocationRecord> relocations;
  std::size_t duplicates = 0;  // answers to requests that had one; 0, or it is our bug
};

// Model: requests wait in one queue, first come first served; at most `in_flight` run, each by the
//   plan of its class in the configuration in force when it starts. Each time that readings come,
//   or something is lost or back, the policy is asked. To switch: the weights that the new
//   configuration needs are asked for while the old one serves on; when they are there, requests
//   that start from then on use it, and when the last old request is done, weights that only the old
//   one used are dropped. Where both do not fit, the old one is let go first: requests wait. A
//   switch that is no longer wanted is cancelled, what has arrived of it stays or is dropped.
//   Where a processor is lost, runs that need it are cancelled and their requests go to the head of
//   the queue, in the order of their numbers; a request is answered once, by the first run of it
//   that is done.
class Service {
 public:
  // All references are kept.
  Service(const Network& network, const Hardware& hardware, ServiceOptions options, Policy& policy,
          Execution& execution);

  // Times never go back.
  void begin(Time now);
  void arrived(Time now, std::size_t request, std::uint32_t seen_class);
  void run_done(Time now, RunId run, std::span<const LayerReading> layers,
                std::span<const CopyReading> copies);
  // Somebody it needed is gone. Its request is run again.
  void run_failed(Time now, RunId run);
  // What a monitor saw of runs that are not done.
  void readings(Time now, std::span<const LayerReading> layers,
                std::span<const CopyReading> copies);
  // `made`: all of its moves, unless it was cancelled.
  void relocation_done(Time now, RelocationId id, std::span<const Relocation::Move> made);
  void lost(Time now, ProcessorId processor);
  void back(Time now, ProcessorId processor);
  void timer(Time now);

  bool idle() const;  // nothing waits, and nothing runs
  std::size_t waiting() const;
  std::size_t running() const;
  const Configuration& in_force() const;
  const ServiceRecord& record() const;
};

}  // namespace partita
