#include "partition/methods/window_search.h"

#include <algorithm>
#include <utility>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "partition/methods/budget.h"
#include "partition/methods/queue_schedule.h"
#include "partition/methods/walk.h"

namespace partita {
namespace {

constexpr std::size_t kWindow = 1'024;        // layers
constexpr std::int64_t kMovesPerLayer = 8;    // of a window, each time
constexpr std::int64_t kMovesPerStep = 64;    // that count as one evaluation
constexpr std::int64_t kMovesPerFocus = 128;  // then critical layers are sought again
constexpr std::int64_t kJudgements = 24;      // in all, at least, with a clock
constexpr double kHot = 0.05;                 // of a layer's mean time
constexpr double kOneVariate = 4294967296;    // Random::exponential() counts in 2^-32
constexpr std::size_t kPatience = 2;          // judgements without gain before it goes back to the best

class WindowSearch {
 public:
  WindowSearch(const Groundwork& ground, const SearchOptions& options)
      : ground_(ground),
        problem_(ground.problem),
        options_(options),
        random_(options.seed),
        model_(ground.problem),
        budget_(options, "windows") {}

  Outcome run(const std::vector<Plan>& starts) {
    for (const Plan& plan : starts) consider(plan);
    if (!best_) return Infeasible{overflow_};
    if (can_search()) search();
    auto made =
        make_plan(problem_.network, problem_.hardware, best_->plan.placement(), "windows");
    PARTITA_ASSERT(std::holds_alternative<Plan>(made), "a plan is none under another name");
    best_->plan = with_transfer_order(problem_.network, std::move(std::get<Plan>(made)),
                                      best_->plan.transfers());
    return std::move(*best_);
  }

 private:
  bool can_search() const {
    return ground_.idle && problem_.objective.is_only(Term::Latency) &&
           problem_.constraints.none();
  }

  // Whether it is the best so far, which it becomes.
  bool consider(const Plan& plan) {
    const Judgement found = model_.judge(plan);
    budget_.step(best_ ? std::optional(best_->value) : std::nullopt);
    if (!found.feasible()) {
      overflow_ = model_.why_infeasible();
      return false;
    }
    if (best_ && found.value >= best_->value) return false;
    best_ = Solution{plan, found.cost, found.value};
    best_state_ = {plan.placement().processor, by_start(plan, model_.timeline())};
    return true;
  }

  std::vector<LayerId> by_start(const Plan& plan, const Timeline& timeline) const {
    std::vector<LayerId> sequence;
    for (const auto& order : plan.placement().order)
      sequence.insert(sequence.end(), order.begin(), order.end());
    std::stable_sort(sequence.begin(), sequence.end(), [&](LayerId a, LayerId b) {
      return timeline.layers[a].start < timeline.layers[b].start;
    });
    return sequence;
  }

  void search() {
    schedule_.emplace(ground_);
    std::int64_t latest = schedule_->load(best_state_);
    double judged_at = budget_.seconds();
    std::size_t without_gain = 0;
    std::size_t next = 0;
    while (!budget_.exhausted()) {
      latest = improve_window(next, latest);
      next += kWindow / 2;
      const bool passed = next >= problem_.network.layer_count();
      const bool due = options_.seconds && (budget_.seconds() - judged_at) * kJudgements >=
                                               *options_.seconds;
      if (passed) next = random_.below(std::min(kWindow / 2, problem_.network.layer_count()));
      if (!passed && !due) continue;
      judged_at = budget_.seconds();
      if (judge_schedule()) {
        without_gain = 0;
      } else if (++without_gain >= kPatience) {
        latest = schedule_->load(best_state_);
        without_gain = 0;
      }
    }
    judge_schedule();
  }

  bool judge_schedule() {
    auto made =
        make_plan(problem_.network, problem_.hardware, schedule_->placement(), "windows");
    return std::holds_alternative<Plan>(made) && consider(std::get<Plan>(made));
  }

  // When all is done, then.
  std::int64_t improve_window(std::size_t first, std::int64_t latest) {
    const QueueSchedule::State before = schedule_->state();
    const std::size_t last = std::min(first + kWindow, before.sequence.size());
    schedule_->open(first, last);
    const std::size_t size = schedule_->last() - schedule_->first();
    const auto moves = static_cast<std::int64_t>(size) * kMovesPerLayer;
    const double hot = kHot * mean_time();
    for (std::int64_t i = 0; i < moves; ++i) {
      if (i % kMovesPerStep == 0) {
        budget_.step(best_->value);
        if (budget_.exhausted()) break;
      }
      if (i % kMovesPerFocus == 0) focus_ = schedule_->critical();
      const double temperature = hot * static_cast<double>(moves - i) / static_cast<double>(moves);
      step(temperature);
    }
    const std::int64_t after = schedule_->load({schedule_->state().processor, schedule_->by_start()});
    if (after <= latest) return after;
    return schedule_->load(before);
  }

