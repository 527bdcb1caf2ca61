// The simulated machine: all SystemC modules, elaborated once a process, loaded with one machine
// and network after the other, and run with one plan after the other.
//
// An instant has three phases, so that neither SystemC's order of processes nor that of its events
// can matter:
//   1. what ends, ends: methods sensitive to a timer. They may wake anybody.
//   2. what can start, starts, a delta cycle later: methods sensitive to a wake. Whatever starts
//      takes at least 1 ps, and touches the fabric. Where somebody is cancelled, or a director
//      (live.h) has something to say, that has the delta cycle in between: what starts waits for
//      one more.
//   3. the fabric settles all rates in the update phase of that cycle, and timers are set to the
//      finishes that follow.
// No process is a thread, none is created after elaboration, and a handler that is called once too
// often does nothing.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "models/cost/variant.h"
#include "models/timeline/workload.h"
#include "sim/arrivals.h"
#include "sim/background.h"
#include "sim/conductor.h"
#include "sim/dma_engine.h"
#include "sim/memory.h"
#include "sim/package.h"
#include "sim/packet/packet_network.h"
#include "sim/processor.h"
#include "sim/scheduler.h"
#include "sim/simulate.h"

namespace partita::sim {

// SystemC has one simulation context a process and no new modules once time has begun, so modules
// are elaborated in reserve: any machine that fits in them can be simulated in the same process,
// with no elaboration again.
class Platform {
 public:
  // The platform of this process, elaborated at the first call for `hardware` or the reserve,
  // whichever is larger. Packets need ports along the links of a machine, elaborated for the first
  // one of that fidelity. Throws Error where `hardware` does not fit what was elaborated.
  static Platform& of_process(const Hardware& hardware, Fidelity fidelity);

  // References are kept until the next load().
  void load(const std::vector<Variant>& variants, const Hardware& hardware,
            const SimulatorOptions& options);

  // Throws Error where the run would pass the end of time (Clock). The result stays valid until the
  // next call.
  const Timeline& run(const Plan& plan);
  const WorkloadTimeline& run(const Workload& workload, const RequestDone& done);
  const Directed& run(Director& director, std::optional<std::vector<WeightPlace>> resident);

  // Of the last run of packets.
  std::int64_t longest_train() const { return packets_->longest_train_sent(); }
  std::int64_t packet_bytes(ChannelId channel) const { return packets_->bytes_sent(channel); }

 private:
  Platform(std::size_t processors, std::size_t engines, std::size_t memories);

  // Flows and streams for so many requests at once.
  void lay_out(std::size_t at_once);
  std::optional<Unfinished> unfinished() const;
  void run_requests(const Workload& workload, const RequestDone& done);
  void simulate(const Workload& workload, const RequestDone& done, WorkloadTimeline& record,
                Conductor* conductor);
  void write_busy(WorkloadTimeline& record) const;

  Clock clock_;
  Scheduler scheduler_;
  Arrivals arrivals_;
  DelayLine line_;
  Fabric fabric_;
  Background background_;
  Conductor conductor_;
  std::vector<std::unique_ptr<Processor>> processors_;
  std::vector<std::unique_ptr<DmaEngine>> engines_;
  std::vector<std::unique_ptr<Memory>> memories_;
  std::deque<Package> packages_;  // of the machine that is loaded

  std::unique_ptr<PacketNetwork> packets_;

  const Hardware* hardware_ = nullptr;
  std::size_t layers_ = 0;
  std::vector<std::size_t> streams_;  // that each processor can use
  WorkloadTimeline record_;           // of the last run
  Directed directed_;                 // likewise, where somebody directed it
  Fidelity fidelity_ = Fidelity::Fluid;
};

}  // namespace partita::sim
