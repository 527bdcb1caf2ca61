#include "sim/simulate.h"

#include <fmt/format.h>

#include <systemc>

#include "models/base/assert.h"
#include "models/network/variants.h"
#include "sim/platform.h"

// SystemC's library has a main() that calls this one; programs with a main() of their own still
// have to define it.
int sc_main(int, char*[]) { return 0; }

namespace partita::sim {

struct Simulator::State {
  std::vector<Variant> variants;
  const Hardware& hardware;
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

// Packets that are under way cannot be called back.
void refuse_lost_copies(const Hardware& hardware) {
  Diagnostics diagnostics;
  for (const LoadSpec& load : hardware.load()) {
    const auto* lost = std::get_if<Lost>(&load.effect);
    if (lost == nullptr || !may_copy(hardware, lost->processor)) continue;
    const SourceLoc where = load.where.file.empty() ? SourceLoc{hardware.name(), 0, 0} : load.where;
    diagnostics.error(where,
                      fmt::format("load '{}' takes away {}, which copies by itself: only fidelity "
                                  "fluid can simulate that",
                                  load.name, hardware.processors()[lost->processor].name));
  }
  diagnostics.throw_if_any();
}

}  // namespace

Simulator::Simulator(const Network& network, const Hardware& hardware, const CostTable& costs,
                     SimulatorOptions options)
    : Simulator({{&network, &costs}}, hardware, options) {}

Simulator::Simulator(std::vector<Variant> variants, const Hardware& hardware,
                     SimulatorOptions options)
    : state_(new State{std::move(variants), hardware, options,
                       Platform::of_process(hardware, options.fidelity)}) {
  for (const Variant& variant : state_->variants) {
    PARTITA_ASSERT(same_structure(*variant.network, *state_->variants.front().network),
                   "variants of a network that have not its structure");
  }
  if (options.fidelity == Fidelity::Packet) refuse_lost_copies(hardware);
}

Simulator::~Simulator() {
  if (State::loaded == state_.get()) State::loaded = nullptr;
}

std::int64_t Simulator::longest_train() const {
  return state_->options.fidelity == Fidelity::Packet ? state_->platform.longest_train() : 0;
}

std::int64_t Simulator::packet_bytes(ChannelId channel) const {
  const bool as_packets = state_->options.fidelity == Fidelity::Packet;
  return as_packets ? state_->platform.packet_bytes(channel) : 0;
}

void Simulator::load() {
  if (State::loaded == state_.get()) return;
  state_->platform.load(state_->variants, state_->hardware, state_->options);
  State::loaded = state_.get();
}

const Timeline& Simulator::run(const Plan& plan) {
  PARTITA_ASSERT(plan.collectives().empty(), "collectives in steps were not made into layers");
  load();
  return state_->platform.run(plan);
}

const WorkloadTimeline& Simulator::run(const Workload& workload, const RequestDone& done) {
  for (const Request& request : workload.requests) {
    PARTITA_ASSERT(request.relocation != nullptr || request.plan->collectives().empty(),
                   "collectives in steps were not made into layers");
  }
  load();
  return state_->platform.run(workload, done);
}

const Directed& Simulator::run(Director& director,
                               std::optional<std::vector<WeightPlace>> resident) {
  load();
  return state_->platform.run(director, std::move(resident));
}

}  // namespace partita::sim
