#include "partition/methods/groundwork.h"

#include <utility>

#include "partition/bounds/paths.h"

namespace partita {
namespace {

constexpr std::size_t kMostEntries = 30'000'000;  // of the idle machine's tables

}  // namespace

std::variant<std::unique_ptr<Groundwork>, Infeasible> Groundwork::of(const Problem& problem,
                                                                     Screen screen,
                                                                     const Deadline& deadline) {
  Delays delays(problem.network, problem.hardware);
  auto found = Candidates::find(problem, delays);
  if (auto* no = std::get_if<Infeasible>(&found)) return std::move(*no);
  std::unique_ptr<Groundwork> ground(
      new Groundwork(problem, std::move(delays), std::move(std::get<Candidates>(found))));
  if (screen == Screen::Plans) ground->screen_plans(deadline);
  return ground;
}

Groundwork::Groundwork(const Problem& the_problem, Delays the_delays, Candidates the_candidates)
    : problem(the_problem), delays(std::move(the_delays)), candidates(std::move(the_candidates)) {}

void Groundwork::screen_plans(const Deadline& deadline) {
  // Samples have times of their own, of which the nominal ones say nothing.
  if (!problem.objective.weighs(Term::Latency) || problem.uncertainty != nullptr) return;
  if (IdleMachine::entries(problem) > kMostEntries) return;
  idle.emplace(problem, delays, candidates);
  const Paths paths(problem, delays, candidates, deadline);
  for (const LayerId layer : problem.network.layers()) tails.push_back(paths.tail(layer));
}

}  // namespace partita
