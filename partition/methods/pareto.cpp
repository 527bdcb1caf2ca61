#include "partition/methods/pareto.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "partition/methods/annealing.h"

namespace partita {
namespace {

constexpr double kAnything = std::numeric_limits<double>::infinity();

class Sweep {
 public:
  Sweep(const Problem& problem, const ParetoOptions& pareto, const Method& method,
        const SearchOptions& options)
      : problem_(problem), pareto_(pareto), method_(method), options_(options) {}

  std::variant<ParetoFront, Infeasible> run() {
    if (auto no = find_end(pareto_.first, pareto_.second)) return std::move(*no);
    if (auto no = find_end(pareto_.second, pareto_.first)) return std::move(*no);
    const auto [least, most] = std::minmax_element(
        found_.begin(), found_.end(),
        [](const ParetoPoint& a, const ParetoPoint& b) { return a.second < b.second; });
    const double low = least->second, high = most->second;
    const auto gaps = static_cast<double>(pareto_.points - 1);
    for (std::size_t i = 1; i + 1 < pareto_.points && low < high; ++i) {
      const double limit = high - (high - low) * static_cast<double>(i) / gaps;
      improve(pareto_.first, {{pareto_.second, limit}});
    }
    return without_dominated(std::move(found_));
  }

 private:
  // Both terms are counted whatever is least: a limit that nothing exceeds asks for them.
  Problem with(Term term, const std::vector<Constraints::Limit>& limits) const {
    Problem made{problem_.network, problem_.hardware, problem_.costs, Objective::only(term),
                 problem_.constraints};
    made.constraints.limits.push_back({pareto_.first, kAnything});
    made.constraints.limits.push_back({pareto_.second, kAnything});
    made.constraints.limits.insert(made.constraints.limits.end(), limits.begin(), limits.end());
    return made;
  }

  // The least of a term, then of the other as far as that costs nothing.
  std::optional<Infeasible> find_end(Term term, Term other) {
    const Problem problem = with(term, {});
    Outcome outcome = method_.solve(problem, options_);
    if (auto* no = std::get_if<Infeasible>(&outcome)) return std::move(*no);
    Solution solution = std::get<Solution>(std::move(outcome));
    const double least = number(solution.cost, term);
    add(std::move(solution));
    improve(other, {{term, best(term, least)}});
    return std::nullopt;
  }

  double best(Term term, double known) const {
    for (const ParetoPoint& point : found_) {
      known = std::min(known, number(point.solution.cost, term));
    }
    return known;
  }

  // From all that is known.
  void improve(Term term, const std::vector<Constraints::Limit>& limits) {
    std::vector<Plan> starts;
    for (const ParetoPoint& point : found_) starts.push_back(point.solution.plan);
    const Problem problem = with(term, limits);
    Outcome outcome = anneal_from(problem, options_, starts);
    if (auto* solution = std::get_if<Solution>(&outcome)) add(std::move(*solution));
  }

  void add(Solution solution) {
    const double first = number(solution.cost, pareto_.first);
    const double second = number(solution.cost, pareto_.second);
    found_.push_back({std::move(solution), first, second});
  }

  const Problem& problem_;
  const ParetoOptions& pareto_;
  const Method& method_;
  const SearchOptions& options_;
  ParetoFront found_;
};

}  // namespace

ParetoFront without_dominated(ParetoFront points) {
  std::stable_sort(points.begin(), points.end(), [](const ParetoPoint& a, const ParetoPoint& b) {
    return std::pair(a.first, a.second) < std::pair(b.first, b.second);
  });
  ParetoFront front;
  for (ParetoPoint& point : points) {
    if (front.empty() || point.second < front.back().second) front.push_back(std::move(point));
  }
  return front;
}

std::variant<ParetoFront, Infeasible> pareto_front(const Problem& problem,
                                                   const ParetoOptions& pareto,
                                                   const Method& method,
                                                   const SearchOptions& options) {
  return Sweep(problem, pareto, method, options).run();
}

}  // namespace partita
