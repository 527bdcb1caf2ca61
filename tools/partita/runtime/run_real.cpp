#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "exec/runtime/serve.h"
#include "tools/partita/console.h"
#include "tools/partita/runtime/live_view.h"
#include "tools/partita/runtime/run_service.h"
#include "tools/partita/runtime/timed_policy.h"

namespace partita::command {
namespace {

constexpr std::size_t kDistinct = 4;  // inputs of each class, each with an answer of its own

void refuse_what_is_not_real(const ServiceCase& of) {
  const Scenario& scenario = of.scenario();
  Diagnostics diagnostics;
  for (const ScenarioClass& each : scenario.classes) {
    if (each.leaves_after.empty()) continue;
    diagnostics.error(each.where, each.name +
                                      ": real runs compute all layers: an early exit is simulated "
                                      "only (partita exits replays them)");
  }
  const SourceLoc file{scenario.file.string(), 0, 0};
  if (scenario.adversary) {
    diagnostics.error(file, "adversary: simulated only");
  }
  if (scenario.in_flight != 1) {
    diagnostics.error(file,
                      fmt::format("in_flight: {}: one request computes at a time in real runs",
                                  scenario.in_flight));
  }
  const auto lost =
      std::count_if(scenario.load.begin(), scenario.load.end(),
                    [](const LoadSpec& each) { return std::holds_alternative<Lost>(each.effect); });
  const auto halted = std::count(scenario.stops.begin(), scenario.stops.end(), true);
  if (halted > 0 && halted < lost) {
    diagnostics.error(file, "halts: in real runs all losses are halts, or none is");
  }
  diagnostics.throw_if_any();
  exec::refuse_what_nobody_can_do(scenario.load, of.hardware());
}

// What is best without each processor, and then all others, as many as may stand ready.
std::vector<Configuration> standbys(const PlanLibrary& library) {
  std::vector<Configuration> found;
  for (std::size_t occasion = 0; occasion < library.occasions.size(); ++occasion) {
    const auto& present = library.occasions[occasion].conditions.present;
    if (std::count(present.begin(), present.end(), false) != 1) continue;
    const Candidate* best = nullptr;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < library.candidates.size(); ++i) {
      if (library.cost[i][occasion] < least) {
        least = library.cost[i][occasion];
        best = &library.candidates[i];
      }
    }
    if (best != nullptr) found.push_back(*best->configuration);
  }
  constexpr std::size_t kMost = 6;
  for (const Candidate& each : library.candidates) {
    if (found.size() >= kMost) break;
    found.push_back(*each.configuration);
  }
  return found;
}

std::vector<exec::RealRequest> real_requests(const std::vector<ScenarioRequest>& asked) {
  std::vector<exec::RealRequest> requests;
  for (const ScenarioRequest& each : asked) {
    requests.push_back({each.arrival, each.seen_class, each.input_class});
  }
  return requests;
}

std::vector<const Network*> networks_of(const ServiceCase& of) {
  std::vector<const Network*> networks;
  for (const auto& each : of.networks()) networks.push_back(each.get());
  return networks;
}

void wait_for(exec::RealExecution& execution, RunId run) {
  const Time deadline = execution.now() + Time{std::chrono::minutes(1)};
  const auto told = execution.next(deadline);
  const auto* done = told ? std::get_if<exec::RunDone>(&*told) : nullptr;
  if (done != nullptr && done->run == run) return;
  const auto& breaks = execution.record().breaks;
  throw Error("what this computer can serve cannot be measured: " +
              (breaks.empty() ? "a request is not answered" : breaks.front().what));
}

void note_record(const exec::RealRecord& record, const Hardware& hardware, Outcome& outcome) {
  constexpr std::size_t kTold = 3;
  for (std::size_t i = 0; i < record.breaks.size(); ++i) {
    const exec::RealRecord::Break& each = record.breaks[i];
    if (i == kTold) {
      outcome.notes.push_back(fmt::format("... and {} more", record.breaks.size() - kTold));
      break;
    }
    outcome.notes.push_back(fmt::format("at {}: {}", to_string(each.when), each.what));
  }
  for (std::size_t i = 0; i < record.presence.size(); ++i) {
    const exec::RealRecord::Presence& each = record.presence[i];
    outcome.notes.push_back(fmt::format("at {}: {} {}", to_string(each.when),
                                        hardware.processors()[each.processor].name,
                                        each.back ? "is back" : "is lost"));
  }
  outcome.notes.push_back(
      fmt::format("answers differ from the reference executor by at most {:.1e} (relative)",
                  record.largest_difference));
  if (!record.wrong.empty()) {
    throw Error(fmt::format("{} answers were wrong, the first of request {}", record.wrong.size(),
                            record.wrong.front()));
  }
}

}  // namespace

