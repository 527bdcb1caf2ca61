#include "partition/problem/conflict.h"

#include <utility>

#include "partition/problem/assignment_search.h"

namespace partita {
namespace {

constexpr std::int64_t kSteps = 200'000;  // of a search; a fraction of a second

// Why no assignment keeps to the rules; absent where one does, or nobody knows.
std::optional<std::string> why_impossible(const Network& network, const Hardware& hardware,
                                          const CostTable& costs, const std::vector<Rule>& rules) {
  Ruled ruled = with_rules(rules, hardware.processors().size(), costs);
  const Problem problem{network, hardware, ruled.costs, {}, std::move(ruled.constraints)};
  Wide least = 0, most = 0;
  for (const Constraints::Share& share : problem.constraints.shares) {
    least += share.least, most += share.most;
  }
  if (least > Constraints::kWhole) return "the least shares add up to more than 100 %";
  if (!problem.constraints.shares.empty() && most < Constraints::kWhole)
    return "the largest shares add up to less than 100 %";
  const Delays delays(network, hardware);
  const auto found = Candidates::find(problem, delays);
  if (const auto* no = std::get_if<Infeasible>(&found)) return no->reason;
  const auto assignment = find_assignment(problem, std::get<Candidates>(found), kSteps);
  if (!std::holds_alternative<NoAssignment>(assignment)) return std::nullopt;
  return "every assignment of layers to processors was tried or ruled out: memories that are too "
         "small for weights, or constraints that exclude each other";
}

}  // namespace

std::optional<Conflict> smallest_conflict(const Network& network, const Hardware& hardware,
                                          const CostTable& costs, std::vector<Rule> rules) {
  auto reason = why_impossible(network, hardware, costs, rules);
  if (!reason) return std::nullopt;
  for (std::size_t i = 0; i < rules.size();) {
    std::vector<Rule> fewer = rules;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (auto still = why_impossible(network, hardware, costs, fewer)) {
      rules = std::move(fewer);
      reason = std::move(still);
    } else {
      ++i;
    }
  }
  return Conflict{std::move(rules), std::move(*reason)};
}

}  // namespace partita