  double mean_time() const {
    double sum = 0;
    for (std::size_t i = schedule_->first(); i < schedule_->last(); ++i) {
      const LayerId layer = schedule_->state().sequence[i];
      sum += static_cast<double>(ground_.idle->time(index(layer), index(schedule_->processor(layer))));
    }
    return sum / static_cast<double>(schedule_->last() - schedule_->first());
  }

  void step(double temperature) {
    if (!change()) return;
    const double allowed = temperature * static_cast<double>(random_.exponential()) / kOneVariate;
    const std::int64_t limit = schedule_->cost() + static_cast<std::int64_t>(allowed);
    if (schedule_->judge(limit) <= limit)
      schedule_->keep();
    else
      schedule_->undo();
  }

  bool change() {
    const std::size_t draw = random_.below(100);
    if (draw < 45) return move_one();
    if (draw < 60) return exchange();
    if (draw < 70) return move_row();
    return reorder();
  }

  // Half of the time a critical layer, else any of the window.
  LayerId pick() {
    if (!focus_.empty() && random_.one_in(2)) return focus_[random_.below(focus_.size())];
    const std::size_t first = schedule_->first();
    return schedule_->state().sequence[first + random_.below(schedule_->last() - first)];
  }

  bool inside(LayerId layer) const {
    const std::size_t place = schedule_->place(layer);
    return place >= schedule_->first() && place < schedule_->last();
  }

  ProcessorId target(LayerId layer) {
    const auto& before = problem_.network.predecessors(layer);
    const auto& after = problem_.network.successors(layer);
    const std::size_t neighbours = before.size() + after.size();
    if (neighbours > 0 && random_.one_in(2)) {
      const std::size_t at = random_.below(neighbours);
      return schedule_->processor(at < before.size() ? before[at] : after[at - before.size()]);
    }
    const auto& choices = ground_.candidates[layer];
    return choices[random_.below(choices.size())];
  }

  bool assign(LayerId layer, ProcessorId to) {
    if (schedule_->processor(layer) == to || !ground_.candidates.has(layer, to)) return false;
    schedule_->assign(layer, to);
    return true;
  }

  bool move_one() {
    const LayerId layer = pick();
    return assign(layer, target(layer));
  }

  bool exchange() {
    const LayerId a = pick();
    const std::size_t first = schedule_->first(), last = schedule_->last();
    const std::size_t near = 2 * problem_.hardware.processors().size();
    const std::size_t low = std::max(first, schedule_->place(a) - std::min(schedule_->place(a), near));
    const std::size_t high = std::min(last, schedule_->place(a) + near);
    const LayerId b = schedule_->state().sequence[low + random_.below(high - low)];
    const ProcessorId of_a = schedule_->processor(a), of_b = schedule_->processor(b);
    if (of_a == of_b || !ground_.candidates.has(a, of_b) || !ground_.candidates.has(b, of_a))
      return false;
    schedule_->assign(a, of_b);
    schedule_->assign(b, of_a);
    return true;
  }

  // A layer and some that follow one another on the same processor.
  bool move_row() {
    LayerId layer = pick();
    const ProcessorId from = schedule_->processor(layer), to = target(layer);
    bool changed = assign(layer, to);
    for (std::size_t more = 1 + random_.below(6); changed && more > 0; --more) {
      const auto& next = problem_.network.successors(layer);
      const auto same = std::find_if(next.begin(), next.end(), [&](LayerId each) {
        return schedule_->processor(each) == from && inside(each);
      });
      if (same == next.end()) break;
      layer = *same;
      assign(layer, to);
    }
    return changed;
  }

  bool reorder() {
    const LayerId layer = pick();
    const std::size_t from = schedule_->place(layer);
    std::size_t low = schedule_->first(), high = schedule_->last() - 1;
    for (const LayerId before : problem_.network.predecessors(layer))
      low = std::max(low, schedule_->place(before) + 1);
    for (const LayerId after : problem_.network.successors(layer))
      high = std::min(high, schedule_->place(after) - 1);
    const std::size_t to = low + random_.below(high - low + 1);
    if (to == from) return false;
    const auto& sequence = schedule_->state().sequence;
    bool passes_another = false;
    for (std::size_t i = std::min(from, to); i <= std::max(from, to); ++i)
      passes_another |=
          i != from && schedule_->processor(sequence[i]) == schedule_->processor(layer);
    if (!passes_another) return false;
    schedule_->shift(from, to);
    return true;
  }

  const Groundwork& ground_;
  const Problem& problem_;
  const SearchOptions& options_;
  Random random_;
  CostModel model_;
  Budget budget_;
  std::optional<QueueSchedule> schedule_;
  std::optional<Solution> best_;
  QueueSchedule::State best_state_;
  std::string overflow_;
  std::vector<LayerId> focus_;
};

}  // namespace

Outcome windows_from(const Groundwork& ground, const SearchOptions& options,
                     const std::vector<Plan>& starts) {
  PARTITA_ASSERT(!starts.empty(), "windows need a start");
  return WindowSearch(ground, options).run(starts);
}

Outcome solve_windows(const Problem& problem, const SearchOptions& options) {
  return from_quick_plans(problem, options, windows_from);
}

}  // namespace partita
