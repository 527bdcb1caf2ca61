#include <fmt/format.h>

#include "models/base/assert.h"
#include "models/evaluate/evaluate.h"
#include "partition/methods/methods.h"
#include "partition/predict/predictor.h"
#include "sim/simulate.h"
#include "tools/partita/console.h"
#include "tools/partita/exits/job.h"

namespace partita::command {
namespace {

struct Planned {
  Plan plan;
  Time simulated{0};
};

// The same method for every part, so that parts compare.
std::optional<Planned> planned(ExitsJob& job, const Network& part) {
  const CostTable costs = job.profile ? predicted_costs(part, *job.hardware, *job.profile)
                                      : estimated_costs(part, *job.hardware);
  const Problem problem{part, *job.hardware, costs};
  const SearchOptions search{
      .seed = job.options.seed, .steps = job.options.steps, .progress = nullptr};
  Outcome outcome = method_named("annealing")->solve(problem, search);
  if (const auto* no = std::get_if<Infeasible>(&outcome)) {
    fmt::print("infeasible ({}): {}\n", part.name(), no->reason);
    return std::nullopt;
  }
  Plan plan = std::get<Solution>(std::move(outcome)).plan;
  sim::Simulator simulator(part, *job.hardware, costs);
  const Timeline& timeline = simulator.run(plan);
  const auto broken = violations(timeline, part, *job.hardware, plan);
  PARTITA_ASSERT(broken.empty(), fmt::format("{}: {}", part.name(), broken.front()));
  return Planned{std::move(plan), timeline.makespan};
}

}  // namespace

bool plan_exits(ExitsJob& job) {
  Step step("plan");
  for (std::size_t k = 0; k < job.parts.exits(); ++k) {
    auto direct = planned(job, job.parts.direct[k]);
    auto onward = k > 0 ? planned(job, job.parts.onward[k]) : direct;
    if (!direct || !onward) {
      step.done("no plan");
      return false;
    }
    job.plans.direct.push_back(std::move(direct->plan));
    job.plans.onward.push_back(std::move(onward->plan));
    job.simulated.direct.push_back(direct->simulated);
    job.simulated.onward.push_back(onward->simulated);
  }
  std::string text;
  for (std::size_t k = 0; k < job.parts.exits(); ++k) {
    text += fmt::format("{}exit {}: {} directly", k > 0 ? "; " : "", k + 1,
                        to_string(job.simulated.direct[k]));
    if (k > 0) text += fmt::format(", {} from the one before", to_string(job.simulated.onward[k]));
  }
  step.done(text + " (SystemC)");
  return true;
}

}  // namespace partita::command
