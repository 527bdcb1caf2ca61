// A stream of inferences on the SystemC machine, in simulated time, while processors change their
// speed.
#pragma once

#include <memory>

#include "partition/adapt/stream.h"
#include "sim/simulate.h"

namespace partita::sim {

// Model: layer times are the cost table's, times the slowdown in force on their processor. The
//   stream stands still for Migration::cost at a switch.
// Left out: migration beside the running stream; a slowdown that begins within an inference.
// Network and machine must outlive it.
class SimulatedExecution : public Execution {
 public:
  SimulatedExecution(const Network& network, const Hardware& hardware, CostTable costs, Plan plan);

  // From the next inference on, layers on `processor` take `ratio` times as long as the cost table
  // says. ratio > 0.
  void slow_down(ProcessorId processor, double ratio);

  Timeline infer() override;
  Time switch_to(const Plan& plan, const Migration& migration) override;

 private:
  const Network& network_;
  const Hardware& hardware_;
  const CostTable undisturbed_;
  CostTable costs_;
  Plan plan_;
  std::unique_ptr<Simulator> simulator_;
};

}  // namespace partita::sim
