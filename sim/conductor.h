// Asks the director of a simulation what comes next, and does it.
#pragma once

#include <systemc>
#include <vector>

#include "sim/clock.h"
#include "sim/live.h"

namespace partita::sim {

class Background;
class Scheduler;

// Model: the director is called when all that ends in an instant has ended, and before anything
// starts; what it asks for becomes a part of the workload at once. It takes no time.
class Conductor : public sc_core::sc_module, private Live {
 public:
  SC_HAS_PROCESS(Conductor);
  Conductor(const sc_core::sc_module_name& name, const Clock& clock, Scheduler& scheduler,
            Background& background);

  // Kept by reference until the run is over. What becomes of it is written down in `directed`.
  void reset(Director& director, Directed& directed);
  void reset();  // nobody directs

  // It has asked to be called, also later.
  bool waits() const { return !begun_ || alarm_ < Time::max(); }

  // While decisions fall. To be called now: at the beginning, and when its time has come.
  bool due() const { return !begun_ || alarm_ <= clock_.now(); }
  void tell_time();
  void tell(std::size_t number, const Timeline& timeline);

 private:
  void wake();  // start or timer: it is due

  Time now() const override { return clock_.now(); }
  std::size_t start(const Plan& plan, std::uint32_t variant) override;
  std::size_t relocate(Relocation relocation) override;
  void cancel(std::size_t number) override;
  void call_at(Time when) override;
  void slow_down(ProcessorId processor, double factor) override;
  bool is_lost(ProcessorId processor) const override;
  const Timeline& so_far(std::size_t number) const override;
  std::size_t ask(const Request& request);

  const Clock& clock_;
  Scheduler& scheduler_;
  Background& background_;
  Timer timer_;
  sc_core::sc_event start_;
  Director* director_ = nullptr;
  Directed* directed_ = nullptr;
  std::size_t slowdowns_ = 0;
  bool begun_ = true;
  Time alarm_ = Time::max();
};

}  // namespace partita::sim