double measured_capacity(const ServiceCase& of, const Configuration& configuration) {
  refuse_what_is_not_real(of);
  constexpr std::size_t kFirst = 8, kRequests = 48;  // the first ones find caches cold
  Step step("requests that this computer can serve");
  Scenario scenario = of.scenario();
  scenario.requests = kRequests;
  scenario.arrivals = {"", Arrivals{}, 0, {}};  // when they come does not matter
  exec::RealOptions options;
  options.crews.seed = scenario.seed;
  // Whoever is held up by other work is slow; that he hangs is for those to find who serve.
  options.crews.least_patience = std::chrono::seconds(10);
  const std::vector<exec::RealRequest> requests = real_requests(requests_of(scenario, 1));
  exec::RealExecution execution(networks_of(of), of.hardware(), requests, kDistinct, options);
  execution.prepare(configuration);
  execution.begin();
  Time from{0};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (i == kFirst) from = execution.now();
    const RunId run{static_cast<std::uint32_t>(i)};
    execution.start(run, i, configuration.plans[requests[i].seen_class]);
    wait_for(execution, run);
  }
  const double served =
      static_cast<double>(requests.size() - kFirst) / seconds(execution.now() - from);
  step.done(fmt::format("{:.4g} a second, measured", served));
  return served;
}

Outcome run_for_real(const ServiceCase& of, const PolicyKind& kind,
                     const RunOptions& options_of_run) {
  refuse_what_is_not_real(of);
  if (options_of_run.check || !options_of_run.trace.empty()) {
    throw ConfigError({options_of_run.check ? "--check" : "--trace", 0, 0},
                      "of simulated runs only (without --real)");
  }
  const auto policy = kind.make(of.policies());
  TimedPolicy timed(*policy);
  const std::vector<const Network*> networks = networks_of(of);
  const exec::Away away(of.hardware().processors().size());
  exec::RealOptions options;
  options.spare = 8;
  options.crews.seed = of.scenario().seed;
  options.crews.started = [away](const exec::CrewWorker& worker) { away.started(worker); };
  exec::RealExecution execution(networks, of.hardware(), real_requests(of.requests()), kDistinct,
                                options);
  Service service(*networks.front(), of.hardware(), of.service_options(), timed, execution);
  execution.prepare(*timed.first(), standbys(*of.policies().library));

  exec::DisturbedExecution disturbed(execution);
  const auto& stops = of.scenario().stops;
  const bool halts = std::find(stops.begin(), stops.end(), true) != stops.end();
  exec::Disturber disturber(of.hardware(), of.scenario().load, Time::max(), disturbed, away,
                            halts ? SIGSTOP : SIGKILL);
  LiveView view(of, std::string(kind.name));
  exec::ServeOptions serving;
  serving.disturber = &disturber;
  serving.monitor_every = of.scenario().monitor;
  serving.after_each = [&](Time now) { view.show(now, service); };
  exec::serve(service, execution, serving);

  Outcome outcome;
  outcome.policy = kind.name;
  outcome.execution = "real";
  outcome.first = timed.first()->name;
  outcome.record = service.record();
  outcome.decisions = timed.took();
  count(outcome);
  if (const std::string why = policy->stands_in(); !why.empty()) outcome.notes.push_back(why);
  note_record(execution.record(), of.hardware(), outcome);
  return outcome;
}

}  // namespace partita::command
