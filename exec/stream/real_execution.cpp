#include "exec/stream/real_execution.h"

namespace partita::exec {

RealExecution::RealExecution(Replayer& replayer, const Plan& plan) : replayer_(replayer) {
  replayer_.prepare(plan);
}

Timeline RealExecution::infer() { return replayer_.run_once().timeline; }

Time RealExecution::switch_to(const Plan& plan, const Migration&) {
  return replayer_.prepare(plan).took;
}

}  // namespace partita::exec
