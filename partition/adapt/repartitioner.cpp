#include "partition/adapt/repartitioner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/assert.h"
#include "models/timeline/time_spent.h"
#include "partition/bounds/paths.h"
#include "partition/methods/annealing.h"
#include "partition/methods/greedy.h"
#include "partition/methods/heft.h"
#include "partition/methods/single.h"

namespace partita {
namespace {

Time saturated(Wide picoseconds) {
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  return Time{static_cast<std::int64_t>(std::min(picoseconds, kMost))};
}

double percent(Time part, Time whole) {
  return 100 * static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

}  // namespace

Repartitioner::Repartitioner(const Network& network, const Hardware& hardware, CostTable expected,
                             Plan current, RepartitionOptions options)
    : network_(network),
      hardware_(hardware),
      expected_(std::move(expected)),
      current_(std::move(current)),
      options_(options),
      slowdowns_(hardware.processors().size(), Slowdown(options.window, options.forget_after)),
      last_search_(hardware.processors().size(), 1.0) {
  expect(current_);
}

void Repartitioner::expect(const Plan& plan) {
  Evaluator evaluator(network_, hardware_, expected_);
  expected_spent_ = time_spent(evaluator.run(plan), network_, hardware_, plan);
}

void Repartitioner::observe(const Timeline& timeline) {
  const IdVector<LayerId, Time> spent = time_spent(timeline, network_, hardware_, current_);
  std::vector<Reading> readings;
  for (const LayerId layer : network_.layers())
    readings.push_back({layer, current_.processor(layer), spent[layer]});
  observe(readings);
}

void Repartitioner::observe(std::span<const Reading> readings) {
  IdVector<ProcessorId, std::vector<Slowdown::Sample>> samples(slowdowns_.size());
  const Problem problem{network_, hardware_, expected_};
  for (const Reading& reading : readings) {
    if (!expected_(reading.layer, reading.processor)) continue;
    const bool planned = current_.processor(reading.layer) == reading.processor;
    const Time expected = planned ? expected_spent_[reading.layer]
                                  : duration(problem, reading.layer, reading.processor);
    samples[reading.processor].push_back({reading.measured, expected});
  }
  for (const ProcessorId p : ids<ProcessorId>(slowdowns_.size())) slowdowns_[p].observe(samples[p]);
}

CostTable Repartitioner::corrected_costs() const {
  CostTable corrected = expected_;
  const Problem problem{network_, hardware_, expected_};
  for (const ProcessorId p : ids<ProcessorId>(slowdowns_.size())) {
    const double factor = slowdown(p);
    for (const LayerId layer : network_.layers()) {
      std::optional<LayerCost> cost = expected_(layer, p);
      if (!cost) continue;
      // Readings contain the overhead; the machine keeps its own, so the rest goes into the layer.
      cost->time = std::max(1_ps, scaled(duration(problem, layer, p), factor) -
                                      cost->launch_overhead(hardware_.processors()[p]));
      corrected.set(layer, p, cost);
    }
  }
  return corrected;
}

bool Repartitioner::changed_since_last_search() const {
  for (const ProcessorId p : ids<ProcessorId>(slowdowns_.size())) {
    if (std::abs(slowdown(p) / last_search_[p] - 1) >= options_.least_change) return true;
  }
  return false;
}

std::vector<Plan> Repartitioner::rivals(const Problem& problem) const {
  const SearchOptions search{.seed = options_.seed, .steps = options_.steps};
  std::vector<Plan> plans;
  for (const auto solve : {solve_single, solve_greedy, solve_heft}) {
    Outcome outcome = solve(problem, search);
    if (auto* solution = std::get_if<Solution>(&outcome))
      plans.push_back(std::move(solution->plan));
  }
  std::vector<Plan> starts = plans;
  starts.push_back(current_);
  Outcome outcome = anneal_from(problem, search, starts);
  if (auto* solution = std::get_if<Solution>(&outcome)) plans.push_back(std::move(solution->plan));
  return plans;
}

// Absent where weights have no way.
std::optional<Repartitioner::Rival> Repartitioner::as_rival(Plan plan, Evaluator& evaluator,
                                                            Time before,
                                                            std::int64_t remaining) const {
  const Time after = evaluator.run(plan).makespan;
  auto moved = migration(network_, hardware_, current_, plan);
  if (!moved) return std::nullopt;
  const Wide gain = static_cast<Wide>((before - after).count()) * remaining - moved->cost.count();
  return Rival{std::move(plan), std::move(*moved), after, gain};
}

// The other rivals start afresh, and may move everything. This one takes each move that gains,
// weights paid.
Repartitioner::Rival Repartitioner::moved_one_by_one(const Problem& problem, Evaluator& evaluator,
                                                     Time before, std::int64_t remaining) const {
  const Timeline& timeline = evaluator.run(current_);
  IdVector<LayerId, double> rank;
  for (const LayerSpan& span : timeline.layers)
    rank.push_back(static_cast<double>(span.start.count()));
  Rival best{current_, {}, before, 0};
  std::int64_t left = options_.steps;
  for (bool gained = true; gained;) {
    gained = false;
    for (const LayerId layer : network_.layers()) {
      for (const ProcessorId p : ids<ProcessorId>(slowdowns_.size())) {
        if (p == best.plan.processor(layer) || !problem.costs(layer, p)) continue;
        if (left-- <= 0) return best;
        auto processor = best.plan.placement().processor;
        processor[layer] = p;
        auto made = make_plan(network_, hardware_, ordered_by(processor, slowdowns_.size(), rank),
                              "repair");
        auto* plan = std::get_if<Plan>(&made);
        if (plan == nullptr) continue;
        const Timeline& moved = evaluator.run(*plan);
        if (moved.makespan >= best.makespan || !why_infeasible(moved, network_, hardware_).empty())
          continue;
        auto rival = as_rival(std::move(*plan), evaluator, before, remaining);
        if (!rival || rival->gain <= best.gain) continue;
        best = std::move(*rival);
        gained = true;
      }
    }
  }
  return best;
}

std::string Repartitioner::slowdown_text() const {
  std::string text;
  for (const ProcessorId p : ids<ProcessorId>(slowdowns_.size())) {
    if (std::abs(slowdown(p) - 1) < options_.least_change) continue;
    text += fmt::format("{}{} takes {:.2f} x its expected time", text.empty() ? "" : ", ",
                        hardware_.processors()[p].name, slowdown(p));
  }
  return text.empty() ? "all processors run as expected" : text;
}

Decision Repartitioner::decide(std::int64_t remaining_inferences) {
  if (remaining_inferences <= 0) return Stay{"no inference remains"};
  // With fewer inferences to go, what did not pay then pays even less now.
  if (!changed_since_last_search() && remaining_inferences <= last_remaining_)
    return Stay{"nothing has changed since the last search"};
  if (!changed_since_last_search() && last_remaining_ == 0)
    return Stay{"all processors run as expected"};
  last_remaining_ = remaining_inferences;
  for (const ProcessorId p : ids<ProcessorId>(slowdowns_.size())) last_search_[p] = slowdown(p);

  const CostTable corrected = corrected_costs();
  const Problem problem{network_, hardware_, corrected};
  Evaluator evaluator(network_, hardware_, corrected);
  const Time before = evaluator.run(current_).makespan;

  Rival best = moved_one_by_one(problem, evaluator, before, remaining_inferences);
  std::optional<Rival> cheapest;  // of those that are faster, whether they pay or not
  for (Plan& plan : rivals(problem)) {
    auto rival = as_rival(std::move(plan), evaluator, before, remaining_inferences);
    if (!rival || rival->makespan >= before) continue;
    if (!cheapest || rival->gain > cheapest->gain) cheapest = rival;
    if (rival->gain > best.gain) best = std::move(*rival);
  }
  const std::string why = slowdown_text();
  if (best.gain <= 0 && !cheapest) return Stay{fmt::format("{}; no plan is faster", why)};
  if (best.gain <= 0) {
    return Stay{fmt::format(
        "{}; another plan would save {} in {} inferences, but moving {} takes {}", why,
        to_string(saturated(Wide{(before - cheapest->makespan).count()} * remaining_inferences)),
        remaining_inferences, to_string(cheapest->migration.total),
        to_string(cheapest->migration.cost))};
  }
  if (static_cast<double>((before - best.makespan).count()) <=
      options_.least_gain * static_cast<double>(before.count())) {
    return Stay{fmt::format("{}; another plan is {:.1f} % faster, too little to move", why,
                            percent(before - best.makespan, before))};
  }
  Switch change{
      std::move(best.plan),
      std::move(best.migration),
      fmt::format("{}; {} instead of {}", why, to_string(best.makespan), to_string(before)),
      before,
      best.makespan,
      saturated(best.gain)};
  current_ = change.plan;
  expect(current_);
  return change;
}

}  // namespace partita
