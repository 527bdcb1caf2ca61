// Last bytes under way: what arrives a fixed time after it was sent, however much else is under
// way.
#pragma once

#include <systemc>
#include <vector>

#include "sim/clock.h"
#include "sim/leg_job.h"

namespace partita::sim {

class Scheduler;

// Model: latencies of routes, and transfers of given time. Nothing here waits for anything else.
class DelayLine : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(DelayLine);
  DelayLine(const sc_core::sc_module_name& name, Clock& clock, Scheduler& scheduler);

  void reset();

  // In the first phase of an instant. Without a delay the leg arrives before the call returns.
  // What travels as packets arrives when they do, which is told by packets_arrive().
  void send(LegJob& job, Time delay);
  void packets_deliver(bool they_do) { packets_deliver_ = they_do; }
  void packets_arrive(LegJob& job, Time at);

 private:
  void deliver(LegJob& job, Time delay);
  void arrive();

  struct Flight {
    Time arrival;
    LegJob* job;
    friend bool operator<(const Flight& a, const Flight& b) { return a.arrival > b.arrival; }
  };

  Clock& clock_;
  Scheduler& scheduler_;
  Timer timer_;
  bool packets_deliver_ = false;
  std::vector<Flight> flights_;  // a heap, the next arrival in front
};

}  // namespace partita::sim
