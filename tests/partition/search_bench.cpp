// tools/bench search: moves that a search judges in a second, against SimGrid, and what searches find
// in large networks.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "models/base/random.h"
#include "partition/bounds/lower_bound.h"
#include "partition/methods/annealing.h"
#include "partition/methods/groundwork.h"
#include "partition/methods/methods.h"
#include "partition/methods/search_state.h"
#include "tests/sim/race/cases.h"
#ifdef PARTITA_WITH_SIMGRID
#include "tests/sim/race/simgrid_machine.h"
#endif
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr std::size_t kSide = 8;    // of the mesh: 64 processors
constexpr std::size_t kNear = 512;  // layers that one of a random network may read from
constexpr std::size_t kLayers = 200;
constexpr std::int64_t kMoves = 40'000;
[[maybe_unused]] constexpr std::size_t kSimGridPlans = 200;

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

// Each layer reads one to three of the results that the `width` layers before it made.
Network random_near(std::size_t layers, std::size_t width) {
  Random random(1);
  test::Graph graph;
  std::vector<TensorId> results;
  for (std::size_t i = 0; i < layers; ++i) {
    std::vector<TensorId> inputs;
    for (std::size_t k = i < width ? 0 : 1 + random.below(3); k > 0; --k) {
      const TensorId input = results[i - 1 - random.below(width)];
      if (std::find(inputs.begin(), inputs.end(), input) == inputs.end()) inputs.push_back(input);
    }
    const auto size = static_cast<std::int64_t>(10'000 + 1'000 * random.below(7));
    results.push_back(graph.layer("layer" + std::to_string(i), inputs, Bytes{size}));
  }
  return graph.build();
}

nlohmann::json row(std::string_view shape, const Problem& problem, std::string_view method,
                   double seconds, double bound) {
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = method_named(method)->solve(
      problem, {.seed = 1, .steps = 1'000'000'000, .seconds = seconds, .progress = {}});
  const double took = since(start);
  const auto* solution = std::get_if<Solution>(&outcome);
  const double value = solution != nullptr ? solution->value : 0;
  fmt::print("{:10} {:>8} {:12} {:>10.3f} ms {:>8.1f} % above the bound {:>7.1f} s {:>6.2f} GB\n",
             shape, problem.network.layer_count(), method, value * 1e3, 100 * (value / bound - 1),
             took, gigabytes_at_most());
  std::fflush(stdout);
  return {{"network", shape},
          {"limit", seconds},
          {"layers", problem.network.layer_count()},
          {"processors", problem.hardware.processors().size()},
          {"method", method},
          {"value", value},
          {"bound", bound},
          {"seconds", took},
          {"gigabytes", gigabytes_at_most()}};
}

// Moves a second of annealing on the job that tools/bench sim gives SimGrid, too.
double moves_per_second(const Problem& problem, Groundwork::Screen screen, const Plan& start) {
  auto ground = Groundwork::of(problem, screen);
  const auto begin = std::chrono::steady_clock::now();
  anneal_from(*std::get<std::unique_ptr<Groundwork>>(ground), {.seed = 1, .steps = kMoves},
              {start});
  return static_cast<double>(kMoves) / since(begin);
}

#ifdef PARTITA_WITH_SIMGRID
// What annealing's moves make of a plan: each is kept where it helps.
std::vector<Plan> plans_on_the_way(const Problem& problem, const Plan& start) {
  const auto ground = Groundwork::of(problem, Groundwork::Screen::Nothing);
  const Candidates& candidates = std::get<std::unique_ptr<Groundwork>>(ground)->candidates;
  Evaluator evaluator(problem.network, problem.hardware, problem.costs);
  SearchState state(problem, candidates);
  Time best = evaluator.run(start).makespan;
  state.load(start.placement(), evaluator.run(start));
  Random random(1);
  std::vector<Plan> plans;
  while (plans.size() < kSimGridPlans) {
    if (!state.change(random)) {
      state.keep();
      continue;
    }
    auto made = make_plan(problem.network, problem.hardware, state.placement(), "move");
    if (std::holds_alternative<Plan>(made)) {
      plans.push_back(std::get<Plan>(std::move(made)));
      const Time makespan = evaluator.run(plans.back()).makespan;
      if (makespan <= best) {
        best = makespan;
        state.keep();
        continue;
      }
    }
    state.undo();
  }
  return plans;
}
#endif

// Of such plans; nothing where SimGrid is not installed.
std::optional<double> simgrid_per_second([[maybe_unused]] const Problem& problem,
                                         [[maybe_unused]] const Plan& start) {
#ifdef PARTITA_WITH_SIMGRID
  race::SimGridMachine simgrid(problem.hardware);
  Evaluator evaluator(problem.network, problem.hardware, problem.costs);
  double seconds = 0;
  for (const Plan& plan : plans_on_the_way(problem, start)) {
    const auto served = race::served_by_engines(evaluator.run(plan), problem.hardware);
    const auto begin = std::chrono::steady_clock::now();
    simgrid.run(problem.network, problem.costs, plan, served);
    seconds += since(begin);
  }
  return kSimGridPlans / seconds;
#else
  return std::nullopt;
#endif
}

nlohmann::json rates() {
  const Hardware hardware = race::server(race::Delays::None);
  const Network network = race::random_layers(kLayers);
  const CostTable costs =
      race::without_traffic(test::random_costs(1, network, hardware), network, hardware);
  const Problem problem{network, hardware, costs};
  const Plan start = std::get<Solution>(method_named("heft")->solve(problem, {})).plan;
  const double full = moves_per_second(problem, Groundwork::Screen::Nothing, start);
  const double screened = moves_per_second(problem, Groundwork::Screen::Plans, start);
  const auto simgrid = simgrid_per_second(problem, start);
  fmt::print(
      "moves a second of annealing, {} layers on 4 processors: each executed {:.0f}, those that\n"
      "may be accepted executed {:.0f} ({:.1f} x)",
      kLayers, full, screened, screened / full);
  if (simgrid)
    fmt::print("; SimGrid {:.0f} of such a second: {:.1f} x, {:.1f} x", *simgrid, full / *simgrid,
               screened / *simgrid);
  fmt::print("\n\n");
  nlohmann::json found{{"full_per_second", full}, {"screened_per_second", screened}};
  if (simgrid) {
    found["simgrid_per_second"] = *simgrid;
    found["full_over_simgrid"] = full / *simgrid;
    found["incremental_over_simgrid"] = screened / *simgrid;
  }
  return found;
}

}  // namespace
}  // namespace partita

int main(int count, char** arguments) {
  using namespace partita;
  const double seconds = count > 1 ? std::atof(arguments[1]) : 60;
  const std::size_t most = count > 2 ? static_cast<std::size_t>(std::atol(arguments[2])) : 100'000;
  const nlohmann::json found = rates();
  const Hardware mesh = race::mesh(kSide);
  nlohmann::json rows = nlohmann::json::array();
  for (const std::string_view shape : {"columns", "random"}) {
    for (std::size_t layers = 1'000; layers <= most; layers *= 10) {
      const Network network =
          shape == "columns" ? race::columns(layers, kSide * kSide) : random_near(layers, kNear);
      const CostTable costs = unequal_costs(network, mesh);
      const Problem problem{network, mesh, costs};
      const double bound = lower_bound(problem).value;
      for (const std::string_view method : {"greedy", "heft", "auto"})
        rows.push_back(row(shape, problem, method, seconds, bound));
    }
  }
  fmt::print("{}\n", nlohmann::json{{"rates", found}, {"scale", rows}}.dump());
  return 0;
}
