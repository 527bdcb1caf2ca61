#include "partition/methods/portfolio.h"

#include <algorithm>
#include <array>
#include <utility>

#include "partition/bounds/lower_bound.h"
#include "partition/methods/annealing.h"
#include "partition/methods/exact.h"
#include "partition/methods/genetic.h"
#include "partition/methods/multilevel.h"
#include "partition/methods/pilot.h"
#include "partition/methods/ruin_recreate.h"
#include "partition/methods/throughput.h"
#include "partition/methods/walk.h"

namespace partita {
namespace {

constexpr std::int64_t kSlices = 16;        // of the budget
constexpr double kBoundPart = 0.4;          // of the time, for the first bound: at most
constexpr double kBoundPartOfMany = 0.125;  // where a first look at many layers already takes long
constexpr std::size_t kLongestWait = 5;     // slices that a search may be passed over
constexpr std::size_t kStarts = 6;          // plans that are handed on

constexpr std::array<SearchFrom, 3> kSearches{anneal_from, recreate_from, evolve_from};
constexpr std::size_t kMany = 4'000;     // layers: a search of few plans must choose them well
constexpr double kJudgementsBehind = 4;  // that a search makes when its time is up, at most
constexpr double kFewest = 100;          // judgements that searches need to come anywhere

Outcome exact_on(const Groundwork& ground, const SearchOptions& options,
                 const std::vector<Plan>& starts) {
  return exact_from(ground.problem, options, starts);
}

class Portfolio {
 public:
  Portfolio(const Problem& problem, const SearchOptions& options)
      : problem_(problem), options_(options), began_(std::chrono::steady_clock::now()) {}

  Outcome run() {
    const LowerBound bound =
        lower_bound(problem_, part_of_time(is_large() ? kBoundPartOfMany : kBoundPart));
    bound_ = bound.value;
    auto ground =
        Groundwork::of(problem_, Groundwork::Screen::Plans, part_of_time(kBoundPartOfMany));
    if (auto* no = std::get_if<Infeasible>(&ground)) return std::move(*no);
    ground_ = std::move(std::get<std::unique_ptr<Groundwork>>(ground));
    auto starts = quick_plans(problem_, options_);
    if (auto* no = std::get_if<Infeasible>(&starts)) return std::move(*no);
    plans_ = std::move(std::get<std::vector<Plan>>(starts));
    if (bound.near && problem_.constraints.none()) add_start(*bound.near);
    judge_starts();
    if (is_for_exact() && !finished()) give(exact_on, kSlices / 4, 0);
    if (is_large() && !finished()) give(multilevel_from, kSlices / 8, 0);
    if (problem_.objective.is_only(Term::Latency) && !finished())
      give(pilot_from, judges_rarely() ? kSlices : is_large() ? 3 * kSlices / 8 : 1, 0);
    if (problem_.objective.weighs(Term::Period) && !finished())
      give(throughput_from, kSlices * 3 / 4, 0);
    for (std::size_t slice = 0; !finished(); ++slice) {
      const std::size_t turn = next(slice);
      last_turn_[turn] = slice;
      gain_[turn] = (gain_[turn] + give(kSearches[turn], 1, slice + 1)) / 2;
    }
    if (!best_) return *no_;
    best_->bound = bound_;
    return std::move(*best_);
  }

 private:
  // Of what the bound is made of; it need not be a plan.
  void add_start(const Placement& placement) {
    auto made = make_plan(problem_.network, problem_.hardware, placement, "auto");
    if (auto* plan = std::get_if<Plan>(&made)) plans_.push_back(std::move(*plan));
  }

  void judge_starts() {
    CostModel model(problem_);
    const double began = seconds();
    // consider() hands plans on.
    const std::vector<Plan> starts = plans_;
    for (const Plan& plan : starts) {
      const Judgement found = model.judge(plan);
      if (found.feasible())
        consider(Solution{plan, found.cost, found.value});
      else
        no_ = Infeasible{model.why_infeasible()};
    }
    if (starts.empty()) return;
    behind_ = (seconds() - began) / static_cast<double>(starts.size()) * kJudgementsBehind;
  }

  // From now on.
  Deadline part_of_time(double part) const {
    return options_.seconds ? Deadline(*options_.seconds * part) : Deadline();
  }

