// Several inferences at once, for `partita simulate --requests`.
#pragma once

#include <optional>
#include <string>

#include "sim/simulate.h"
#include "tools/partita/command_app.h"
#include "tools/partita/inputs.h"
#include "tools/partita/requests.h"

namespace partita::command {

struct WorkloadOptions : RequestOptions {
  std::size_t traced = 64;              // requests in a trace, at most
  std::optional<std::size_t> analysed;  // requests; empty: as many as memory is likely to hold
};

// Adds --requests, --arrivals, --in-flight, --seed, --trace-requests, --analysed-requests.
void add_workload_options(CLI::App& app, WorkloadOptions& options);

struct WorkloadOutputs {
  std::string out, analysis, trace, vcd;  // empty: not wanted
  bool what_if = true;
  bool json = false;
};

// Simulates the workload, prints what came of it and where the time went, and writes what is
// wanted; the exit code. Latencies are of all requests; where the time went is of the first ones,
// as many as are kept, and waves and traces are of a few.
int simulate_workload(const WorkloadOptions& options, const Inputs& inputs, const Plan& plan,
                      const sim::SimulatorOptions& how, const WorkloadOutputs& outputs);

}  // namespace partita::command
