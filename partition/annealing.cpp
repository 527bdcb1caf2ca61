#include "partition/annealing.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <utility>

#include "models/base/assert.h"
#include "partition/candidates.h"
#include "partition/greedy.h"
#include "partition/heft.h"
#include "partition/random.h"
#include "partition/search_state.h"
#include "partition/single.h"

namespace partita {
namespace {

constexpr std::int64_t kCycles = 6;     // the first from the start, the others re-heat the best
constexpr std::int64_t kHalvings = 10;  // of the temperature in one cycle
constexpr std::int64_t kStepsPerReport = 256;  // of progress
constexpr std::int64_t kIdleMovesPerStep =
    2'000;  // without effect in a row: there is nothing to change
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
        state_(problem, candidates) {}

  Outcome run(const std::vector<Plan>& starts) {
    choose_start(starts);
    const Time hottest = first_temperature();
    const std::int64_t cycle = std::max<std::int64_t>(1, (options_.steps - steps_) / kCycles);
    std::int64_t cycle_start = steps_;
    for (std::int64_t heat = 0; !stopped(); ++heat, cycle_start = steps_) {
      if (heat > 0) return_to_best();
      const Time hot{hottest.count() >> std::min<std::int64_t>(heat, kCycles - 1)};
      while (!stopped() && steps_ - cycle_start < cycle)
        step(temperature(hot, steps_ - cycle_start, cycle));
    }
    if (best_) return std::move(*best_);
    return Infeasible{overflow_};
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

  // Makespan, stretched where bytes lack: by an eighth at once, so that a state that fits is worth the last few bytes.
  std::int64_t cost(const Score& score) const {
    if (score.overflow_ppm == 0) return score.makespan.count();
    const Wide stretched = static_cast<Wide>(score.makespan.count()) *
                           (kMillion + kMillion / 8 + Wide{score.overflow_ppm} * severity_) /
                           kMillion;
    return static_cast<std::int64_t>(
        std::min<Wide>(stretched, std::numeric_limits<std::int64_t>::max()));
  }

  // Evaluates the state as it stands; keeps it if it is the best that fits.
  std::optional<Score> judge() {
    ++steps_;
    auto made = make_plan(problem_.network, problem_.hardware, state_.placement(), "annealing");
    auto* plan = std::get_if<Plan>(&made);
    if (plan == nullptr) return std::nullopt;  // a way is missing
    const Timeline& timeline = evaluator_.run(*plan);
    const Score found = score(timeline);
    if (found.overflow_ppm != 0) {
      if (!best_ && overflow_.empty()) overflow_ = exceeded_capacity(timeline, problem_.hardware);
    } else if (!best_ || found.makespan < best_->makespan) {
      best_ = Solution{std::move(*plan), found.makespan};
      best_state_ = state_.snapshot();
    }
    if (options_.progress && steps_ % kStepsPerReport == 0)
      told_to_stop_ = !options_.progress(steps_, best_ ? best_->makespan : found.makespan);
    return found;
  }

  void choose_start(const std::vector<Plan>& starts) {
    std::optional<SearchState::Snapshot> chosen;
    for (const Plan& start : starts) {
      const Timeline& timeline = evaluator_.run(start);
      const Score found = score(timeline);
      if (found.overflow_ppm == 0 && (!best_ || found.makespan < best_->makespan))
        best_ = Solution{start, found.makespan};
      if (chosen && cost(found) >= cost(current_)) continue;
      current_ = found;
      state_.load(start.placement(), timeline);
      chosen = state_.snapshot();
    }
    state_.restore(*chosen);
    best_state_ = *chosen;
  }

  // Mean of what random moves cost, halved: the walk begins by going around in the neighbourhood of its start, not by
  // forgetting it.
  Time first_temperature() {
    constexpr std::int64_t kSamples = 40;
    Wide worse = 0;
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < kSamples && !stopped(); ++i) {
      if (!change_something()) break;
      const auto found = judge();
      if (found && cost(*found) > cost(current_)) worse += cost(*found) - cost(current_), ++count;
      state_.undo();
    }
    return Time{count > 0 ? static_cast<std::int64_t>(worse / count / 2) : 0};
  }

  // Halves kHalvings times, in straight lines between: whole numbers only.
  static std::int64_t temperature(Time hot, std::int64_t step, std::int64_t cycle) {
    const Wide progress = static_cast<Wide>(step) * kHalvings * kMillion / cycle;
    const std::int64_t top = hot.count() >> static_cast<int>(progress / kMillion);
    return top - static_cast<std::int64_t>(static_cast<Wide>(top) * (progress % kMillion) /
                                           (2 * kMillion));
  }

  void step(std::int64_t temperature) {
    if (!change_something()) return;
    const auto found = judge();
    // Metropolis: accept a loss with probability exp(-loss / temperature), that is, when it is below an exponential
    // variate times the temperature.
    const Wide allowed = static_cast<Wide>(temperature) * random_.exponential() >> 32;
    if (found && cost(*found) - cost(current_) <= allowed) {
      current_ = *found;
      state_.keep();
      if (current_.overflow_ppm != 0 && ++steps_without_room_ % kStepsPerReport == 0)
        severity_ *= 2;
    } else {
      state_.undo();
    }
  }

  bool change_something() {
    for (std::int64_t i = 0; i < kIdleMovesPerStep; ++i) {
      if (state_.change(random_)) return true;
      state_.keep();
    }
    exhausted_ = true;
    return false;
  }

  void return_to_best() {
    state_.restore(best_state_);
    const auto found = judge();
    PARTITA_ASSERT(found.has_value(), "the best plan is none");
    current_ = *found;
  }

  bool stopped() const { return exhausted_ || told_to_stop_ || steps_ >= options_.steps; }

  const Problem& problem_;
  const Candidates& candidates_;
  const SearchOptions& options_;
  Evaluator evaluator_;
  Random random_;
  SearchState state_;
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
  for (const auto solve : {solve_single, solve_greedy, solve_heft}) {
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
