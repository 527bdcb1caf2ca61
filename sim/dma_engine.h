// A DMA engine: copies legs from memory to memory, while processors go on.
#pragma once

#include <systemc>

#include "models/hardware/hardware.h"
#include "sim/delay_line.h"
#include "sim/leg_server.h"

namespace partita::sim {

// Model: one leg at a time, in the order of the queue: set-up, then data; free when the data has
// left. The last byte arrives a latency later.
// Left out: several channels of one engine, descriptors in memory, scatter and gather.
class DmaEngine : public sc_core::sc_module, private FlowOwner {
 public:
  SC_HAS_PROCESS(DmaEngine);
  DmaEngine(const sc_core::sc_module_name& name, Clock& clock, Fabric& fabric, DelayLine& line,
            Scheduler& scheduler);

  void load(const EngineSpec& spec, FlowId flow);
  void reset();

  void queue(LegJob& job);  // first phase of an instant
  const LegJob* serves() const { return server_.job(); }

 private:
  void end();    // timer: what is due is over
  void start();  // wake: what can start, starts
  void finish_changed(FlowId flow, Time finish) override;

  Clock& clock_;
  Fabric& fabric_;
  DelayLine& line_;
  Scheduler& scheduler_;
  Timer timer_;
  sc_core::sc_event wake_;
  LegQueue queue_;
  LegServer server_;
};

}  // namespace partita::sim
