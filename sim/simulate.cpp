#include "sim/simulate.h"

#include <fmt/format.h>

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

namespace {

// Whether there is a leg that this processor would copy by itself.
bool may_copy(const Hardware& hardware, ProcessorId processor) {
  const MemoryId here = hardware.processors()[processor].memory;
  for (const MemoryId src : ids<MemoryId>(hardware.memories().size())) {
    for (const MemoryId dst : ids<MemoryId>(hardware.memories().size())) {
      const Route* route = src == dst ? nullptr : hardware.route(src, dst);
      if (route == nullptr) continue;
      for (const Leg& leg : *route) {
        if (!leg.engine && (leg.src == here || leg.copier == processor)) return true;
      }
    }
  }
  return false;
}

// Packets that are under way cannot be called back, and others send none.
void refuse_load_of_packets(const Hardware& hardware) {
  Diagnostics diagnostics;
  for (const LoadSpec& load : hardware.load()) {
    const auto* lost = std::get_if<Lost>(&load.effect);
    const auto processor = loaded_processor(load.effect);
    if (processor && (lost == nullptr || !may_copy(hardware, *processor))) continue;
    const SourceLoc where = load.where.file.empty() ? SourceLoc{hardware.name(), 0, 0} : load.where;
    diagnostics.error(
        where, processor
                   ? fmt::format("load '{}' takes away a processor that copies by itself, which "
                                 "only fidelity fluid can simulate",
                                 load.name)
                   : fmt::format("load '{}' is traffic of others, which only fidelity fluid can "
                                 "simulate",
                                 load.name));
  }
  diagnostics.throw_if_any();
}

}  // namespace

Simulator::Simulator(const Network& network, const Hardware& hardware, const CostTable& costs,
                     SimulatorOptions options)
    : state_(new State{network, hardware, costs, options,
                       Platform::of_process(hardware, options.fidelity)}) {
  if (options.fidelity == Fidelity::Packet) refuse_load_of_packets(hardware);
}

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
