// A DMA engine: copies legs from memory to memory, while processors go on.
#pragma once

#include <systemc>
#include <vector>

#include "models/hardware/hardware.h"
#include "sim/delay_line.h"
#include "sim/leg_server.h"

namespace partita::sim {

// Model: one leg at a time on each channel, in the order of the queue: set-up, data, completion;
// then the channel is free. The leg arrives a latency later.
// Left out: that fetching descriptors takes bandwidth of a memory; scatter and gather.
class DmaEngine : public sc_core::sc_module, private FlowOwner {
 public:
  SC_HAS_PROCESS(DmaEngine);
  DmaEngine(const sc_core::sc_module_name& name, Clock& clock, Fabric& fabric, DelayLine& line,
            Scheduler& scheduler);

  // `first_flow`: of its channels.
  void load(const EngineSpec& spec, FlowId first_flow);
  void reset();

  void queue(LegJob& job);  // first phase of an instant
  // While decisions fall: what waits of it waits no more.
  void forget(const Inference& inference);
  std::vector<const LegJob*> serves() const;

 private:
  void end();    // timer: what is due is over
  void start();  // wake: what can start, starts
  void finish_changed(FlowId flow, Time finish) override;
  void set_timer();

  Clock& clock_;
  Fabric& fabric_;
  DelayLine& line_;
  Scheduler& scheduler_;
  Timer timer_;
  sc_core::sc_event wake_;
  FlowId first_flow_{};
  LegQueue queue_;
  std::vector<LegServer> channels_;
  std::size_t busy_ = 0;  // channels
};

}  // namespace partita::sim
