#include "partition/runtime/policies/clairvoyant.h"

#include <algorithm>
#include <limits>

#include "models/base/assert.h"

namespace partita {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

class Scheduler {
 public:
  Scheduler(const PolicyProblem& problem, const PlanLibrary& library)
      : problem_(problem),
        library_(library),
        hardware_(without_load(*problem.hardware)),
        moves_(*problem.classes.front().network, hardware_) {}

  // By segment: a candidate.
  std::vector<std::size_t> run() {
    const std::size_t segments = problem_.future.size(), candidates = library_.candidates.size();
    std::vector<std::vector<std::size_t>> from(segments, std::vector<std::size_t>(candidates, 0));
    std::vector<double> least(candidates);
    for (std::size_t x = 0; x < candidates; ++x) least[x] = cost_of_segment(0, x);
    for (std::size_t s = 1; s < segments; ++s) {
      std::vector<double> next(candidates, kNever);
      for (std::size_t x = 0; x < candidates; ++x) {
        for (std::size_t y = 0; y < candidates; ++y) {
          const double sum = least[y] + cost_of_move(s, y, x) + cost_of_segment(s, x);
          // To stay is as good as to go there and back.
          if (sum < next[x] || (sum == next[x] && y == x)) next[x] = sum, from[s][x] = y;
        }
      }
      least = std::move(next);
    }
    std::size_t at =
        static_cast<std::size_t>(std::min_element(least.begin(), least.end()) - least.begin());
    std::vector<std::size_t> schedule(segments, 0);
    for (std::size_t s = segments; s-- > 0;) {
      schedule[s] = at;
      at = from[s][at];
    }
    return schedule;
  }

  double move_seconds(std::size_t from, std::size_t to) {
    const auto& move = moves_.between(library_.candidates[from], library_.candidates[to]);
    return move ? move->seconds : kNever;
  }

 private:
  double length(std::size_t s) const {
    if (s + 1 == problem_.future.size()) return seconds(problem_.horizon);
    return seconds(problem_.future[s + 1].from - problem_.future[s].from);
  }
  // Who asks one after the other has no rate; then each second counts the same.
  double rate(std::size_t s) const {
    return library_.occasions[s].rate > 0 ? library_.occasions[s].rate : 1;
  }
  // One that cannot run costs as much as the whole segment's waiting.
  double cost_per_second(std::size_t s, std::size_t x) const {
    const double each = library_.cost[x][s];
    return rate(s) * (each == kNever ? kCannotRun * (1 + length(s)) : each);
  }
  double cost_of_segment(std::size_t s, std::size_t x) const {
    return cost_per_second(s, x) * length(s);
  }
  double cost_of_move(std::size_t s, std::size_t from, std::size_t to) {
    if (from == to) return 0;
    const double time = move_seconds(from, to);
    if (time == kNever) return kNever;
    Slowdowns slowdowns;
    fill_slowdowns(library_.occasions[s - 1].conditions, slowdowns);
    double copies = 0;
    for (std::size_t c = 0; c < problem_.classes.size(); ++c) {
      const TimeShares& cut = library_.candidates[from].classes[c].cuts.front();
      for (std::size_t l = 1 + hardware_.processors().size(); l < cut.size(); ++l)
        copies += library_.occasions[s - 1].shares[c] * cut[l] * slowdowns[l];
    }
    const double late = std::clamp(time - length(s - 1), 0.0, length(s));
    const double worse = std::max(0.0, cost_per_second(s, from) - cost_per_second(s, to));
    return rate(s - 1) * std::min(time, length(s - 1)) * copies + late * worse;
  }

  static constexpr double kCannotRun = 100;

  const PolicyProblem& problem_;
  const PlanLibrary& library_;
  const Hardware hardware_;
  MoveTimes moves_;
};

}  // namespace

std::variant<std::unique_ptr<Clairvoyant>, Infeasible> Clairvoyant::make(
    const PolicyProblem& problem) {
  PARTITA_ASSERT(!problem.future.empty(), "a clairvoyant without a future");
  auto made = plan_library(problem, occasions_of(problem, problem.future));
  if (auto* no = std::get_if<Infeasible>(&made)) return std::move(*no);
  const PlanLibrary& library = std::get<PlanLibrary>(made);
  Scheduler scheduler(problem, library);
  const std::vector<std::size_t> schedule = scheduler.run();
  auto policy = std::make_unique<Clairvoyant>();
  for (std::size_t s = 0; s < schedule.size(); ++s) {
    const auto& to = library.candidates[schedule[s]].configuration;
    if (s == 0) {
      policy->steps_.push_back({Time{0}, to});
      continue;
    }
    if (schedule[s] == schedule[s - 1]) continue;
    const Time time =
        scaled(std::chrono::seconds{1}, scheduler.move_seconds(schedule[s - 1], schedule[s]));
    const Time begins = std::max(problem.future[s - 1].from, problem.future[s].from - time);
    policy->steps_.push_back({begins, to});
  }
  return policy;
}

Decision Clairvoyant::decide(const Situation& situation) {
  const auto later = std::upper_bound(steps_.begin() + 1, steps_.end(), situation.now,
                                      [](Time now, const Step& step) { return now < step.at; });
  next_ = later == steps_.end() ? Time::max() : later->at;
  const Step& now = *(later - 1);
  const auto& current = situation.wanted ? situation.wanted : situation.in_force;
  if (now.to == current) return Stay{"as foreseen"};
  return Switch{now.to, "as foreseen: " + now.to->name};
}

}  // namespace partita
