// Those who ask for inferences.
#pragma once

#include <systemc>

#include "models/timeline/workload.h"
#include "sim/clock.h"

namespace partita::sim {

class Scheduler;

// Model: tells the scheduler of each request when it arrives. Requests of a saturated workload are
// all there from the start.
// Left out: how requests and answers travel; they are there at once.
class Arrivals : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Arrivals);
  Arrivals(const sc_core::sc_module_name& name, const Clock& clock, Scheduler& scheduler);

  // Kept by reference until the run is over.
  void reset(const Workload& workload);

 private:
  void arrive();  // start or timer: whoever is due

  const Clock& clock_;
  Scheduler& scheduler_;
  Timer timer_;
  sc_core::sc_event start_;
  const Workload* workload_ = nullptr;
  std::size_t arrived_ = 0;
};

}  // namespace partita::sim
