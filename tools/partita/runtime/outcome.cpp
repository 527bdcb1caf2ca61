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
  double least = std::numeric_limits<double>::infinity();
  bool any_clairvoyant = false;
  for (Outcome& each : outcomes) {
    const auto turned_away = static_cast<double>(each.shed + each.lost);
    const auto answered = static_cast<double>(each.answered);
    if (answered + turned_away == 0) continue;
    each.cost_ms = 1e3 * (answered * seconds(each.mean) + turned_away * seconds(longest)) /
                   (answered + turned_away);
    least = std::min(least, each.cost_ms);
    any_clairvoyant = any_clairvoyant || each.policy.starts_with(kClairvoyant);
  }
  if (!any_clairvoyant || least <= 0) return;
  for (Outcome& each : outcomes) each.regret = each.cost_ms / least - 1;
}

}  // namespace partita::command
