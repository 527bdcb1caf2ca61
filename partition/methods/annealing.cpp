#include "partition/methods/annealing.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <utility>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "partition/methods/by_rank.h"
#include "partition/methods/critical.h"
#include "partition/methods/greedy.h"
#include "partition/methods/heft.h"
#include "partition/methods/search_state.h"
#include "partition/methods/single.h"
#include "partition/problem/assignment_search.h"
#include "partition/problem/candidates.h"

namespace partita {
namespace {

// Found by trying, on the published graphs (8 seeds each) and random ones of 40 to 190 layers:
// short hot cycles find the optima of small graphs; with few steps for each layer a cold start
// gains more.
constexpr std::int64_t kStepsPerLayer = 100;  // of one cycle; then the best is heated again
constexpr std::int64_t kHalvings = 6;         // of the temperature in one cycle
constexpr std::int64_t kColdness = 2'500;     // how much colder a search of few steps begins

constexpr std::int64_t kSamples = 40;          // moves that the first temperature is measured with
constexpr std::int64_t kStepsPerReport = 256;  // of progress
constexpr std::int64_t kIdleMoves = 2'000;  // without effect in a row: there is nothing to change
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kAssignmentSteps = 200'000;  // to find one that keeps to constraints
constexpr double kOneVariate = 4294967296;  // Random::exponential() counts in 2^-32

class Annealer {
 public:
  Annealer(const Problem& problem, const Candidates& candidates, const SearchOptions& options)
      : problem_(problem),
        candidates_(candidates),
        options_(options),
        model_(problem),
        random_(options.seed),
        state_(problem, candidates),
        critical_(problem.network, problem.hardware) {}

  Outcome run(const std::vector<Plan>& starts) {
    if (!choose_start(starts)) return Infeasible{overflow_};
    const double hot = first_temperature();
    while (!stopped()) {
      return_to_best();
      const std::int64_t first = steps_;
      const std::int64_t cycle =
          std::min(options_.steps - first,
                   kStepsPerLayer * static_cast<std::int64_t>(problem_.network.layer_count()));
      while (!stopped() && steps_ - first < cycle) step(temperature(hot, steps_ - first, cycle));
    }
    if (!best_) return Infeasible{overflow_};
    send_first_what_is_awaited_first();
    return Solution{renamed(best_->plan), best_->cost, best_->value};
  }

 private:
  // The value, stretched where limits are exceeded: by an eighth at once, so that a state that fits
  // is worth the last few bytes.
  double price(const Judgement& found) const {
    if (found.excess_ppm == 0) return found.value;
    return found.value * (1 + 1.0 / 8 +
                          static_cast<double>(found.excess_ppm) * static_cast<double>(severity_) /
                              static_cast<double>(kMillion));
  }

  bool improves(const Judgement& found) const {
    return found.feasible() && (!best_ || found.value < best_->value);
  }

  // Evaluates the state as it stands; keeps it if it is the best that fits. Absent where a way is
  // missing, or the plan never finishes.
  std::optional<Judgement> judge() {
    ++steps_;
    auto made = make_plan(problem_.network, problem_.hardware, state_.placement(), "annealing");
    if (std::holds_alternative<BadPlan>(made)) return std::nullopt;
    plan_ = std::move(std::get<Plan>(made));
    const Judgement found = model_.judge(*plan_);
    if (!found.finishes) return std::nullopt;
    if (improves(found)) {
      best_ = Solution{*plan_, found.cost, found.value};
      best_state_ = state_.snapshot();
    }
    if (options_.progress && steps_ % kStepsPerReport == 0) report();
    return found;
  }

  void report() {
    Progress progress{.steps = steps_, .method = "annealing"};
    if (best_) progress.best = best_->value;
    told_to_stop_ = !options_.progress(progress);
  }

  void accept(const Judgement& found) {
    current_ = found;
    state_.keep();
    state_.focus(critical_.find(*plan_, model_.timeline()));
  }

  // False: none of them ever finishes.
  bool choose_start(const std::vector<Plan>& starts) {
    std::optional<SearchState::Snapshot> chosen;
    for (const Plan& start : starts) {
      const Judgement found = model_.judge(start);
      if (!found.feasible()) overflow_ = model_.why_infeasible();
      if (!found.finishes) continue;
      if (improves(found)) best_ = Solution{start, found.cost, found.value};
      if (chosen && price(found) >= price(current_)) continue;
      current_ = found;
      state_.load(start.placement(), model_.timeline());
      chosen = state_.snapshot();
    }
    if (!chosen) return false;
    state_.restore(*chosen);
    best_state_ = *chosen;
    return true;
  }

  // A fraction of what random moves cost on average: the walk begins by going around in the
  // neighbourhood of its start, not by forgetting it.
  double first_temperature() {
    double worse = 0;
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < kSamples && !stopped(); ++i) {
      if (!change_something()) break;
      const auto found = judge();
      if (found && price(*found) > price(current_))
        worse += price(*found) - price(current_), ++count;
      state_.undo();
    }
    if (count == 0) return 0;
    const auto layers = static_cast<std::int64_t>(problem_.network.layer_count());
    return worse / static_cast<double>(count) /
           static_cast<double>(2 + kColdness * layers / options_.steps);
  }

