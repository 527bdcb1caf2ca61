#include "partition/runtime/policies/restless.h"

#include <algorithm>
#include <utility>

#include "partition/methods/heft.h"

namespace partita {

Restless::Restless(PolicyProblem problem, std::shared_ptr<const PlanLibrary> library)
    : problem_(std::move(problem)),
      library_(std::move(library)),
      hardware_(without_load(*problem_.hardware)),
      estimates_(problem_, hardware_),
      machine_(problem_),
      maker_(problem_) {}

void Restless::observe(Time, std::span<const LayerReading> layers,
                       std::span<const CopyReading> copies) {
  estimates_.observe(layers, copies);
}

void Restless::lost(Time, ProcessorId processor) {
  estimates_.lost(processor);
  new_request_ = true;
}
void Restless::back(Time, ProcessorId processor) {
  estimates_.back(processor);
  new_request_ = true;
}

std::shared_ptr<const Plan> Restless::best_plan(std::size_t input_class,
                                                std::shared_ptr<const Plan> in_force) {
  std::shared_ptr<const Plan> best;
  Time least = Time::max();
  const auto consider = [&](std::shared_ptr<const Plan> plan) {
    if (!machine_.can_run(input_class, *plan)) return;
    const Time time = machine_.run(input_class, *plan).makespan;
    if (time < least) least = time, best = std::move(plan);
  };
  consider(std::move(in_force));
  for (const Candidate& each : library_->candidates)
    consider(each.configuration->plans[input_class]);
  Outcome heft = solve_heft(machine_.problem(input_class), {});
  if (auto* solution = std::get_if<Solution>(&heft))
    consider(std::make_shared<Plan>(std::move(solution->plan)));
  return best;
}

Decision Restless::decide(const Situation& situation) {
  if (!std::exchange(new_request_, false)) return Stay{"no new request"};
  const auto& current = situation.wanted ? situation.wanted : situation.in_force;
  if (expected_from_ != situation.in_force.get()) {
    expected_from_ = situation.in_force.get();
    estimates_.expect(maker_.make("in force", situation.in_force->plans));
  }
  Conditions now = machine_.conditions();
  estimates_.fill(now);
  machine_.set(now, [this](std::size_t c, LayerId layer, ProcessorId p) {
    return estimates_.factor(c, layer, p);
  });
  std::vector<std::shared_ptr<const Plan>> plans;
  for (std::size_t c = 0; c < problem_.classes.size(); ++c) {
    plans.push_back(best_plan(c, current->plans[c]));
    if (!plans.back()) return Stay{"no plan is left"};
  }
  if (plans == current->plans) return Stay{"best as it is"};
  if (!maker_.fits(plans)) return Stay{"does not fit"};
  return Switch{std::make_shared<Configuration>(Configuration{"optimised anew", std::move(plans)}),
                "another plan is faster now"};
}

}  // namespace partita
