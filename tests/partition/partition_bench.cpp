// Optimizers against published instances with reference results: every value is computed from the
// instance's file again before it is printed.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "models/base/file.h"
#include "partition/bounds/lower_bound.h"
#include "partition/loads/contiguous.h"
#include "partition/loads/load_search.h"
#include "partition/methods/methods.h"
#include "tests/partition/instances/instances.h"
#include "tests/partition/instances/recheck.h"

namespace partita {
namespace {

using nlohmann::ordered_json;
using test::Instance;

class Clock {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// In the unit of the instance's file.
struct Answer {
  double value = 0;
  double bound = 0;  // that no answer can beat
  std::string method;
  ordered_json assignment;
};
using Solve = std::function<Answer(const Instance&, double limit)>;

// What no assignment can beat, whatever it sends.
//
// Model: the largest item on its best device; and for any weights x of accelerators and 1 - x of CPUs,
//   each spread equally over its devices, the weighted sum of loads is at least what each item takes
//   where that is less (the dual of the fractional assignment of work).
std::int64_t work_bound(const loads::LoadModel& model, std::size_t accelerators) {
  constexpr int kParts = 1000;
  const auto fast = static_cast<Wide>(accelerators);
  const Wide slow = static_cast<Wide>(model.devices.size()) - fast;
  Wide best = 0;
  for (const loads::Item& item : model.items) {
    Wide least = std::numeric_limits<std::int64_t>::max();
    for (const auto& option : item.options)
      least = std::min<Wide>(least, option.uses.front().amount);
    best = std::max(best, least);
  }
  for (int part = 0; part <= kParts; ++part) {
    Wide sum = 0;
    for (const loads::Item& item : model.items) {
      std::optional<Wide> least;
      for (const auto& option : item.options) {
        const bool is_fast = index(option.device) < accelerators;
        const Wide weight =
            is_fast ? part * std::max<Wide>(1, slow) : (kParts - part) * std::max<Wide>(1, fast);
        const Wide cost = option.uses.front().amount * weight;
        if (!least || cost < *least) least = cost;
      }
      sum += *least;
    }
    best = std::max(best, sum / (kParts * std::max<Wide>(1, fast) * std::max<Wide>(1, slow)));
  }
  return static_cast<std::int64_t>(best);
}

double unscaled(const loads::LoadModel& model, std::int64_t value) {
  return static_cast<double>(value) / static_cast<double>(model.ticks);
}

template <class Graph>
ordered_json devices_of(const Graph& graph, const std::vector<loads::ItemId>& item,
                        const loads::Assignment& assignment) {
  ordered_json devices = ordered_json::object();
  for (std::size_t node = 0; node < graph.nodes.size(); ++node)
    devices[graph.nodes[node].id] = index(assignment[item[node]]);
  return devices;
}

[[noreturn]] void no_answer(const Infeasible& why) { throw std::runtime_error(why.reason); }
[[noreturn]] void no_answer(const loads::TooLarge& why) {
  throw std::runtime_error(fmt::format("more than {} downsets", why.downsets));
}

Answer solve_max_load(const Instance& instance, double limit) {
  const Clock clock;
  const auto& graph = std::get<test::OperatorGraph>(instance.graph);
  const auto [model, item] = test::loads_of(graph);
  std::vector<loads::Assignment> starts;
  const auto split = loads::best_contiguous(model);
  if (const auto* found = std::get_if<loads::LoadSolution>(&split))
    starts.push_back(found->assignment);
  const std::int64_t bound = work_bound(model, graph.accelerators);
  const SearchOptions options{.seed = 1,
                              .steps = std::numeric_limits<std::int64_t>::max(),
                              .progress = [&](const Progress& now) {
                                const bool closed =
                                    now.best && *now.best <= static_cast<double>(bound);
                                return !closed && clock.seconds() < limit;
                              }};
  const auto found = loads::search_loads(model, options, starts);
  if (const auto* no = std::get_if<Infeasible>(&found)) no_answer(*no);
  const auto& best = std::get<loads::LoadSolution>(found);
  return {unscaled(model, best.value), unscaled(model, bound), "annealing of loads",
          devices_of(graph, item, best.assignment)};
}

Answer exact_split(const loads::LoadModel& model,
                   const std::function<ordered_json(const loads::Assignment&)>& told) {
  const auto found = loads::best_contiguous(model);
  if (const auto* no = std::get_if<Infeasible>(&found)) no_answer(*no);
  if (const auto* no = std::get_if<loads::TooLarge>(&found)) no_answer(*no);
  const auto& best = std::get<loads::LoadSolution>(found);
  const double value = unscaled(model, best.value);
  return {value, value, "downsets", told(best.assignment)};
}

Answer solve_contiguous(const Instance& instance, double) {
  const auto& graph = std::get<test::OperatorGraph>(instance.graph);
  const auto loads = test::loads_of(graph);
  return exact_split(loads.model, [&](const loads::Assignment& assignment) {
    return devices_of(graph, loads.item, assignment);
  });
}

Answer solve_stages(const Instance& instance, std::size_t stages) {
  const auto& graph = std::get<test::StageGraph>(instance.graph);
  const auto loads = test::loads_of(graph, stages);
  return exact_split(loads.model, [&](const loads::Assignment& assignment) {
    return devices_of(graph, loads.item, assignment);
  });
}

Answer solve_makespan(const Instance& instance, double limit) {
  const Network network = test::network_of(std::get<test::TaskGraph>(instance.graph));
  const Hardware hardware = test::machine_of(network);
  const CostTable costs = estimated_costs(network, hardware);
  const Problem problem{network, hardware, costs};
  const Outcome outcome = method_named("auto")->solve(problem, {.seed = 1, .seconds = limit});
  if (const auto* no = std::get_if<Infeasible>(&outcome)) no_answer(*no);
  const double bound = std::get<Solution>(outcome).bound.value_or(lower_bound(problem).value);
  const Plan& plan = std::get<Solution>(outcome).plan;
  Evaluator evaluator(network, hardware, costs);
  const Timeline& timeline = evaluator.run(plan);
  ordered_json schedule = ordered_json::array();
  // Layers are named T0, T1, ... and numbered in a topological order.
  for (std::size_t task = 0; task < network.layer_count(); ++task) {
    const LayerId layer = *network.layer_named(fmt::format("T{}", task));
    schedule.push_back({{"task", task},
                        {"processor", index(plan.processor(layer))},
                        {"start", milliseconds(timeline.layers[layer].start)}});
  }
  return {milliseconds(timeline.makespan), 1e3 * bound, plan.method(), std::move(schedule)};
}

// Who answers for an objective of an instance; nobody yet: none.
Solve solver_of(const Instance& instance, const std::string& objective) {
  if (std::holds_alternative<test::OperatorGraph>(instance.graph)) {
    if (objective == "max_load") return solve_max_load;
    if (objective == "contiguous_max_load") return solve_contiguous;
  }
  if (std::holds_alternative<test::StageGraph>(instance.graph) &&
      objective.starts_with("stages:")) {
    const auto stages = static_cast<std::size_t>(std::stoul(objective.substr(7)));
    return [stages](const Instance& of, double) { return solve_stages(of, stages); };
  }
  if (std::holds_alternative<test::TaskGraph>(instance.graph) && objective == "makespan")
    return solve_makespan;
  return nullptr;
}

// Where nobody says what is asked: all that the format allows.
std::vector<Instance::Reference> objectives_of(const Instance& instance) {
  if (!instance.references.empty()) return instance.references;
  std::vector<std::string> names;
  if (std::holds_alternative<test::OperatorGraph>(instance.graph))
    names = {"max_load", "contiguous_max_load"};
  if (std::holds_alternative<test::StageGraph>(instance.graph))
    names = {"stages:2", "stages:4", "stages:8"};
  if (std::holds_alternative<test::TaskGraph>(instance.graph)) names = {"makespan"};
  std::vector<Instance::Reference> asked;
  for (std::string& name : names)
    asked.push_back({std::move(name), std::numeric_limits<double>::quiet_NaN()});
  return asked;
}

// Exact to what reading decimal numbers and adding them up in another order leaves.
bool same(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(a)); }

std::string number(double value) { return std::isnan(value) ? "-" : fmt::format("{:.5f}", value); }
ordered_json or_null(double value) {
  return std::isnan(value) ? ordered_json{} : ordered_json(value);
}

int bench(const std::filesystem::path& data, double limit, const std::string& out) {
  std::vector<std::string> skipped;
  ordered_json rows = ordered_json::array();
  bool agreed = true;
  fmt::print("{:<56}{:<21}{:>12}{:>12}{:>12}{:>9}{:>9}  {}\n", "instance", "objective", "value",
             "reference", "bound", "gap %", "seconds", "method");
  for (const Instance& instance : test::find_instances(data, skipped)) {
    for (const auto& [objective, reference] : objectives_of(instance)) {
      const Solve solve = solver_of(instance, objective);
      if (!solve) {
        skipped.push_back(fmt::format("{}: no method for '{}'", instance.name, objective));
        continue;
      }
      try {
        const Clock clock;
        const Answer answer = solve(instance, limit);
        const double seconds = clock.seconds();
        const double again = test::value_of(instance.file, objective, answer.assignment);
        if (!same(again, answer.value)) {
          throw std::runtime_error(
              fmt::format("claims {}, but its assignment has {}", answer.value, again));
        }
        const double gap = answer.bound > 0 ? std::max(0.0, again / answer.bound - 1)
                                            : std::numeric_limits<double>::quiet_NaN();
        fmt::print("{:<56}{:<21}{:>12}{:>12}{:>12}{:>9.3f}{:>9.2f}  {}\n", instance.name, objective,
                   number(again), number(reference), number(answer.bound), 100 * gap, seconds,
                   answer.method);
        std::fflush(stdout);
        rows.push_back({{"name", instance.name},
                        {"objective", objective},
                        {"value", again},
                        {"bound", answer.bound},
                        {"gap", or_null(gap)},
                        {"seconds", seconds},
                        {"method", answer.method},
                        {"reference", or_null(reference)},
                        {"assignment", answer.assignment}});
      } catch (const std::exception& error) {
        agreed = false;
        fmt::print("{:<56}{:<21}error: {}\n", instance.name, objective, error.what());
      }
    }
  }
  for (const std::string& reason : skipped) fmt::print("skipped: {}\n", reason);
  const std::string text = ordered_json{{"instances", std::move(rows)}}.dump();
  if (!out.empty()) write_file(out, text + "\n");
  fmt::print("{}\n", text);
  return agreed ? 0 : 1;
}

}  // namespace
}  // namespace partita

int main(int count, char* words[]) {
  if (count < 3 || count > 4) {
    fmt::print(stderr, "usage: bench-partition DATA SECONDS [OUT.json]\n");
    return 2;
  }
  try {
    return partita::bench(words[1], std::stod(words[2]), count == 4 ? words[3] : "");
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 3;
  }
}
