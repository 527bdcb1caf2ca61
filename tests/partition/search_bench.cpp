// tools/bench search: what searches find in large networks, and how long they take.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "models/base/random.h"
#include "partition/bounds/lower_bound.h"
#include "partition/methods/methods.h"
#include "tests/sim/race/cases.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr std::size_t kSide = 8;  // of the mesh: 64 processors

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double gigabytes_at_most() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1 << 20);
}

// Layers of 5 to 50 us; processors of three speeds.
CostTable unequal_costs(const Network& network, const Hardware& hardware) {
  Random random(1);
  CostTable costs(network.layer_count(), hardware.processors().size());
  for (const LayerId layer : network.layers()) {
    const auto base = static_cast<std::int64_t>(5'000'000 + random.below(45'000'000));
    for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
      const auto halves = static_cast<std::int64_t>(2 + index(p) % 3);
      costs.set(layer, p, LayerCost{.time = Time{base * halves / 2}, .traffic = {}});
    }
  }
  return costs;
}

nlohmann::json row(const Problem& problem, std::string_view method, double seconds, double bound) {
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = method_named(method)->solve(
      problem, {.seed = 1, .steps = 1'000'000'000, .seconds = seconds, .progress = {}});
  const double took = since(start);
  const auto* solution = std::get_if<Solution>(&outcome);
  const double value = solution != nullptr ? solution->value : 0;
  fmt::print("{:>8} {:12} {:>10.3f} ms {:>8.1f} % above the bound {:>7.1f} s {:>6.2f} GB\n",
             problem.network.layer_count(), method, value * 1e3, 100 * (value / bound - 1), took,
             gigabytes_at_most());
  std::fflush(stdout);
  return {{"layers", problem.network.layer_count()},
          {"processors", problem.hardware.processors().size()},
          {"method", method},
          {"value", value},
          {"bound", bound},
          {"seconds", took},
          {"gigabytes", gigabytes_at_most()}};
}

}  // namespace
}  // namespace partita

int main(int count, char** arguments) {
  using namespace partita;
  const double seconds = count > 1 ? std::atof(arguments[1]) : 60;
  const std::size_t most = count > 2 ? static_cast<std::size_t>(std::atol(arguments[2])) : 100'000;
  const Hardware mesh = race::mesh(kSide);
  nlohmann::json rows = nlohmann::json::array();
  for (std::size_t layers = 1'000; layers <= most; layers *= 10) {
    const Network network = race::columns(layers, kSide * kSide);
    const CostTable costs = unequal_costs(network, mesh);
    const Problem problem{network, mesh, costs};
    const double bound = lower_bound(problem).value;
    for (const std::string_view method : {"greedy", "heft", "auto"})
      rows.push_back(row(problem, method, seconds, bound));
  }
  fmt::print("{}\n", nlohmann::json{{"scale", rows}}.dump());
  return 0;
}
