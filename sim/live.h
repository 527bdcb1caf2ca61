// Whoever decides while a simulation goes on, and what may be asked of it. No SystemC header here.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/timeline/workload.h"

namespace partita::sim {

// A simulation that is under way, as its director sees it. Calls take effect at this instant.
class Live {
 public:
  virtual ~Live() = default;
  virtual Time now() const = 0;
  // Numbers of requests and relocations count from 0 together. The plan must outlive the run.
  virtual std::size_t start(const Plan& plan, std::uint32_t variant) = 0;
  virtual std::size_t relocate(Relocation relocation) = 0;
  // Nothing of it starts from now on; what runs or is being copied, ends. Of one that is done: nothing.
  virtual void cancel(std::size_t number) = 0;
  // Director::timer() then; another call replaces this one. Time::max(): never.
  virtual void call_at(Time when) = 0;
  // Layers there take `factor` times as long (1 or more) from now on, beside the machine's load.
  virtual void slow_down(ProcessorId processor, double factor) = 0;
  virtual bool is_lost(ProcessorId processor) const = 0;  // by the machine's load, now
  // What it has done so far, of one that is not done, or whose done() this is. finish == start, and
  // of a leg finish 0: that has not ended.
  virtual const Timeline& so_far(std::size_t number) const = 0;
};

// Called in simulated time, in the first half of an instant (evaluate.h, rule 1); must not throw.
// The simulation is over when nothing is under way and no timer is set.
class Director {
 public:
  virtual ~Director() = default;
  virtual void begin(Live& live) = 0;  // at time 0
  // A request or a relocation; a cancelled one when what ran of it has ended.
  virtual void done(Live& live, std::size_t number, const Timeline& timeline) = 0;
  virtual void timer(Live& live) = 0;
};

// What became of it, as a workload: the same machine (with `slowed` added to its load) does the same
// with it, to the picosecond.
struct Directed {
  Workload workload;
  std::vector<std::shared_ptr<const Relocation>> relocations;  // that the workload points to
  std::vector<LoadSpec> slowed;
  WorkloadTimeline record;
};

}  // namespace partita::sim
