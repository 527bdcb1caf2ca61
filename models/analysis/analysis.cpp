#include "models/analysis/analysis.h"

namespace partita {

Analysis::Analysis(const WorkloadRun& run)
    : activity(activity_of(run)),
      traffic(traffic_of(run)),
      consumption(consumption_of(run, activity, traffic)),
      processors(waiting_of(run, activity, traffic)),
      latency(latency_of(run, traffic)),
      path(critical_path(run)),
      parts(parts_of_path(run, traffic, path)) {}

}  // namespace partita
