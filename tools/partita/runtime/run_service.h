// One policy in one scenario, simulated or real.
#pragma once

#include <string>

#include "tools/partita/runtime/outcome.h"
#include "tools/partita/runtime/service_case.h"

namespace partita::command {

struct RunOptions {
  bool check = false;  // simulated: by the plain evaluator and the checker
  std::string trace;   // file for a Chrome trace; "": none
};

Outcome simulate(const ServiceCase& of, const PolicyKind& kind, const RunOptions& options);

// Requests a second that worker processes of this computer answer by a configuration when somebody
// always asks and nothing disturbs them: its time is measured from request to request, so what
// inputs, answers and whoever tells workers to begin take counts, too. Throws as run_for_real().
double measured_capacity(const ServiceCase& of, const Configuration& configuration);

// On worker processes of this computer. Throws ConfigError where a scenario cannot be had here.
Outcome run_for_real(const ServiceCase& of, const PolicyKind& kind, const RunOptions& options);

}  // namespace partita::command
