// What a service asks of whoever runs things.
#pragma once

#include <cstdint>
#include <memory>

#include "models/timeline/workload.h"
#include "partition/runtime/configuration.h"
#include "partition/runtime/run.h"

namespace partita {

// Weights on their way to where a configuration wants them. Numbers count from 0 in the order in
// which they were made.
enum class RelocationId : std::uint32_t {};

// None of these may call back at once: what becomes of them is told later.
class Execution {
 public:
  virtual ~Execution() = default;
  // Told by run_done(), or by run_failed(). The configuration that the plan is of is ready.
  virtual void start(RunId run, std::size_t request, const std::shared_ptr<const Plan>& plan) = 0;
  // Nothing of it starts any more, and nothing is told of it.
  virtual void cancel(RunId run) = 0;
  // Told by relocation_done(). `relocation`: what moves and what is dropped first; no run that is
  // under way reads that, but a cancelled one may until it is at rest: that is for the execution to
  // wait for. `target`: what it is for, for executions that make all of it ready at once. Every
  // configuration is asked for before it is in force, also where nothing moves; the first excepted.
  virtual void relocate(RelocationId id, const Relocation& relocation,
                        const Configuration& target) = 0;
  // Moves that have not begun do not. relocation_done() follows, with those that were made.
  virtual void cancel(RelocationId id) = 0;
  // timer() is to be called then; another call replaces this one. Time::max(): not at all.
  virtual void call_at(Time when) = 0;
};

}  // namespace partita
