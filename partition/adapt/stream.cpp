#include "partition/adapt/stream.h"

namespace partita {

StreamResult run_stream(Execution& execution, Repartitioner* policy, std::size_t inferences,
                        const std::function<void(std::size_t)>& before_each) {
  StreamResult result;
  for (std::size_t i = 0; i < inferences; ++i) {
    before_each(i);
    const Timeline timeline = execution.infer();
    result.latency.push_back(timeline.makespan);
    if (policy == nullptr || i + 1 == inferences) continue;

    policy->observe(timeline);
    const Decision decision = policy->decide(static_cast<int>(inferences - i - 1));
    if (const auto* change = std::get_if<Switch>(&decision)) {
      const Time stood_still = execution.switch_to(change->plan, change->migration);
      result.switches.push_back(
          {i + 1, change->reason, change->migration, stood_still, change->plan});
    }
  }
  return result;
}

}  // namespace partita
