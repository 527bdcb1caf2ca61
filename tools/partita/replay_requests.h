// Several inferences at once, for `partita replay --requests`.
#pragma once

#include <string>

#include "exec/replay/replay.h"
#include "tools/partita/requests.h"

namespace partita::command {

struct ReplayOf {
  const Network& network;
  const Network& seen;  // of the timelines: another for a cold start
  const Hardware& hardware;
  const Plan& plan;
  const std::string& profile;  // file; empty: nothing is simulated beside
};

struct ReplayRequestsOptions {
  RequestOptions requests;
  std::string out, trace;  // empty: not wanted
  bool noisy = false;
  bool check = true;
  bool json = false;
};

// Runs the workload until its makespan is known, prints what came of it, beside what a simulation
// says where there is a profile, and writes what is wanted; the exit code. Checked is a run before
// those that are measured: the outputs of every request, where neighbours have other inputs, and
// the contract.
int replay_requests(exec::Replayer& replayer, const ReplayOf& of, exec::RepeatOptions repeat,
                    const ReplayRequestsOptions& options);

}  // namespace partita::command
