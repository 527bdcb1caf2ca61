#include "partition/methods/exact.h"

#include <algorithm>

#include "models/base/assert.h"
#include "partition/bounds/lower_bound.h"
#include "partition/bounds/schedule_search.h"
#include "partition/methods/annealing.h"
#include "partition/methods/budget.h"

namespace partita {
namespace {

constexpr std::int64_t kNodesPerStep = 64;
// Of annealing, before: a search that begins near the optimum leaves out far more.
constexpr std::int64_t kStepsPerLayer = 60;
constexpr std::int64_t kNever = IdleMachine::kNever;

bool is_sent_freely(const Network& network, const Plan& plan) {
  return std::all_of(
      plan.transfers().begin(), plan.transfers().end(),
      [&](const Transfer& transfer) { return network.tensor(transfer.tensor).transfer_time; });
}

// Bytes of weights that the plan's layers need are too many, whatever happens when.
bool weights_overflow(const Problem& problem, const Plan& plan) {
  IdVector<MemoryId, std::vector<TensorId>> weights(problem.hardware.memories().size());
  for (const LayerId layer : problem.network.layers()) {
    auto& here = weights[problem.hardware.processors()[plan.processor(layer)].memory];
    for (const TensorId weight : weights_of(problem.network, layer)) here.push_back(weight);
  }
  for (const MemoryId memory : ids<MemoryId>(weights.size())) {
    auto& here = weights[memory];
    std::sort(here.begin(), here.end());
    here.erase(std::unique(here.begin(), here.end()), here.end());
    Bytes sum;
    for (const TensorId weight : here) sum += problem.network.tensor(weight).size;
    if (sum > problem.hardware.memories()[memory].capacity) return true;
  }
  return false;
}

// A start that nothing beat is now this method's answer.
Plan renamed(const Problem& problem, const Plan& plan) {
  auto made = make_plan(problem.network, problem.hardware, plan.placement(), "exact");
  PARTITA_ASSERT(std::holds_alternative<Plan>(made), "a plan is none under another name");
  return with_transfer_order(problem.network, std::move(std::get<Plan>(made)), plan.transfers());
}

class Exact {
 public:
  Exact(const Problem& problem, const SearchOptions& options, const IdleMachine& machine)
      : problem_(problem),
        options_(options),
        machine_(machine),
        one_is_enough_(machine.is_real() && problem.constraints.none()),
        model_(problem),
        budget_(options, "exact") {}

  Outcome run(const std::vector<Plan>& starts) {
    for (const Plan& start : starts) judge(start);
    bound_ = latency_bound(problem_).value.count();
    if (bound_ < best_latency()) {
      search_idle();
      if (!one_is_enough_ && bound_ < best_latency() && !budget_.exhausted()) search_all();
    }
    if (!best_) return Infeasible{reason_.empty() ? "no plan was found in so many steps" : reason_};
    return Solution{renamed(problem_, best_->plan), best_->cost, best_->value, value(bound_)};
  }

 private:
  using Schedule = ScheduleSearch::Schedule;

  void search_idle() {
    ScheduleSearch search(machine_, ScheduleSearch::Wanted::OneBest);
    const auto judge_it = [&](const Schedule& schedule, std::int64_t length) {
      judge(plan_of(schedule));
      return length;
    };
    run(search, judge_it, [&] { return !one_is_enough_ && half_spent(); });
  }

  void search_all() {
    ScheduleSearch search(machine_, ScheduleSearch::Wanted::All);
    const auto settle = [&](const Schedule& schedule, std::int64_t length) {
      const Plan plan = plan_of(schedule);
      const Judgement found = judge(plan);
      const bool as_when_idle = found.feasible() && found.cost.latency.count() == length;
      if (!as_when_idle && !is_sent_freely(problem_.network, plan) &&
          !weights_overflow(problem_, plan)) {
        unsettled_ = std::min(unsettled_, length);
      }
      return best_latency();
    };
    run(search, settle, [] { return false; });
  }

