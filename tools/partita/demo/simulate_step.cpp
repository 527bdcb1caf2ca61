#include <fmt/format.h>

#include "models/base/assert.h"
#include "sim/simulate.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"

namespace partita::command {

void simulate_step(Job& job) {
  Step step("simulate");
  sim::Simulator simulator(job.network, *job.hardware, *job.costs);
  for (PlanRecord& record : job.plans) {
    record.simulated = simulator.run(record.plan);
    // Two independent engines and a checker that shares no code with them: any disagreement is a
    // bug of ours.
    const auto broken = violations(record.simulated, job.network, *job.hardware, record.plan);
    PARTITA_ASSERT(broken.empty(), fmt::format("plan {}: {}", record.name, broken.front()));
    Timeline expected = record.predicted;
    expected.origin = record.simulated.origin;
    PARTITA_ASSERT(record.simulated == expected,
                   fmt::format("plan {}: SystemC and the evaluator disagree", record.name));
  }
  step.done(fmt::format("{} plans in SystemC, equal to the prediction to the picosecond",
                        job.plans.size()));
}

}  // namespace partita::command
