// What others do on the machine meanwhile: the load that the machine file tells.
#pragma once

#include <optional>
#include <systemc>
#include <vector>

#include "models/evaluate/load_clock.h"
#include "sim/fabric.h"

namespace partita::sim {

class Processor;
class Scheduler;

// Model: at each turn of the load (models/evaluate/load_clock.h), processors are told that they
// are gone, back or slower in the first phase of the instant; traffic, one flow for each channel,
// changes in the second. It stops when the plan is done, when nothing is under way and nobody who
// could go on ever returns, or when packets are stuck for ever.
// Left out: load that reacts to ours; packets of others: at either fidelity they are flows.
class Background : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Background);
  Background(const sc_core::sc_module_name& name, Clock& clock, Fabric& fabric,
             Scheduler& scheduler);

  // lay_out() follows, with the first of as many flows as flows() says.
  void load(const Hardware& hardware, const IdVector<ProcessorId, Processor*>& processors);
  std::size_t flows() const { return channel_.size(); }
  void lay_out(FlowId first_flow);
  void reset();

  // First or second phase of an instant: nothing may be under way any more.
  void look();

  // While decisions fall: from now on, beside the machine's load and instead of what was said before.
  void slow_down(const SlowedDown& slowed);
  bool lost(ProcessorId processor) const { return load_->lost(processor); }

 private:
  void turn();  // timer: the next change of the load is due
  void send();  // the traffic that changed
  void wait_for_starts() { reconsider_.notify(sc_core::SC_ZERO_TIME); }
  void reconsider();  // whether there is anything to go on for, when an instant is over
  bool waits_for_return() const;
  void tell(ProcessorId processor);

  Clock& clock_;
  Fabric& fabric_;
  Scheduler& scheduler_;
  Timer timer_;
  sc_core::sc_event send_, look_, reconsider_;

  std::optional<LoadClock> load_;
  IdVector<ProcessorId, Processor*> processors_;
  FlowId first_flow_{};
  std::vector<ChannelId> channel_;  // of each of its flows
  std::vector<bool> flowing_;
  // What slow_down() has said, and with it all that slows a processor down.
  struct Slowed {
    std::optional<Ratio> speed;
    std::vector<Ratio> speeds;
  };
  IdVector<ProcessorId, Slowed> slowed_;
};

}  // namespace partita::sim