  // Of the budget: what is left is for the other search.
  bool half_spent() const {
    return budget_.steps() >= options_.steps / 2 ||
           (options_.seconds && budget_.seconds() >= *options_.seconds / 2);
  }

  void run(ScheduleSearch& search,
           const std::function<std::int64_t(const Schedule&, std::int64_t)>& leaf,
           const std::function<bool()>& enough) {
    const auto proved = [&](std::int64_t of_search) {
      return std::max(bound_, std::min({of_search, unsettled_, best_latency()}));
    };
    const auto go_on = [&] {
      if (search.nodes() % kNodesPerStep != 0) return true;
      budget_.step(best_ ? std::optional{best_->value} : std::nullopt,
                   value(proved(search.open_bound())));
      return !budget_.exhausted() && !enough();
    };
    bound_ = proved(search.run(best_latency(), leaf, go_on));
  }

  Judgement judge(const Plan& plan) {
    const Judgement found = model_.judge(plan);
    if (!found.feasible()) {
      if (reason_.empty()) reason_ = model_.why_infeasible();
    } else if (!best_ || found.value < best_->value) {
      best_ = Solution{plan, found.cost, found.value};
    }
    return found;
  }

  Plan plan_of(const Schedule& schedule) const {
    const std::size_t layers = problem_.network.layer_count();
    Placement placement{IdVector<LayerId, ProcessorId>(layers),
                        IdVector<ProcessorId, std::vector<LayerId>>(machine_.processors())};
    for (const ScheduleSearch::Step& step : schedule) {
      const auto layer = static_cast<LayerId>(step.layer);
      const auto processor = static_cast<ProcessorId>(step.processor);
      placement.processor[layer] = processor;
      placement.order[processor].push_back(layer);
    }
    auto made = make_plan(problem_.network, problem_.hardware, std::move(placement), "exact");
    PARTITA_ASSERT(std::holds_alternative<Plan>(made), "a schedule is no plan");
    return std::move(std::get<Plan>(made));
  }

  std::int64_t best_latency() const { return best_ ? best_->cost.latency.count() : kNever; }
  double value(std::int64_t latency) const {
    PlanCost cost;
    cost.latency = Time{latency};
    return problem_.objective.value(cost);
  }

  const Problem& problem_;
  const SearchOptions& options_;
  const IdleMachine& machine_;
  // Of schedules, one of the best as they are when nothing disturbs; another as good may be the one
  // that keeps to constraints.
  const bool one_is_enough_;
  CostModel model_;
  Budget budget_;
  std::optional<Solution> best_;
  std::string reason_;  // why the first plan does not fit, while none does
  std::int64_t bound_ = 0;
  std::int64_t unsettled_ = kNever;  // the shortest pair of assignment and orders that is not
};

}  // namespace

Outcome exact_from(const Problem& problem, const SearchOptions& options,
                   const std::vector<Plan>& starts) {
  const Delays delays(problem.network, problem.hardware);
  auto found = Candidates::find(problem, delays);
  if (auto* no = std::get_if<Infeasible>(&found)) return std::move(*no);
  return Exact(problem, options, IdleMachine(problem, delays, std::get<Candidates>(found)))
      .run(starts);
}

Outcome solve_exact(const Problem& problem, const SearchOptions& options) {
  const auto layers = static_cast<std::int64_t>(problem.network.layer_count());
  SearchOptions first = options;
  first.steps = std::min(options.steps, kStepsPerLayer * layers);
  if (first.seconds) *first.seconds /= 4;
  Outcome start = solve_annealing(problem, first);
  const bool too_large = problem.network.layer_count() > kMostExactLayers;
  const bool latency = problem.objective.is_only(Term::Latency) && problem.uncertainty == nullptr;
  if (too_large || !latency) {
    if (auto* solution = std::get_if<Solution>(&start)) {
      solution->bound = lower_bound(problem).value;
      solution->plan = renamed(problem, solution->plan);
    }
    return start;
  }
  std::vector<Plan> starts;
  if (const auto* solution = std::get_if<Solution>(&start)) starts.push_back(solution->plan);
  return exact_from(problem, options, starts);
}

}  // namespace partita
