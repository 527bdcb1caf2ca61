#include "partition/methods/walk.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/base/assert.h"
#include "partition/methods/heft.h"
#include "partition/methods/look_ahead.h"
#include "partition/methods/peft.h"
#include "partition/problem/assignment_search.h"

namespace partita {
namespace {

constexpr std::int64_t kIdleMoves = 2'000;  // without effect in a row: there is nothing to change
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kFirstSeverity = 4;  // doubles after so many accepted states without room:
constexpr std::int64_t kPatience = 256;
constexpr std::int64_t kAssignmentSteps = 200'000;  // to find one that keeps to constraints
constexpr Time kEver{1'000'000'000'000'000'000};    // below IdleMachine::kNever
constexpr double kPicosecond = 1e-12;
constexpr double kRounding = 1e-12;      // more than a product and a quotient lose
constexpr double kQuickPart = 0.25;      // of the time, for quick methods
constexpr std::size_t kSmall = 100'000;  // layers x processors^2: look at every pair there

// A plan by an assignment that keeps to all constraints but limits, where one is found; layers in
// their numbering.
void add_any_that_keeps_to(const Problem& problem, std::vector<Plan>& plans) {
  const Delays delays(problem.network, problem.hardware);
  const auto candidates = Candidates::find(problem, delays);
  if (std::holds_alternative<Infeasible>(candidates)) return;
  const auto found = find_assignment(problem, std::get<Candidates>(candidates), kAssignmentSteps);
  const auto* processor = std::get_if<IdVector<LayerId, ProcessorId>>(&found);
  if (processor == nullptr) return;
  auto made = make_plan(problem.network, problem.hardware,
                        ordered_by(*processor, problem.hardware.processors().size(),
                                   IdVector<LayerId, double>(problem.network.layer_count())),
                        "quick");
  if (auto* plan = std::get_if<Plan>(&made)) plans.push_back(std::move(*plan));
}

}  // namespace

Walk::Walk(const Groundwork& ground, const SearchOptions& options, std::string_view method)
    : problem_(ground.problem),
      method_(method),
      model_(ground.problem),
      state_(ground.problem, ground.candidates),
      critical_(ground.problem.network, ground.problem.hardware),
      budget_(options, method),
      severity_(kFirstSeverity) {
  if (ground.idle) screen_.emplace(*ground.idle, ground.tails, state_);
  blind_ = options.ignore_contention && screen_ && problem_.objective.is_only(Term::Latency);
}

// By an eighth at once, so that a state that fits is worth the last few bytes. A value of nothing
// (transfers, imbalance) cannot be stretched: there it is as much of the objective's unit.
double Walk::price(const Judgement& found) const {
  if (found.excess_ppm == 0) return found.value;
  const double excess = static_cast<double>(found.excess_ppm) / static_cast<double>(kMillion);
  const double unit = found.value > 0 ? found.value : 1;
  return found.value + unit * (1.0 / 8 + excess * static_cast<double>(severity_));
}

void Walk::restore(const SearchState::Snapshot& snapshot) {
  state_.restore(snapshot);
  if (screen_) screen_->restart();
}

// That many are in flight in plans like it.
void Walk::note_in_flight(const Judgement& found) {
  if (found.in_flight > 0) in_flight_ = found.in_flight;
}

bool Walk::improves(const Judgement& found) const {
  return found.feasible() && (!best_ || found.value < best_->value);
}

bool Walk::start(const std::vector<Plan>& plans) {
  std::optional<SearchState::Snapshot> chosen;
  for (const Plan& plan : plans) {
    const Judgement found = model_.judge(plan);
    if (!found.feasible()) overflow_ = model_.why_infeasible();
    if (!found.finishes) continue;
    if (improves(found)) best_ = Solution{plan, found.cost, found.value};
    if (chosen && price(found) >= price(current_)) continue;
    current_ = found;
    note_in_flight(found);
    state_.load(plan.placement(), model_.timeline());
    chosen = state_.snapshot();
  }
  if (!chosen) return false;
  restore(*chosen);
  best_state_ = *chosen;
  if (blind_) {
    best_.reset();  // starts have been judged by what really happens
    const bool begun = judge().has_value();
    if (begun) accept();
    return begun;
  }
  return true;
}

bool Walk::move(Random& random) {
  for (std::int64_t i = 0; i < kIdleMoves; ++i) {
    if (state_.change(random)) return true;
    state_.keep();
  }
  budget_.give_up();
  return false;
}

bool Walk::is_above(double limit) {
  if (!screen_) return false;
  // Of the sum that a value is, the latency's part; and a price is at least the value.
  const double weight = problem_.objective.weights[static_cast<std::size_t>(Term::Latency)];
  const double longest = limit / weight / kPicosecond * (1 + kRounding);
  const Time most = longest < static_cast<double>(kEver.count())
                        ? Time{static_cast<std::int64_t>(longest)}
                        : kEver;
  return screen_->at_least(most) > most && std::isfinite(limit);
}

Judgement Walk::judged_blindly() {
  Judgement found;
  found.cost.latency = screen_->at_least(kEver);
  found.value = problem_.objective.value(found.cost);
  return found;
}

std::optional<double> Walk::judge(double limit) {
  const auto judged = [&]() -> std::optional<double> {
    if (!blind_ && is_above(limit)) return std::nullopt;
    auto made = make_plan(problem_.network, problem_.hardware, state_.placement(), method_);
    if (std::holds_alternative<BadPlan>(made)) return std::nullopt;
    plan_ = std::move(std::get<Plan>(made));
    if (!blind_ && model_.least_value(*plan_) > limit) return std::nullopt;
    found_ = blind_ ? judged_blindly() : model_.judge(*plan_, in_flight_);
    if (!found_.finishes) return std::nullopt;
    if (in_flight_ && improves(found_)) found_ = model_.judge(*plan_);
    if (improves(found_)) {
      best_ = Solution{*plan_, found_.cost, found_.value};
      best_state_ = state_.snapshot();
      note_in_flight(found_);
    }
    return price(found_) <= limit ? std::optional(price(found_)) : std::nullopt;
  }();
  budget_.step(best_ ? std::optional(best_->value) : std::nullopt);
  return judged;
}

void Walk::accept() {
  current_ = found_;
  if (screen_) screen_->keep();
  state_.keep();
  if (!blind_) state_.focus(critical_.find(*plan_, model_.timeline()));
  if (current_.excess_ppm != 0 && ++steps_without_room_ % kPatience == 0)
    severity_ = std::min(2 * severity_, kMillion);
}

void Walk::reject() { state_.undo(); }

bool Walk::go_to(const SearchState::Snapshot& snapshot) {
  const SearchState::Snapshot before = state_.snapshot();
  restore(snapshot);
  if (judge()) {
    accept();
    return true;
  }
  restore(before);
  return false;
}

void Walk::go_back(const Place& place) {
  restore(place.state);
  current_ = place.costs;
}

void Walk::return_to_best() {
  if (best_) restore(best_state_);  // while nothing fits, go on from here
  const auto found = judge();
  PARTITA_ASSERT(found.has_value(), "a state that was accepted is no plan");
  accept();
}

Outcome Walk::result() {
  if (!best_) return Infeasible{overflow_};
  if (blind_) {
    const Judgement found = model_.judge(best_->plan);
    if (!found.feasible()) return Infeasible{model_.why_infeasible()};
    best_ = Solution{best_->plan, found.cost, found.value};
  }
  send_first_what_is_awaited_first();
  // A start that nothing beat is now this method's answer.
  auto made = make_plan(problem_.network, problem_.hardware, best_->plan.placement(), method_);
  PARTITA_ASSERT(std::holds_alternative<Plan>(made), "a plan is none under another name");
  best_->plan = with_transfer_order(problem_.network, std::move(std::get<Plan>(made)),
                                    best_->plan.transfers());
  return std::move(*best_);
}

// The contract queues a producer's transfers by the numbers of their consumers; by their starts is
// often better.
void Walk::send_first_what_is_awaited_first() {
  model_.judge(best_->plan);
  const Timeline& timeline = model_.timeline();
  const auto awaited = [&](const Transfer& transfer) {
    Time first = Time::max();
    for (const LayerId consumer : problem_.network.tensor(transfer.tensor).consumers) {
      const MemoryId there = problem_.hardware.processors()[best_->plan.processor(consumer)].memory;
      if (there == transfer.dst) first = std::min(first, timeline.layers[consumer].start);
    }
    return first;
  };
  std::vector<std::pair<Time, Transfer>> order;
  for (const Transfer& transfer : best_->plan.transfers())
    order.emplace_back(awaited(transfer), transfer);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Transfer> wanted;
  for (const auto& [time, transfer] : order) wanted.push_back(transfer);
  Plan reordered = with_transfer_order(problem_.network, best_->plan, wanted);
  const Judgement found = model_.judge(reordered);
  if (improves(found)) best_ = Solution{std::move(reordered), found.cost, found.value};
}

std::variant<std::vector<Plan>, Infeasible> quick_plans(const Problem& problem,
                                                        const SearchOptions& options) {
  std::vector<Plan> plans;
  const std::size_t processors = problem.hardware.processors().size();
  const bool small = problem.network.layer_count() * processors * processors <= kSmall;
  SearchOptions quick = options;
  Deadline part;
  if (options.seconds) part = Deadline(*options.seconds * kQuickPart);
  for (const auto* table : {&methods(), &rank_methods()}) {
    for (const Method& method : *table) {
      if (method.kind != Method::Kind::Quick) continue;
      if (!plans.empty()) quick.quick_until = part;
      if (!small && (method.solve == solve_look_ahead || method.solve == solve_peft)) continue;
      Outcome outcome = method.solve(problem, quick);
      if (auto* solution = std::get_if<Solution>(&outcome))
        plans.push_back(std::move(solution->plan));
    }
  }
  if (plans.empty()) {
    if (!problem.constraints.none()) add_any_that_keeps_to(problem, plans);
    auto roomy = heft_plan_of_any_size(problem);
    if (auto* plan = std::get_if<Plan>(&roomy)) plans.push_back(std::move(*plan));
    if (plans.empty()) return std::get<Infeasible>(std::move(roomy));
  }
  return plans;
}

Outcome from_quick_plans(const Problem& problem, const SearchOptions& options, SearchFrom search) {
  const Budget budget(options, "");
  auto ground = Groundwork::of(problem);
  if (auto* no = std::get_if<Infeasible>(&ground)) return std::move(*no);
  auto starts = quick_plans(problem, options);
  if (auto* no = std::get_if<Infeasible>(&starts)) return std::move(*no);
  SearchOptions rest = options;
  if (options.seconds) rest.seconds = std::max(0.0, *options.seconds - budget.seconds());
  return search(*std::get<std::unique_ptr<Groundwork>>(ground), rest,
                std::get<std::vector<Plan>>(starts));
}

}  // namespace partita
