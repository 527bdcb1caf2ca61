// Which inferences are asked for when, and what came of them: for simulations and real runs.
#pragma once

#include <optional>
#include <string>

#include "models/timeline/workload.h"
#include "models/workload/arrivals.h"
#include "models/workload/statistics.h"
#include "tools/partita/command_app.h"

namespace partita::command {

struct RequestOptions {
  std::optional<std::size_t> requests;
  std::string arrivals;  // empty: saturated
  std::optional<std::size_t> in_flight;
  std::uint64_t seed = 1;

  bool wanted() const { return requests || !arrivals.empty(); }
};

// Adds --requests, --arrivals, --in-flight.
void add_request_options(CLI::App& app, RequestOptions& options);
constexpr const char* kSeveralInferences = "Several inferences";  // the group of these options

struct AskedRequests {
  Workload workload;
  std::string arrivals;  // in words
};
// Throws ConfigError for arrivals that are none, and where nobody says how many are in flight: what
// can be known of them before there is a plan.
Arrivals arrivals_of(const RequestOptions& options);
// Throws as arrivals_of() does.
AskedRequests asked_for(const RequestOptions& options, const Plan& plan);

// "1.2 ms (exact)"
std::string how_often(const SteadyPeriod& period);
// Throughput, period, percentiles.
void print_record(const WorkloadTimeline& record, const WorkloadStatistics& said,
                  const AskedRequests& asked);

}  // namespace partita::command
