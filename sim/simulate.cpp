#include "sim/simulate.h"

#include <systemc>

#include "sim/platform.h"

// SystemC's library has a main() that calls this one; programs with a main() of their own still
// have to define it.
int sc_main(int, char*[]) { return 0; }

namespace partita::sim {

struct Simulator::State {
  const Network& network;
  const Hardware& hardware;
  const CostTable& costs;
  Platform& platform;

  // Whose machine is on the platform.
  static inline const State* loaded = nullptr;
};

Simulator::Simulator(const Network& network, const Hardware& hardware, const CostTable& costs)
    : state_(new State{network, hardware, costs, Platform::of_process(hardware)}) {}

Simulator::~Simulator() {
  if (State::loaded == state_.get()) State::loaded = nullptr;
}

void Simulator::load() {
  if (State::loaded == state_.get()) return;
  state_->platform.load(state_->network, state_->hardware, state_->costs);
  State::loaded = state_.get();
}

const Timeline& Simulator::run(const Plan& plan) {
  load();
  return state_->platform.run(plan);
}

}  // namespace partita::sim
