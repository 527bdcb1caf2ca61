#include "partition/annealing.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <utility>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "partition/by_rank.h"
#include "partition/candidates.h"
#include "partition/critical.h"
#include "partition/greedy.h"
#include "partition/heft.h"
#include "partition/search_state.h"
#include "partition/single.h"

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

// What a state is worth. Lower is better.
struct Score {
  Time makespan{0};
  std::int64_t overflow_ppm = 0;  // bytes that lack, in millionths of their memories; 0: it fits
};

class Annealer {
 public:
  Annealer(const Problem& problem, const Candidates& candidates, const SearchOptions& options)
      : problem_(problem),
        candidates_(candidates),
        options_(options),
        evaluator_(problem.network, problem.hardware, problem.costs),
        random_(options.seed),
        state_(problem, candidates),
        critical_(problem.network, problem.hardware) {}

  Outcome run(const std::vector<Plan>& starts) {
    if (!choose_start(starts)) return Infeasible{overflow_};
    const std::int64_t hot = first_temperature();
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
    return Solution{renamed(best_->plan), best_->makespan};
  }

 private:
  Score score(const Timeline& timeline) const {
    Score result{.makespan = timeline.makespan};
    for (const MemoryId memory : ids<MemoryId>(timeline.memory_peak.size())) {
      const std::int64_t capacity = problem_.hardware.memories()[memory].capacity.value;
      const Wide over = timeline.memory_peak[memory].value - capacity;
      if (over > 0)
        result.overflow_ppm += static_cast<std::int64_t>(over * kMillion / capacity) + 1;
    }
    return result;
  }

  // Makespan, stretched where bytes lack: by an eighth at once, so that a state that fits is worth
  // the last few bytes.
  std::int64_t cost(const Score& score) const {
    if (score.overflow_ppm == 0) return score.makespan.count();
    const Wide stretched = static_cast<Wide>(score.makespan.count()) *
                           (kMillion + kMillion / 8 + Wide{score.overflow_ppm} * severity_) /
                           kMillion;
    return static_cast<std::int64_t>(
        std::min<Wide>(stretched, std::numeric_limits<std::int64_t>::max()));
  }

  // Evaluates the state as it stands; keeps it if it is the best that fits. Absent where a way is
  // missing, or the plan never finishes.
  std::optional<Score> judge() {
    ++steps_;
    auto made = make_plan(problem_.network, problem_.hardware, state_.placement(), "annealing");
    if (std::holds_alternative<BadPlan>(made)) return std::nullopt;
    plan_ = std::move(std::get<Plan>(made));
    timeline_ = &evaluator_.run(*plan_);
    if (timeline_->unfinished) return std::nullopt;
    const Score found = score(*timeline_);
    if (found.overflow_ppm == 0 && (!best_ || found.makespan < best_->makespan)) {
      best_ = Solution{*plan_, found.makespan};
      best_state_ = state_.snapshot();
    }
    if (options_.progress && steps_ % kStepsPerReport == 0)
      told_to_stop_ = !options_.progress(steps_, best_ ? best_->makespan : found.makespan);
    return found;
  }

  void accept(const Score& found) {
    current_ = found;
    state_.keep();
    state_.focus(critical_.find(*plan_, *timeline_));
  }

  // False: none of them ever finishes.
  bool choose_start(const std::vector<Plan>& starts) {
    std::optional<SearchState::Snapshot> chosen;
    for (const Plan& start : starts) {
      const Timeline& timeline = evaluator_.run(start);
      if (timeline.unfinished) {
        overflow_ = why_infeasible(timeline, problem_.network, problem_.hardware);
        continue;
      }
      const Score found = score(timeline);
      if (found.overflow_ppm != 0)
        overflow_ = why_infeasible(timeline, problem_.network, problem_.hardware);
      if (found.overflow_ppm == 0 && (!best_ || found.makespan < best_->makespan))
        best_ = Solution{start, found.makespan};
      if (chosen && cost(found) >= cost(current_)) continue;
      current_ = found;
      state_.load(start.placement(), timeline);
      chosen = state_.snapshot();
    }
    if (!chosen) return false;
    state_.restore(*chosen);
    best_state_ = *chosen;
    return true;
  }

  // A fraction of what random moves cost on average: the walk begins by going around in the
  // neighbourhood of its start, not by forgetting it.
  std::int64_t first_temperature() {
    Wide worse = 0;
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < kSamples && !stopped(); ++i) {
      if (!change_something()) break;
      const auto found = judge();
      if (found && cost(*found) > cost(current_)) worse += cost(*found) - cost(current_), ++count;
      state_.undo();
    }
    if (count == 0) return 0;
    const auto layers = static_cast<std::int64_t>(problem_.network.layer_count());
    return static_cast<std::int64_t>(worse / count / (2 + kColdness * layers / options_.steps));
  }

  // Halves kHalvings times, in straight lines between: whole numbers only.
  static std::int64_t temperature(std::int64_t hot, std::int64_t step, std::int64_t cycle) {
    const Wide progress = static_cast<Wide>(step) * kHalvings * kMillion / cycle;
    const std::int64_t top = hot >> static_cast<int>(progress / kMillion);
    return top - static_cast<std::int64_t>(static_cast<Wide>(top) * (progress % kMillion) /
                                           (2 * kMillion));
  }

  void step(std::int64_t temperature) {
    if (!change_something()) return;
    const auto found = judge();
    // Metropolis: accept a loss with probability exp(-loss / temperature), that is, when it is
    // below an exponential variate times the temperature.
    const Wide allowed = static_cast<Wide>(temperature) * random_.exponential() >> 32;
    if (found && cost(*found) - cost(current_) <= allowed) {
      accept(*found);
      if (current_.overflow_ppm != 0 && ++steps_without_room_ % kStepsPerReport == 0)
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
    const Timeline& timeline = evaluator_.run(best_->plan);
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
    const Score found = score(evaluator_.run(reordered));
    if (found.overflow_ppm == 0 && found.makespan < best_->makespan)
      best_ = Solution{std::move(reordered), found.makespan};
  }

  bool stopped() const { return exhausted_ || told_to_stop_ || steps_ >= options_.steps; }

  const Problem& problem_;
  const Candidates& candidates_;
  const SearchOptions& options_;
  Evaluator evaluator_;
  Random random_;
  SearchState state_;
  CriticalLayers critical_;
  std::optional<Plan> plan_;  // judged last, and what happened in it
  const Timeline* timeline_ = nullptr;
  Score current_;
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

Outcome solve_annealing(const Problem& problem, const SearchOptions& options) {
  std::vector<Plan> starts;
  for (const auto solve : {solve_single, solve_greedy, solve_heft, solve_by_rank}) {
    Outcome outcome = solve(problem, options);
    if (auto* solution = std::get_if<Solution>(&outcome))
      starts.push_back(std::move(solution->plan));
  }
  if (starts.empty()) {
    // Nothing fits yet: start from a plan that does not, and let the search make room.
    auto roomy = heft_plan_of_any_size(problem);
    if (auto* no = std::get_if<Infeasible>(&roomy)) return std::move(*no);
    starts.push_back(std::move(std::get<Plan>(roomy)));
  }
  return anneal_from(problem, options, starts);
}

}  // namespace partita
