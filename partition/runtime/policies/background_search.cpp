#include "partition/runtime/policies/background_search.h"

#include "partition/methods/annealing.h"
#include "partition/methods/heft.h"
#include "partition/problem/cost_model.h"
#include "partition/runtime/policies/policy_problem.h"

namespace partita {
namespace {

// To lay the ground, and HEFT, take about as long as so many executions.
constexpr std::int64_t kGroundwork = 4;
constexpr std::int64_t kFewMoves = 16;

}  // namespace

BackgroundSearch::BackgroundSearch(const PolicyProblem& problem)
    : steps_(problem.steps),
      in_flight_(problem.in_flight),
      seed_(problem.seed),
      machine_(problem),
      random_(problem.seed) {}

void BackgroundSearch::begin(const Conditions& conditions, const ConditionedMachine::Factor& factor,
                             std::vector<std::vector<SharedPlan>> starts, double waiting) {
  objective_.weights[static_cast<std::size_t>(Term::Imbalance)] = waiting;
  walk_.reset();
  ground_.reset();
  machine_.set(conditions, factor);
  starts_ = std::move(starts);
  class_ = 0;
  best_.clear();
  better_ = false;
  random_ = Random(seed_);
  round_ = 0;
}

std::optional<std::vector<BackgroundSearch::SharedPlan>> BackgroundSearch::any(
    const Conditions& conditions, const ConditionedMachine::Factor& factor) {
  begin(conditions, factor, {});
  SearchOptions options;
  options.seed = seed_;
  options.steps = kFewMoves;
  std::vector<SharedPlan> plans;
  for (std::size_t c = 0; c < machine_.classes(); ++c) {
    const Outcome outcome = solve_annealing(machine_.problem(c), options);
    const auto* found = std::get_if<Solution>(&outcome);
    if (found == nullptr) return std::nullopt;
    plans.push_back(std::make_shared<Plan>(found->plan));
  }
  return plans;
}

void BackgroundSearch::go_on() {
  if (round_ + 1 >= kRounds || best_.size() != starts_.size()) return;
  ++round_;
  for (std::size_t c = 0; c < starts_.size(); ++c) starts_[c].assign(1, best_[c]);
  class_ = 0;
  best_.clear();
  better_ = false;
}

void BackgroundSearch::lay_ground() {
  problem_.emplace(machine_.problem(class_, objective_));
  options_.seed = seed_;
  options_.steps = steps_;
  auto ground = Groundwork::of(*problem_, Groundwork::Screen::Nothing);
  if (auto* laid = std::get_if<std::unique_ptr<Groundwork>>(&ground)) ground_ = std::move(*laid);
  if (!ground_) {
    end_class();
    return;
  }
  walk_ = std::make_unique<Walk>(*ground_, options_, "run time");
  std::vector<Plan> plans;
  for (const SharedPlan& each : starts_[class_]) plans.push_back(*each);
  if (round_ == 0) {
    Outcome heft = solve_heft(*problem_, options_);
    if (auto* solution = std::get_if<Solution>(&heft)) plans.push_back(std::move(solution->plan));
  }
  if (plans.empty() || !walk_->start(plans)) end_class();
}

std::int64_t BackgroundSearch::step() {
  const auto layers = static_cast<std::int64_t>(machine_.network(class_).layer_count());
  if (!walk_) {
    const auto starts = static_cast<std::int64_t>(starts_[class_].size());
    lay_ground();
    return layers * (starts + kGroundwork);
  }
  if (walk_->budget().exhausted() || !walk_->move(random_)) return layers * end_class();
  // As good is good enough: plateaus are wide.
  if (walk_->judge(walk_->price())) {
    walk_->accept();
  } else {
    walk_->reject();
  }
  return layers;
}

// How many executions it took.
std::int64_t BackgroundSearch::end_class() {
  std::int64_t work = 1;
  SharedPlan best = starts_[class_].empty() ? nullptr : starts_[class_].front();
  if (walk_ && best) {
    Outcome outcome = walk_->result();
    const auto* found = std::get_if<Solution>(&outcome);
    if (found && is_better(*found, *best, work)) {
      best = std::make_shared<Plan>(found->plan);
      better_ = true;
    }
  }
  best_.push_back(std::move(best));
  walk_.reset();
  ground_.reset();
  ++class_;
  return work;
}

bool BackgroundSearch::is_better(const Solution& found, const Plan& before, std::int64_t& work) {
  const auto beats = [](double ours, double theirs) { return ours < (1 - kWorthIt) * theirs; };
  const Judgement was = CostModel(*problem_).judge(before);
  if (!beats(found.value, was.value)) return false;
  if (beats(seconds(found.cost.latency), seconds(was.cost.latency))) return true;
  work += 2 * static_cast<std::int64_t>(ConditionedMachine::requests_of_period(in_flight_));
  return beats(machine_.period(class_, found.plan, in_flight_),
               machine_.period(class_, before, in_flight_));
}

std::optional<std::vector<BackgroundSearch::SharedPlan>> BackgroundSearch::take_result() {
  if (is_busy() || !better_) return std::nullopt;
  better_ = false;
  for (const SharedPlan& each : best_) {
    if (!each) return std::nullopt;
  }
  return best_;
}

}  // namespace partita