  bool is_large() const { return problem_.network.layer_count() > kMany; }

  // In a slice.
  bool judges_rarely() const {
    return options_.seconds && behind_ / kJudgementsBehind * kFewest > *options_.seconds / kSlices;
  }

  bool is_for_exact() const {
    return problem_.objective.is_only(Term::Latency) && problem_.uncertainty == nullptr &&
           problem_.network.layer_count() <= kMostExactLayers;
  }

  bool finished() {
    if (stopped_ || idle_ == kSearches.size()) return true;
    if (best_ && best_->value <= bound_) return true;
    return steps_ >= options_.steps || (options_.seconds && left() <= 0);
  }

  // Of the time, without what a search takes when it is told to stop.
  double left() const { return *options_.seconds - behind_ - seconds(); }

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

  // Who waited too long, else who gained most a step; at first everybody in turn.
  std::size_t next(std::size_t slice) const {
    if (slice < kSearches.size()) return slice;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < kSearches.size(); ++i) {
      if (slice - last_turn_[i] > kLongestWait) return i;
      if (gain_[i] > gain_[chosen]) chosen = i;
    }
    return chosen;
  }

  // So many slices. Returns the part of the best value that it gained.
  double give(SearchFrom search, std::int64_t slices, std::uint64_t turn) {
    SearchOptions part = options_;
    part.seed = options_.seed + turn;
    part.steps = std::min(options_.steps - steps_,
                          std::max<std::int64_t>(options_.steps * slices / kSlices, 1));
    if (options_.seconds) {
      part.steps = options_.steps - steps_;
      part.seconds = std::min(
          left(), *options_.seconds * static_cast<double>(slices) / static_cast<double>(kSlices));
    }
    std::int64_t done = 0;
    part.progress = [&](const Progress& progress) {
      done = progress.steps;
      if (options_.progress) {
        Progress ours = progress;
        ours.steps += steps_;
        ours.bound = bound_;
        if (best_ && (!ours.best || best_->value < *ours.best)) ours.best = best_->value;
        stopped_ |= !options_.progress(ours);
      }
      const double best = progress.best.value_or(bound_ + 1);
      return !stopped_ && best > bound_;
    };
    const double before = best_ ? best_->value : 0;
    const double start = seconds();
    // On large networks it takes long to judge all of them again.
    Outcome outcome = is_large() && best_ ? search(*ground_, part, {best_->plan})
                                          : search(*ground_, part, plans_);
    steps_ += options_.seconds ? done : part.steps;
    double gain = 0;
    if (auto* solution = std::get_if<Solution>(&outcome)) {
      if (solution->bound) bound_ = std::max(bound_, *solution->bound);
      if (best_ && solution->value < best_->value) gain = (before - solution->value) / before;
      consider(std::move(*solution));
    } else {
      no_ = std::get<Infeasible>(outcome);
    }
    const bool gave_up = options_.seconds && seconds() - start < *part.seconds / 2;
    idle_ = gain > 0 || !gave_up ? 0 : idle_ + 1;
    return gain;
  }

  // Hands the plan on, and keeps it if it is the best.
  void consider(Solution solution) {
    if (best_ && solution.value >= best_->value) return;
    if (best_) {
      plans_.insert(plans_.begin(), solution.plan);
      if (plans_.size() > kStarts) plans_.pop_back();
    }
    best_ = std::move(solution);
  }

  const Problem& problem_;
  const SearchOptions& options_;
  std::chrono::steady_clock::time_point began_;
  std::unique_ptr<Groundwork> ground_;
  double bound_ = 0;
  std::vector<Plan> plans_;
  std::optional<Solution> best_;
  std::optional<Infeasible> no_;
  std::int64_t steps_ = 0;
  double behind_ = 0;  // s
  std::array<double, kSearches.size()> gain_{};
  std::array<std::size_t, kSearches.size()> last_turn_{};
  std::size_t idle_ = 0;  // searches in a row that had nothing to try
  bool stopped_ = false;
};

}  // namespace

Outcome solve_auto(const Problem& problem, const SearchOptions& options) {
  return Portfolio(problem, options).run();
}

}  // namespace partita
