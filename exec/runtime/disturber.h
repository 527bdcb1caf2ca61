// What a scenario's `load:` says that others do, done to this computer in real time.
#pragma once

#include <csignal>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exec/runtime/co_runner.h"
#include "exec/runtime/running_crew.h"
#include "models/hardware/hardware.h"
#include "models/hardware/load_spec.h"

namespace partita::exec {

// Throws ConfigError that names each entry that cannot be done here: traffic on links and memories,
// and work on processors that are no thread pinned to a core.
void refuse_what_nobody_can_do(const std::vector<LoadSpec>& load, const Hardware& hardware);

// Who runs what is disturbed.
class Disturbed {
 public:
  virtual ~Disturbed() = default;
  virtual void slow_down(ProcessorId processor, double factor) = 0;
  virtual void signal_workers(ProcessorId processor, int signal) = 0;
};

// Which processors are away; asked by several threads at once.
class Away {
 public:
  explicit Away(std::size_t processors);
  // Workers of a processor that is away are ended as soon as they are there; else nothing.
  void started(const CrewWorker& worker) const;
  void set(ProcessorId processor, bool away);

 private:
  struct Flags;
  std::shared_ptr<Flags> flags_;  // copies share them
};

// Model: `busy`: co-runners on the processor's core that take the share while its worker computes;
//   `slowdown`: the worker waits after each layer, from the next request on; `lost`: its workers are
//   sent `loss_signal` at the beginning, and those that are started until the end SIGKILL.
//   What holds at once on one processor multiplies, as LoadSpec says; of shares it is what is left
//   that does.
class Disturber {
 public:
  // Throws as refuse_what_nobody_can_do(). All references are kept.
  Disturber(const Hardware& hardware, const std::vector<LoadSpec>& load, Time end,
            Disturbed& disturbed, Away away, int loss_signal = SIGKILL);
  ~Disturber();

  const std::vector<LoadSpec>& load() const { return load_; }
  Time next() const;   // when something begins or ends; Time::max(): nothing more
  void act(Time now);  // all that is due by then

 private:
  struct Change {
    Time when{0};
    std::size_t entry = 0;
    bool begins = false;
  };
  void apply(ProcessorId processor, bool lost_begins);

  const Hardware& hardware_;
  const std::vector<LoadSpec> load_;
  Disturbed& disturbed_;
  Away away_;
  const int loss_signal_;
  std::vector<Change> changes_;  // by time; ends come before what begins then
  std::size_t done_ = 0;
  std::vector<bool> holds_;  // by entry
  std::map<ProcessorId, std::list<CoRunner>> co_runners_;
  std::map<ProcessorId, double> share_;
};

}  // namespace partita::exec
