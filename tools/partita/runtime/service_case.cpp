#include "tools/partita/runtime/service_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "exec/host/computer.h"
#include "exec/profile/measured_machine.h"
#include "exec/profile/profiler.h"
#include "models/evaluate/evaluate.h"
#include "models/hardware/load_hardware.h"
#include "models/network/onnx/network_source.h"
#include "models/network/variants.h"
#include "models/plan/resident_weights.h"
#include "models/workload/statistics.h"
#include "partition/predict/predictor.h"
#include "tools/partita/console.h"
#include "tools/partita/kept_parts.h"
#include "tools/partita/runtime/true_conditions.h"

namespace partita::command {
namespace {

// What a scenario names lies beside it.
std::string beside(const Scenario& scenario, const std::string& name) {
  return (scenario.file.parent_path() / name).string();
}

LoadedScenario load(const CaseOptions& options) {
  const auto machine = [&](const Scenario& scenario) {
    if (!options.machine.empty()) return load_hardware(options.machine, options.overrides);
    if (scenario.machine != ServiceCase::kHere) {
      return load_hardware(beside(scenario, scenario.machine), options.overrides);
    }
    if (!options.overrides.empty()) {
      throw ConfigError({"--set", 0, 0},
                        "this computer is as it is: only a file has values to set");
    }
    return HardwareBuilder::build(exec::heterogeneous_machine(exec::this_computer()));
  };
  return load_scenario(options.scenario, machine, options.scenario_overrides);
}

Network network_of(const Scenario& scenario, const std::string& name) {
  const bool is_file = name.ends_with(".onnx") || name.ends_with(".json");
  return load_network(is_file ? beside(scenario, name) : name);
}

// All layers but those that `last` needs.
std::vector<LayerId> behind(const Network& network, LayerId last) {
  std::vector<bool> needed(network.layer_count(), false);
  std::vector<LayerId> open{last};
  while (!open.empty()) {
    const LayerId layer = open.back();
    open.pop_back();
    if (needed[index(layer)]) continue;
    needed[index(layer)] = true;
    for (const LayerId before : network.predecessors(layer)) open.push_back(before);
  }
  std::vector<LayerId> others;
  for (const LayerId layer : network.layers()) {
    if (!needed[index(layer)]) others.push_back(layer);
  }
  return others;
}

// A layer of this name, or the one that makes a tensor of this name.
std::optional<LayerId> layer_called(const Network& network, const std::string& name) {
  if (const auto layer = network.layer_named(name)) return layer;
  for (const Tensor& tensor : network.tensors()) {
    if (tensor.name == name) return tensor.producer;
  }
  return std::nullopt;
}

}  // namespace

ServiceCase::ServiceCase(const CaseOptions& options) : ServiceCase(options, load(options)) {}

ServiceCase::ServiceCase(const CaseOptions& options, LoadedScenario loaded)
    : only_switches_(options.only_switches),
      scenario_(std::move(loaded.scenario)),
      hardware_(std::move(loaded.hardware)) {
  if (options.requests > 0) scenario_.requests = options.requests;
  if (options.seed > 0) scenario_.seed = options.seed;
  load_networks();
  find_costs(options.profile);
  input_is_read();
  expect_by_what_is_seen();
  const Configuration best = best_static();
  capacity_ = options.capacity ? options.capacity(*this, best) : simulated_capacity(best);
  requests_ = requests_of(scenario_, capacity_);
  make_library(options.steps);
}

void ServiceCase::load_networks() {
  Diagnostics diagnostics;
  std::optional<Network> whole;
  try {
    whole = network_of(scenario_, scenario_.network);
  } catch (const ConfigError& error) {
    for (const Diagnostic& each : error.diagnostics()) {
      diagnostics.error(scenario_.network_where, each.message);
    }
    diagnostics.throw_if_any();
  }
  for (const ScenarioClass& each : scenario_.classes) {
    skipped_.emplace_back();
    if (!each.network.empty()) {
      try {
        networks_.push_back(std::make_unique<Network>(network_of(scenario_, each.network)));
        if (!same_structure(*whole, *networks_.back())) {
          diagnostics.error(each.where,
                            fmt::format("{}: '{}' has other layers than '{}': classes differ in "
                                        "sizes of what layers exchange only",
                                        each.name, each.network, scenario_.network));
        }
      } catch (const ConfigError& error) {
        for (const Diagnostic& found : error.diagnostics()) {
          diagnostics.error(each.where, fmt::format("{}: {}", each.name, found.message));
        }
      }
      continue;
    }
    if (!each.leaves_after.empty()) {
      if (const auto last = layer_called(*whole, each.leaves_after)) {
        skipped_.back() = behind(*whole, *last);
      } else {
        diagnostics.error(each.where, fmt::format("{}: there is no layer '{}' in '{}'", each.name,
                                                  each.leaves_after, scenario_.network));
      }
    }
    networks_.push_back(std::make_unique<Network>(
        skipped_.back().empty() ? *whole : without_layers(*whole, skipped_.back())));
  }
  diagnostics.throw_if_any();
  whole_ = std::make_unique<Network>(std::move(*whole));
}

// Layers of inputs that leave early cost what they cost the others, or nothing.
void ServiceCase::find_costs(const std::string& file) {
  std::optional<Profile> profile;
  if (!file.empty()) profile = Profile::load(file);
  if (is_here() && file.empty()) {
    Step step("profile this computer");
    std::vector<const Network*> asked;
    for (std::size_t i = 0; i < networks_.size(); ++i) {
      asked.push_back(skipped_[i].empty() ? networks_[i].get() : whole_.get());
    }
    exec::ProfileOptions options;
    options.progress = [&](const std::string& what, double done) {
      step.progress(static_cast<std::int64_t>(done * 100), 100, what);
    };
    profile = exec::profile(asked, hardware_, scenario_.seed, options).profile;
    const std::vector<LoadSpec> load = hardware_.load();
    HardwareParts parts = exec::measured_machine(*asked.front(), hardware_, *profile);
    parts.load = load;
    hardware_ = HardwareBuilder::build(std::move(parts));
    step.done(fmt::format("{} rows", profile->rows().size()));
  }
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    const Network& network = skipped_[i].empty() ? *networks_[i] : *whole_;
    CostTable costs = profile ? predicted_costs(network, hardware_, *profile)
                              : estimated_costs(network, hardware_);
    costs_.push_back(std::make_unique<CostTable>(without_layers(std::move(costs), skipped_[i])));
  }
}

