// A scenario with all that it names: what any policy, simulated or real, is tried on.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/network/network.h"
#include "models/scenario/scenario.h"
#include "models/scenario/scenario_requests.h"
#include "partition/runtime/policies/policies.h"
#include "partition/runtime/service.h"

namespace partita::command {

class ServiceCase;

struct CaseOptions {
  std::string scenario;                // file
  std::string machine, profile;        // files; "": the scenario's machine, and nothing is measured
  std::vector<std::string> overrides;  // of the machine, path=value
  std::vector<std::string> scenario_overrides;  // of the scenario, likewise
  std::size_t requests = 0;                     // 0: the scenario's
  std::uint64_t seed = 0;                       // 0: the scenario's
  std::int64_t steps = 0;                       // of each search ahead of time; 0: the usual
  // Requests a second that a configuration serves; absent: simulated. Of the case, networks, costs and
  // machine are there by then.
  std::function<double(const ServiceCase&, const Configuration&)> capacity{};
  // Requests run by plans that were made ready before, and no others: ours switches, and does nothing
  // else of what it does in a simulation.
  bool only_switches = false;
};

class ServiceCase {
 public:
  // Throws ConfigError with the mistakes of all files.
  explicit ServiceCase(const CaseOptions& options);
  ServiceCase(const ServiceCase&) = delete;
  ServiceCase& operator=(const ServiceCase&) = delete;

  const Scenario& scenario() const { return scenario_; }
  const Hardware& hardware() const { return hardware_; }  // with the scenario's load
  // By class of inputs; all of the same structure.
  const std::vector<std::unique_ptr<Network>>& networks() const { return networks_; }
  const std::vector<std::unique_ptr<CostTable>>& costs() const { return costs_; }
  const std::vector<ScenarioRequest>& requests() const { return requests_; }
  double capacity() const { return capacity_; }  // of the best static plan, requests a second
  const PolicyInputs& policies() const { return inputs_; }
  ServiceOptions service_options() const;
  bool is_here() const { return scenario_.machine == kHere; }

  static constexpr const char* kHere = "this_computer";

 private:
  ServiceCase(const CaseOptions& options, LoadedScenario loaded);
  void load_networks();
  void find_costs(const std::string& profile);
  Configuration best_static() const;
  double simulated_capacity(const Configuration& best) const;
  void make_library(std::int64_t steps);
  void expect_by_what_is_seen();
  PolicyProblem problem() const;
  IdVector<MemoryId, Bytes> activations_of(const Plan& plan) const;
  double seen_share(std::size_t seen) const;
  [[noreturn]] void throw_infeasible(const Infeasible& none) const;

  const bool only_switches_;
  Scenario scenario_;
  Hardware hardware_;
  std::unique_ptr<Network> whole_;
  std::vector<std::vector<LayerId>> skipped_;  // by class
  std::vector<std::unique_ptr<Network>> networks_;
  std::vector<std::unique_ptr<CostTable>> costs_;
  // What inputs cost that are seen to be of a class, some of which are not: in the mean, and on the
  // largest network that it may be.
  std::vector<std::unique_ptr<CostTable>> seen_costs_;
  std::vector<const Network*> seen_networks_;
  std::vector<ScenarioRequest> requests_;
  double capacity_ = 0;
  PolicyInputs inputs_;
};

}  // namespace partita::command