  // Halves kHalvings times, in straight lines between: no library's exp() decides anything.
  static double temperature(double hot, std::int64_t step, std::int64_t cycle) {
    const Wide progress = static_cast<Wide>(step) * kHalvings * kMillion / cycle;
    const double top = hot / static_cast<double>(std::int64_t{1} << (progress / kMillion));
    return top - top * static_cast<double>(progress % kMillion) / static_cast<double>(2 * kMillion);
  }

  void step(double temperature) {
    if (!change_something()) return;
    const auto found = judge();
    // Metropolis: accept a loss with probability exp(-loss / temperature), that is, when it is
    // below an exponential variate times the temperature.
    const double allowed = temperature * static_cast<double>(random_.exponential()) / kOneVariate;
    if (found && price(*found) - price(current_) <= allowed) {
      accept(*found);
      if (current_.excess_ppm != 0 && ++steps_without_room_ % kStepsPerReport == 0)
        severity_ = std::min(2 * severity_, kMillion);
    } else {
      state_.undo();
    }
  }

  bool change_something() {
    for (std::int64_t i = 0; i < kIdleMoves; ++i) {
      if (state_.change(random_)) return true;
      state_.keep();
    }
    exhausted_ = true;
    return false;
  }

  void return_to_best() {
    if (best_) state_.restore(best_state_);  // while nothing fits, go on from here
    const auto found = judge();
    PARTITA_ASSERT(found.has_value(), "a state that was accepted is no plan");
    accept(*found);
  }

  // A start that nothing beat is now this method's answer.
  Plan renamed(const Plan& plan) const {
    auto made = make_plan(problem_.network, problem_.hardware, plan.placement(), "annealing");
    PARTITA_ASSERT(std::holds_alternative<Plan>(made), "a plan is none under another name");
    return with_transfer_order(problem_.network, std::move(std::get<Plan>(made)), plan.transfers());
  }

  // The contract queues a producer's transfers by the numbers of their consumers; by their starts
  // is often better.
  void send_first_what_is_awaited_first() {
    model_.judge(best_->plan);
    const Timeline& timeline = model_.timeline();
    const auto awaited = [&](const Transfer& transfer) {
      Time first = Time::max();
      for (const LayerId consumer : problem_.network.tensor(transfer.tensor).consumers) {
        const MemoryId there =
            problem_.hardware.processors()[best_->plan.processor(consumer)].memory;
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

  bool stopped() const { return exhausted_ || told_to_stop_ || steps_ >= options_.steps; }

  const Problem& problem_;
  const Candidates& candidates_;
  const SearchOptions& options_;
  CostModel model_;
  Random random_;
  SearchState state_;
  CriticalLayers critical_;
  std::optional<Plan> plan_;  // judged last
  Judgement current_;
  std::optional<Solution> best_;
  SearchState::Snapshot best_state_;
  std::string overflow_;  // of the first state, while none fits
  std::int64_t severity_ = 4;
  std::int64_t steps_ = 0;
  std::int64_t steps_without_room_ = 0;
  bool exhausted_ = false;
  bool told_to_stop_ = false;
};

}  // namespace

Outcome anneal_from(const Problem& problem, const SearchOptions& options,
                    const std::vector<Plan>& starts) {
  PARTITA_ASSERT(!starts.empty(), "annealing needs a start");
  const Delays delays(problem.network, problem.hardware);
  auto found = Candidates::find(problem, delays);
  if (auto* no = std::get_if<Infeasible>(&found)) return std::move(*no);
  return Annealer(problem, std::get<Candidates>(found), options).run(starts);
}

namespace {

// A plan by an assignment that keeps to all constraints but limits, where one is found; layers in
// their numbering.
void add_any_that_keeps_to(const Problem& problem, std::vector<Plan>& starts) {
  const Delays delays(problem.network, problem.hardware);
  const auto candidates = Candidates::find(problem, delays);
  if (std::holds_alternative<Infeasible>(candidates)) return;
  const auto found = find_assignment(problem, std::get<Candidates>(candidates), kAssignmentSteps);
  const auto* processor = std::get_if<IdVector<LayerId, ProcessorId>>(&found);
  if (processor == nullptr) return;
  auto made = make_plan(
      problem.network, problem.hardware,
      ordered_by(*processor, problem.hardware.processors().size(),
                 IdVector<LayerId, double>(problem.network.layer_count())),
      "annealing");
  if (auto* plan = std::get_if<Plan>(&made)) starts.push_back(std::move(*plan));
}

}  // namespace

Outcome solve_annealing(const Problem& problem, const SearchOptions& options) {
  std::vector<Plan> starts;
  for (const auto solve : {solve_single, solve_greedy, solve_heft, solve_by_rank}) {
    Outcome outcome = solve(problem, options);
    if (auto* solution = std::get_if<Solution>(&outcome))
      starts.push_back(std::move(solution->plan));
  }
  if (starts.empty()) {
    // Nothing fits yet: start from a plan that does not, and let the search make room.
    if (!problem.constraints.none()) add_any_that_keeps_to(problem, starts);
    auto roomy = heft_plan_of_any_size(problem);
    if (auto* plan = std::get_if<Plan>(&roomy)) starts.push_back(std::move(*plan));
    if (starts.empty()) return std::get<Infeasible>(std::move(roomy));
  }
  return anneal_from(problem, options, starts);
}

}  // namespace partita