namespace {

// Of inputs that are seen to be of class `seen`, how many are of each class (Bayes), when classes
// have these shares and the analyzer is right so often.
std::vector<double> what_it_may_be(std::size_t seen, const std::vector<double>& shares,
                                   double right) {
  const auto others = static_cast<double>(shares.size() - 1);
  std::vector<double> found;
  double sum = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    found.push_back(shares[i] * (i == seen ? right : (1 - right) / std::max(1.0, others)));
    sum += found.back();
  }
  for (std::size_t i = 0; i < shares.size(); ++i)
    found[i] = sum > 0 ? found[i] / sum : (i == seen ? 1.0 : 0.0);
  return found;
}

double total(const LayerCost& cost, const ProcessorSpec& processor) {
  return seconds(cost.time + cost.launch_overhead(processor));
}

}  // namespace

// In the mean of the whole scenario's mix: that it changes, whoever plans ahead does not know.
void ServiceCase::expect_by_what_is_seen() {
  std::vector<double> shares(networks_.size(), 0.0);
  for (const Mix& mix : scenario_.mix) {
    for (std::size_t i = 0; i < shares.size(); ++i)
      shares[i] += mix.shares[i] / static_cast<double>(scenario_.mix.size());
  }
  for (std::size_t seen = 0; seen < networks_.size(); ++seen) {
    const std::vector<double> parts = what_it_may_be(seen, shares, scenario_.analyzer);
    constexpr double kRare = 0.02;
    std::size_t largest = seen;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] >= kRare && networks_[i]->total_flops() > networks_[largest]->total_flops())
        largest = i;
    }
    seen_networks_.push_back(networks_[largest].get());
    auto mean = std::make_unique<CostTable>(*costs_[largest]);
    for (const LayerId layer : networks_[seen]->layers()) {
      for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size())) {
        std::optional<LayerCost> cost = (*costs_[largest])(layer, p);
        if (!cost || parts[largest] == 1) continue;
        const ProcessorSpec& processor = hardware_.processors()[p];
        double sum = 0;
        for (std::size_t i = 0; i < parts.size(); ++i)
          sum += parts[i] * total(*(*costs_[i])(layer, p), processor);
        const Time whole = std::max(Time{1}, scaled(std::chrono::seconds{1}, sum));
        cost->launched = cost->launched && whole > processor.launch_overhead;
        cost->time = whole - cost->launch_overhead(processor);
        mean->set(layer, p, cost);
      }
    }
    seen_costs_.push_back(std::move(mean));
  }
}

double ServiceCase::seen_share(std::size_t seen) const {
  const std::vector<double>& shares = scenario_.mix.front().shares;
  const auto others = static_cast<double>(shares.size() - 1);
  double sum = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    sum += shares[i] *
           (i == seen ? scenario_.analyzer : (1 - scenario_.analyzer) / std::max(1.0, others));
  }
  return shares.size() == 1 ? 1 : sum;
}

