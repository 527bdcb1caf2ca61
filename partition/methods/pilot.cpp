#include "partition/methods/pilot.h"

#include <algorithm>
#include <array>
#include <utility>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "partition/methods/budget.h"
#include "partition/methods/growing_list.h"
#include "partition/methods/ranks.h"
#include "partition/methods/walk.h"

namespace partita {
namespace {

// Found by trying, on meshes of 64 processors and random networks.
constexpr std::size_t kPart = 64;    // layers, at least
constexpr std::size_t kFurther = 4;  // parts that a try goes further
constexpr std::int64_t kMostTries = 512;
constexpr std::int64_t kRounds = 3;  // a round takes one part in so many of what is left
constexpr std::size_t kNear = 512;  // places in front of a part whose priorities are disturbed, too
constexpr std::int64_t kPercent = 30;  // of its mean time, a priority is disturbed at most
constexpr std::int64_t kSpread = 300;  // thousandths by which patience varies
constexpr std::array<std::int64_t, 4> kPatience{-600, -800, -300, 0};  // to begin with
constexpr double kProbing = 0.25;  // of the time, to choose among them

class Pilot {
 public:
  Pilot(const Groundwork& ground, const SearchOptions& options)
      : ground_(ground),
        problem_(ground.problem),
        options_(options),
        random_(options.seed),
        model_(ground.problem),
        budget_(options, "pilot"),
        until_(options.seconds) {}

  Outcome run(const std::vector<Plan>& starts) {
    for (const Plan& plan : starts) consider(plan);
    if (can_search()) search();
    if (!best_) return Infeasible{overflow_};
    auto made = make_plan(problem_.network, problem_.hardware, best_->plan.placement(), "pilot");
    PARTITA_ASSERT(std::holds_alternative<Plan>(made), "a plan is none under another name");
    best_->plan = with_transfer_order(problem_.network, std::move(std::get<Plan>(made)),
                                      best_->plan.transfers());
    return std::move(*best_);
  }

 private:
  bool can_search() const {
    return ground_.idle && problem_.objective.is_only(Term::Latency) &&
           problem_.constraints.none() && all_weights_fit();
  }

  // Beside any processor.
  bool all_weights_fit() const {
    const Bytes weights = problem_.network.total_weights();
    const auto& memories = problem_.hardware.memories();
    return std::all_of(memories.begin(), memories.end(),
                       [&](const MemorySpec& spec) { return spec.capacity >= weights; });
  }

  // Its value, where it is feasible.
  std::optional<double> consider(const Plan& plan) {
    const Judgement found = model_.judge(plan);
    count_step();
    if (!found.feasible()) {
      overflow_ = model_.why_infeasible();
      return std::nullopt;
    }
    if (!best_ || found.value < best_->value) best_ = Solution{plan, found.cost, found.value};
    return found.value;
  }

  void count_step() { budget_.step(best_ ? std::optional(best_->value) : std::nullopt); }

  // Steps are long on large networks: the clock is looked at in between.
  bool is_over() const { return budget_.exhausted() || until_.passed(); }

  void search() {
    const MeanTimes means(problem_, ground_.delays, ground_.candidates);
    const Ranks ranks = upward_ranks(problem_.network, means);
    for (const LayerId layer : problem_.network.layers()) {
      mean_.push_back(means.of(layer).count());
      keys_.push_back(ranks[layer].count());
      behind_.push_back(keys_.back() - mean_.back());
    }
    noisy_ = keys_;
    for (const LayerId layer : ready_order(problem_.network, ranks))
      by_rank_.push_back(static_cast<std::uint32_t>(index(layer)));
    place_.resize(by_rank_.size());
    for (std::size_t i = 0; i < by_rank_.size(); ++i) place_[by_rank_[i]] = i;
    part_ = std::max(kPart, problem_.hardware.processors().size());
    list_.emplace(*ground_.idle);

    std::optional<double> least;
    for (const std::int64_t patience : kPatience) {
      if (budget_.exhausted()) return;
      if (options_.seconds && budget_.seconds() > kProbing * *options_.seconds) break;
      const auto value = round(patience, 1);
      if (!value || (least && *value >= *least)) continue;
      least = value;
      patience_ = patience;
    }
    while (!budget_.exhausted()) {
      const std::int64_t tries =
          budget_.steps_left() / kRounds / static_cast<std::int64_t>(1 + kFurther);
      round(patience_, std::clamp<std::int64_t>(tries, 2, kMostTries));
    }
  }

