// How many evaluations a second the plain evaluator and the SystemC machine make of the same plans:
// a random network of 200 layers, placed at random on a host and three accelerators behind a
// switch. Both are timed in turns in one run, so that whatever else the computer does falls on
// both; medians are reported.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "models/base/assert.h"
#include "models/evaluate/evaluate.h"
#include "sim/simulate.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr std::size_t kLayers = 200;
constexpr int kPlans = 10;
constexpr int kRounds = 401;

Hardware server() {
  test::Machine machine;
  const MemoryId host = machine.memory("dram", Bandwidth{100'000'000'000});
  machine.parts.host = host;
  machine.processor("cpu", host);
  machine.engine("dram-dma", host, 2us);
  const SwitchId hub = machine.node("switch", 100ns);
  machine.link("up", host, hub, Bandwidth{25'000'000'000}, 500ns);
  for (const char* number : {"0", "1", "2"}) {
    const MemoryId memory =
        machine.memory(std::string("hbm") + number, Bandwidth{1'000'000'000'000});
    const ProcessorId id = machine.processor(std::string("gpu") + number, memory);
    machine.parts.processors[id].launch_overhead = 5us;
    machine.engine(std::string("out") + number, memory, 1us, Direction::Out);
    machine.engine(std::string("in") + number, memory, 1us, Direction::In);
    machine.link(std::string("pcie") + number, memory, hub, Bandwidth{25'000'000'000}, 500ns);
  }
  return machine.build();
}

struct Samples {
  std::vector<double> values;
  double at(double quantile) const {
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1))];
  }
};

template <class Evaluate>
double rate(const std::vector<Plan>& plans, Evaluate&& evaluate) {
  const auto start = std::chrono::steady_clock::now();
  for (const Plan& plan : plans) evaluate(plan);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return static_cast<double>(plans.size()) / took.count();
}

int bench() {
  test::CaseOptions options;
  options.min_layers = options.max_layers = kLayers;
  const Network network = test::random_network(1, options);
  const Hardware hardware = server();
  const CostTable costs = test::random_costs(1, network, hardware, options);
  std::vector<Plan> plans;
  std::size_t legs = 0;
  Evaluator evaluator(network, hardware, costs);
  sim::Simulator simulator(network, hardware, costs);
  for (int i = 0; i < kPlans; ++i) {
    plans.push_back(test::random_plan(static_cast<std::uint64_t>(i), network, hardware));
    const Timeline& predicted = evaluator.run(plans.back());
    PARTITA_ASSERT(predicted.makespan == simulator.run(plans.back()).makespan,
                   "the two that are compared do not agree");
    legs += predicted.legs.size();
  }
  Samples plain, systemc, ratio;
  for (int round = 0; round < kRounds; ++round) {
    plain.values.push_back(rate(plans, [&](const Plan& plan) { evaluator.run(plan); }));
    systemc.values.push_back(rate(plans, [&](const Plan& plan) { simulator.run(plan); }));
    ratio.values.push_back(plain.values.back() / systemc.values.back());
  }

  fmt::print("{} layers on {} processors, {} legs a plan, {} plans, {} rounds in turns\n\n",
             network.layer_count(), hardware.processors().size(), legs / kPlans, kPlans, kRounds);
  fmt::print("{:<18}{:>14}{:>14}{:>14}{:>14}\n", "evaluations/s", "median", "p10", "p90",
             "us each");
  for (const auto& [name, samples] : {std::pair{"plain", &plain}, std::pair{"SystemC", &systemc}}) {
    fmt::print("{:<18}{:>14.0f}{:>14.0f}{:>14.0f}{:>14.1f}\n", name, samples->at(0.5),
               samples->at(0.1), samples->at(0.9), 1e6 / samples->at(0.5));
  }
  fmt::print("{:<18}{:>14.2f}{:>14.2f}{:>14.2f}\n\n", "SystemC / plain", ratio.at(0.5),
             ratio.at(0.1), ratio.at(0.9));
  fmt::print("{}\n", nlohmann::ordered_json{{"systemc_over_plain_time", ratio.at(0.5)},
                                            {"plain_evaluations_per_second", plain.at(0.5)},
                                            {"systemc_evaluations_per_second", systemc.at(0.5)}}
                         .dump());
  return 0;
}

}  // namespace
}  // namespace partita

int main() { return partita::bench(); }