ServiceOptions ServiceCase::service_options() const {
  ServiceOptions options;
  options.in_flight = scenario_.in_flight;
  options.queue = scenario_.queue;
  options.monitor_every = scenario_.monitor;
  options.host_keeps_weights = hardware_.host().has_value();
  // What it has room for is asked anew for each plan, and plans come again.
  // By order and not by address: a plan that is gone may leave its place to another.
  using Orders = std::vector<std::vector<LayerId>>;
  auto known = std::make_shared<std::map<Orders, IdVector<MemoryId, Bytes>>>();
  options.peaks = [this, known](const Plan& plan) {
    const auto& order = plan.placement().order;
    const auto [entry, is_new] = known->try_emplace(Orders{order.begin(), order.end()});
    if (is_new) entry->second = activations_of(plan);
    return entry->second;
  };
  return options;
}

IdVector<MemoryId, Bytes> ServiceCase::activations_of(const Plan& plan) const {
  IdVector<MemoryId, Bytes> most(hardware_.memories().size());
  const Hardware undisturbed = with_load(hardware_, {});
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    Evaluator evaluator(*networks_[i], undisturbed, *costs_[i]);
    const Timeline& timeline = evaluator.run(plan);
    const IdVector<MemoryId, Bytes> weights = resident_weights(*networks_[i], undisturbed, plan);
    for (const MemoryId id : ids<MemoryId>(most.size())) {
      const std::int64_t held = timeline.memory_peak[id].value - weights[id].value;
      most[id].value =
          std::max(most[id].value, held * static_cast<std::int64_t>(scenario_.in_flight));
    }
  }
  return most;
}

PolicyProblem ServiceCase::problem() const {
  PolicyProblem problem;
  problem.hardware = &hardware_;
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    problem.classes.push_back({seen_networks_[i], seen_costs_[i].get(), seen_share(i),
                               networks_[i].get(), costs_[i].get()});
  }
  problem.in_flight = scenario_.in_flight;
  problem.seed = scenario_.seed;
  problem.probes = problem.routes = problem.searches = !only_switches_;
  return problem;
}

// The best plan of each class, undisturbed.
Configuration ServiceCase::best_static() const {
  const PolicyProblem of = problem();
  auto made = plan_library(
      of, {{"undisturbed", Conditions::undisturbed(hardware_), expected_shares(of), 0}});
  if (const auto* none = std::get_if<Infeasible>(&made)) throw_infeasible(*none);
  return *std::get<PlanLibrary>(made).best_static.configuration;
}

// Somebody always asks: how often one is done.
double ServiceCase::simulated_capacity(const Configuration& best) const {
  const Hardware undisturbed = with_load(hardware_, {});
  constexpr std::size_t kRequests = 60;
  double seconds_each = 0;
  const std::vector<double> shares = expected_shares(problem());
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    if (shares[i] <= 0) continue;
    Evaluator evaluator(*networks_[i], undisturbed, *costs_[i]);
    const Workload asked = Workload::always(*best.plans[i], kRequests, scenario_.in_flight);
    seconds_each += shares[i] * steady_period(evaluator.run(asked)).seconds_each();
  }
  return 1 / seconds_each;
}

void ServiceCase::make_library(std::int64_t steps) {
  Step step("plans for what may come");
  inputs_.problem = problem();
  PolicyProblem& problem = inputs_.problem;
  if (steps > 0) problem.steps = steps;
  const Time last = requests_.back().arrival;
  if (requests_.size() > 1 && last > Time{0}) {
    problem.arrivals_per_second = static_cast<double>(requests_.size() - 1) / seconds(last);
  }
  // What is found out is taken to hold for as long as a few dozen requests take to come.
  constexpr double kRequestsAhead = 50;
  if (problem.arrivals_per_second > 0) {
    problem.horizon = Time{
        static_cast<std::int64_t>(kRequestsAhead / problem.arrivals_per_second * std::pico::den)};
  }
  problem.future = true_segments(scenario_, hardware_, requests_);
  auto made = plan_library(problem, usual_occasions(problem));
  if (const auto* none = std::get_if<Infeasible>(&made)) throw_infeasible(*none);
  inputs_.library = std::make_shared<PlanLibrary>(std::move(std::get<PlanLibrary>(made)));
  step.done(fmt::format("{} kept for {} occasions", inputs_.library->candidates.size(),
                        inputs_.library->occasions.size()));
}

void ServiceCase::throw_infeasible(const Infeasible& none) const {
  throw ConfigError(scenario_.network_where, fmt::format("no plan exists: {}", none.reason));
}

}  // namespace partita::command
