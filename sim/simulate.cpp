#include "sim/simulate.h"

#include <systemc>

#include "models/base/assert.h"
#include "sim/platform.h"

// SystemC's library has a main() that calls this one; programs with a main() of their own still
// have to define it.
int sc_main(int, char*[]) { return 0; }

namespace partita::sim {

struct Simulator::State {
  const Network& network;
  const Hardware& hardware;
  const CostTable& costs;
  SimulatorOptions options;
  Platform& platform;

  // Whose machine is on the platform.
  static inline const State* loaded = nullptr;
};

Simulator::Simulator(const Network& network, const Hardware& hardware, const CostTable& costs,
                     SimulatorOptions options)
    : state_(new State{network, hardware, costs, options,
                       Platform::of_process(hardware, options.fidelity)}) {}

Simulator::~Simulator() {
  if (State::loaded == state_.get()) State::loaded = nullptr;
}

std::int64_t Simulator::longest_train() const {
  return state_->options.fidelity == Fidelity::Packet ? state_->platform.longest_train() : 0;
}

void Simulator::load() {
  if (State::loaded == state_.get()) return;
  state_->platform.load(state_->network, state_->hardware, state_->costs, state_->options);
  State::loaded = state_.get();
}

const Timeline& Simulator::run(const Plan& plan) {
  PARTITA_ASSERT(plan.collectives().empty(), "collectives in steps were not made into layers");
  load();
  return state_->platform.run(plan);
}

const WorkloadTimeline& Simulator::run(const Workload& workload, const RequestDone& done) {
  for (const Request& request : workload.requests) {
    PARTITA_ASSERT(request.plan->collectives().empty(),
                   "collectives in steps were not made into layers");
  }
  load();
  return state_->platform.run(workload, done);
}

}  // namespace partita::sim
