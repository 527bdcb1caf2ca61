#include "partition/predict/predictor.h"
#include "tools/partita/console.h"
#include "tools/partita/cost_text.h"
#include "tools/partita/demo/job.h"

namespace partita::command {

void predict_step(Job& job) {
  Step step("predict");
  job.costs = job.profile ? predicted_costs(job.network, *job.hardware, *job.profile)
                          : estimated_costs(job.network, *job.hardware);
  job.write("costs.csv", costs_csv(job.network, *job.hardware, *job.costs,
                                   job.profile ? &*job.profile : nullptr));
  step.done(sources_text(job.network, *job.hardware, *job.costs));
}

}  // namespace partita::command
