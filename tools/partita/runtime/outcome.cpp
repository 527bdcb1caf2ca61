#include "tools/partita/runtime/outcome.h"

#include <algorithm>

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
  const Outcome* best = nullptr;
  for (Outcome& each : outcomes) {
    const auto turned_away = static_cast<double>(each.shed + each.lost);
    const auto answered = static_cast<double>(each.answered);
    if (answered + turned_away == 0) continue;
    each.cost_ms = 1e3 * (answered * seconds(each.mean) + turned_away * seconds(longest)) /
                   (answered + turned_away);
    if (each.policy == kClairvoyant) best = &each;
  }
  if (best == nullptr || best->cost_ms <= 0) return;
  for (Outcome& each : outcomes) each.regret = each.cost_ms / best->cost_ms - 1;
}

}  // namespace partita::command