  // A schedule of all layers, part by part. What the evaluator says of it.
  std::optional<double> round(std::int64_t patience, std::int64_t tries) {
    list_->clear(keys_);
    const std::size_t layers = keys_.size();
    std::size_t first = 0;  // of those not placed, by rank
    while (list_->order().size() < layers) {
      while (list_->is_placed(by_rank_[first])) ++first;
      const std::size_t target = std::min(layers, list_->order().size() + part_);
      if (tries == 1 || is_over()) {
        while (list_->order().size() < target) place(patience);
      } else {
        patience += (best_of(first, target, patience, tries) - patience) / 8;
      }
    }
    IdVector<LayerId, ProcessorId> processor;
    IdVector<LayerId, double> start;
    for (std::uint32_t layer = 0; layer < layers; ++layer) {
      processor.push_back(static_cast<ProcessorId>(list_->processor(layer)));
      start.push_back(static_cast<double>(list_->start(layer)));
    }
    auto made =
        make_plan(problem_.network, problem_.hardware,
                  ordered_by(processor, problem_.hardware.processors().size(), start), "pilot");
    const auto* plan = std::get_if<Plan>(&made);
    return plan == nullptr ? std::nullopt : consider(*plan);
  }

  std::uint32_t place(std::int64_t patience) {
    if (++placed_ % keys_.size() == 0) count_step();
    return list_->place_next(patience);
  }

  // Places layers up to a number of them. The patience that it did so with.
  std::int64_t best_of(std::size_t first, std::size_t target, std::int64_t patience,
                       std::int64_t tries) {
    const GrowingList::Mark mark = list_->mark();
    const std::size_t end = std::min(keys_.size(), target + kFurther * part_);
    const std::size_t low = mark.placed - std::min(mark.placed, kNear);
    const std::size_t high = std::min(keys_.size(), end + kNear);
    std::vector<GrowingList::Step> best;
    std::optional<std::int64_t> least;
    std::int64_t chosen = patience;
    for (std::int64_t i = 0; i < tries && !(i > 0 && is_over()); ++i) {
      const std::int64_t tried = i == 0 ? patience : patience + between(kSpread);
      if (i > 0) disturb(low, high, static_cast<std::int64_t>(random_.below(kPercent + 1)));
      list_->set_keys(noisy_);
      while (list_->order().size() < target) place(tried);
      std::vector<GrowingList::Step> steps = list_->since(mark);
      for (std::size_t k = low; k < high; ++k) noisy_[by_rank_[k]] = keys_[by_rank_[k]];
      list_->set_keys(keys_);
      go_on(first, end, patience);
      const std::int64_t left = left_behind(first, end);
      if (!least || left < *least) {
        least = left;
        best = std::move(steps);
        chosen = tried;
      }
      list_->go_back(mark, keys_);
    }
    list_->place_again(best, keys_);
    return chosen;
  }

  std::int64_t between(std::int64_t most) {  // -most .. most
    return static_cast<std::int64_t>(random_.below(static_cast<std::size_t>(2 * most + 1))) - most;
  }

  void disturb(std::size_t low, std::size_t high, std::int64_t percent) {
    for (std::size_t i = low; i < high; ++i) {
      const std::uint32_t layer = by_rank_[i];
      noisy_[layer] += mean_[layer] / 1000 * between(10 * percent) / 100;
    }
  }

  // Until all of the first `end` by rank are placed.
  void go_on(std::size_t first, std::size_t end, std::int64_t patience) {
    std::size_t missing = 0;
    for (std::size_t i = first; i < end; ++i) missing += list_->is_placed(by_rank_[i]) ? 0 : 1;
    while (missing > 0) {
      if (place_[place(patience)] < end) --missing;
    }
  }

  // On average over the last of them.
  std::int64_t left_behind(std::size_t first, std::size_t end) const {
    const std::size_t some = std::min(end - first, kFurther * part_ / 2);
    Wide sum = 0;
    for (std::size_t i = end - some; i < end; ++i)
      sum += list_->end(by_rank_[i]) + behind_[by_rank_[i]];
    return static_cast<std::int64_t>(sum / static_cast<Wide>(some));
  }

  const Groundwork& ground_;
  const Problem& problem_;
  const SearchOptions& options_;
  Random random_;
  CostModel model_;
  Budget budget_;
  Deadline until_;
  std::optional<GrowingList> list_;
  GrowingList::Keys keys_, noisy_;           // upward ranks
  std::vector<std::int64_t> mean_, behind_;  // a layer's mean time, its rank without it
  std::vector<std::uint32_t> by_rank_;
  std::vector<std::size_t> place_;  // in by_rank_
  std::size_t part_ = kPart;
  std::size_t placed_ = 0;
  std::int64_t patience_ = 0;
  std::optional<Solution> best_;
  std::string overflow_;
};

}  // namespace

Outcome pilot_from(const Groundwork& ground, const SearchOptions& options,
                   const std::vector<Plan>& starts) {
  return Pilot(ground, options).run(starts);
}

Outcome solve_pilot(const Problem& problem, const SearchOptions& options) {
  return from_quick_plans(problem, options, pilot_from);
}

}  // namespace partita
