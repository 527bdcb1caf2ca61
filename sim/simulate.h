// Runs plans on the SystemC machine. No SystemC header here, so that anybody can include it.
#pragma once

#include <memory>

#include "models/cost/variant.h"
#include "models/timeline/workload.h"
#include "sim/live.h"

namespace partita::sim {

// At fidelity packet, all machines of one process have the same memories and links (their numbers
// may differ), and the first simulator of the process that runs is of that fidelity.
struct SimulatorOptions {
  Fidelity fidelity = Fidelity::Fluid;
  // Packets that may travel as one where a copy has very many (packet/packet_network.h).
  std::int64_t longest_train = 64;
};

// Simulates plans of one network on one machine. References are kept: the three must outlive it.
// There may be several simulators in a process, for any machines (platform.h says how large), but
// all in one thread: SystemC has one simulation a process. Their runs may alternate; changing from
// one to another costs as much as making one.
//
// At fidelity packet, the load of others may not take away a processor that copies by itself: the
// constructor throws ConfigError. Traffic of others holds up packets as flows do, not as packets.
class Simulator {
 public:
  Simulator(const Network& network, const Hardware& hardware, const CostTable& costs,
            SimulatorOptions options = {});
  // Request::variant counts in `variants`; the first is what run(plan) runs.
  Simulator(std::vector<Variant> variants, const Hardware& hardware, SimulatorOptions options = {});
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // What the first run would do before it starts: network, machine and costs go to the platform.
  void load();

  // The timeline that the execution contract (models/evaluate/evaluate.h) gives, found by a machine
  // of SystemC modules. Precondition: every layer has a cost on its processor. Throws Error where
  // it would last longer than 106 days. The result stays valid until the next run of any simulator.
  const Timeline& run(const Plan& plan);

  // Several requests, as Evaluator::run() has them. `done` is called in simulated time and must not
  // throw.
  const WorkloadTimeline& run(const Workload& workload, const RequestDone& done = nullptr);

  // What the director asks for (live.h), while time goes on. `resident`: as Workload has it; absent,
  // weights are where they are read, and none is relocated. The result stays valid until the next
  // run of any simulator.
  const Directed& run(Director& director,
                      std::optional<std::vector<WeightPlace>> resident = std::nullopt);

  // The most packets that travelled as one in the last run; 0 at fidelity fluid.
  std::int64_t longest_train() const;
  // What crossed a channel as packets in the last run, before it was packed; 0 at fidelity fluid.
  std::int64_t packet_bytes(ChannelId channel) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace partita::sim
