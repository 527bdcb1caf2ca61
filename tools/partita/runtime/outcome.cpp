#include "tools/partita/runtime/outcome.h"

#include <algorithm>
#include <limits>

namespace partita::command {

void count(Outcome& outcome) {
  std::vector<Time> latencies;
  Wide sum = 0;
  for (const RequestRecord& request : outcome.record.requests) {
    if (request.shed) {
      ++outcome.shed;
    } else if (!request.done) {
      ++outcome.lost;
    } else {
      latencies.push_back(request.answered - request.arrival);
      sum += latencies.back().count();
    }
  }
  outcome.answered = latencies.size();
  if (!latencies.empty()) {
    outcome.mean = Time{static_cast<std::int64_t>(sum / static_cast<Wide>(latencies.size()))};
    outcome.latency = percentiles(std::move(latencies));
  }
  for (const DecisionRecord& decision : outcome.record.decisions) {
    outcome.migrations += decision.switched ? 1 : 0;
  }
  if (!outcome.decisions.empty()) outcome.decision_p99 = percentiles(outcome.decisions).p99;
}

void compare(std::vector<Outcome>& outcomes) {
  Time longest{0};
  for (const Outcome& each : outcomes) longest = std::max(longest, each.latency.most);
  constexpr double kNobody = std::numeric_limits<double>::infinity();
  double least = kNobody, clairvoyant = kNobody;
  for (Outcome& each : outcomes) {
    const auto turned_away = static_cast<double>(each.shed + each.lost);
    const auto answered = static_cast<double>(each.answered);
    if (answered + turned_away == 0) continue;
    each.cost_ms = 1e3 * (answered * seconds(each.mean) + turned_away * seconds(longest)) /
                   (answered + turned_away);
    least = std::min(least, each.cost_ms);
    if (each.policy.starts_with(kClairvoyant)) clairvoyant = std::min(clairvoyant, each.cost_ms);
  }
  if (least <= 0 || least == kNobody) return;
  for (Outcome& each : outcomes) {
    each.behind = each.cost_ms / least - 1;
    if (clairvoyant < kNobody) each.regret = each.cost_ms / clairvoyant - 1;
  }
}

}  // namespace partita::command
