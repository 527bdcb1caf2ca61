// What happens to a network in service: who asks for what and when, and what becomes of the machine
// meanwhile. One file drives simulated and real executions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/hardware/hardware.h"
#include "models/workload/arrivals.h"

namespace partita {

// Inputs that cost alike.
struct ScenarioClass {
  std::string name;
  std::string network;       // as load_network() takes it: the scenario's, with other sizes
  std::string leaves_after;  // layer behind which inputs of this class leave; "": they do not
  SourceLoc where;
};

// Shares of the classes from a time on; they add up to 1.
struct Mix {
  Time from{0};
  std::vector<double> shares;
};

// Requests arrive as a Poisson process whose rate follows a Markov chain of states that lead to each
// other in a circle, each left after an exponential time (Fischer and Meier-Hellstern, The
// Markov-modulated Poisson process cookbook, Perform. Eval. 18, 1993).
struct MarkovState {
  std::int64_t per_second = 0;  // 10^-6 requests a second
  double share = 0;             // instead: of what the best static plan can serve; 0: none
  Time stay{0};                 // in the mean
};

struct ScenarioArrivals {
  std::string text;                 // as it was written
  std::optional<Arrivals> process;  // every, Poisson, bursts, a trace
  double share = 0;                 // Poisson, of what the best static plan can serve
  std::vector<MarkovState> markov;
};

// Whoever wants to harm: after each switch of the policy, the processor that the plan in force uses
// most is slowed down, and the one that was slowed down before is not any more.
struct Adversary {
  double slowdown = 1;
  Time after{0};  // the switch
};

struct Scenario {
  std::string name, about, network, machine;
  std::filesystem::path file;
  SourceLoc network_where, machine_where;
  std::vector<ScenarioClass> classes;  // at least one
  std::vector<Mix> mix;                // the first from 0 on
  double analyzer = 1;                 // share of inputs whose class the analyzer sees rightly
  ScenarioArrivals arrivals;
  std::size_t requests = 0;
  std::size_t in_flight = 1, queue = 64;
  Time monitor{0};  // readings are this old at most
  std::vector<LoadSpec> load;
  std::vector<bool> stops;  // of each load: a loss is a halt (SIGSTOP) where processes are real
  std::optional<Adversary> adversary;
  std::uint64_t seed = 1;

  bool disturbed() const;  // whether anything but requests happens, or their mix changes
};

// Reads a scenario; experiments/runtime/README.md describes the format. `machine` gives the machine
// that a text names (a file beside the scenario, "this_computer", ...). `overrides` are "path=value",
// put in the place of what the file says ("--scenario-set requests=200"). Throws ConfigError with all
// mistakes.
struct LoadedScenario {
  Scenario scenario;
  Hardware hardware;  // with the scenario's load
};
LoadedScenario load_scenario(const std::filesystem::path& file,
                             const std::function<Hardware(const Scenario&)>& machine,
                             const std::vector<std::string>& overrides = {});

// The same machine with this load, and nothing else.
Hardware with_load(const Hardware& hardware, std::vector<LoadSpec> load);

}  // namespace partita
