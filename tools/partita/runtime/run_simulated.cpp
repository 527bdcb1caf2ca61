#include <fmt/format.h>

#include <map>

#include "models/base/assert.h"
#include "models/base/file.h"
#include "models/evaluate/evaluate.h"
#include "models/timeline/chrome_trace.h"
#include "sim/service_simulation.h"
#include "tools/partita/console.h"
#include "tools/partita/runtime/live_view.h"
#include "tools/partita/runtime/run_service.h"
#include "tools/partita/runtime/timed_policy.h"

namespace partita::command {
namespace {

std::vector<Variant> variants_of(const ServiceCase& of) {
  std::vector<Variant> variants;
  for (std::size_t i = 0; i < of.networks().size(); ++i) {
    variants.push_back({of.networks()[i].get(), of.costs()[i].get()});
  }
  return variants;
}

std::vector<const Network*> networks_of(const ServiceCase& of) {
  std::vector<const Network*> networks;
  for (const auto& each : of.networks()) networks.push_back(each.get());
  return networks;
}

// The machine with what an adversary did to it.
Hardware as_it_was(const ServiceCase& of, const sim::Directed& directed) {
  std::vector<LoadSpec> load = of.hardware().load();
  load.insert(load.end(), directed.slowed.begin(), directed.slowed.end());
  return with_load(of.hardware(), std::move(load));
}

// What the machine did, once more in the other engine, and every timeline against the contract.
void check(const ServiceCase& of, const sim::Directed& directed) {
  const Hardware hardware = as_it_was(of, directed);
  Evaluator evaluator(variants_of(of), hardware);
  std::vector<Timeline> timelines(directed.workload.requests.size());
  const WorkloadTimeline& again = evaluator.run(
      directed.workload,
      [&](std::size_t number, const Timeline& timeline) { timelines[number] = timeline; });
  PARTITA_ASSERT(again == directed.record, "the two engines differ");
  const auto broken =
      violations(directed.record, timelines, networks_of(of), hardware, directed.workload);
  PARTITA_ASSERT(broken.empty(), "a simulation broke the contract: " + broken.front());
}

std::vector<TracedDecision> switches(const ServiceRecord& record) {
  std::vector<TracedDecision> all;
  for (const DecisionRecord& each : record.decisions) {
    if (each.switched) all.push_back({each.when, "switch to " + each.configuration, each.reason});
  }
  return all;
}

void write_trace(const ServiceCase& of, const sim::SimulatedService& simulated,
                 const RunOptions& options) {
  const sim::Directed& directed = simulated.directed;
  const Hardware hardware = as_it_was(of, directed);
  Evaluator evaluator(variants_of(of), hardware);
  std::vector<Timeline> timelines(directed.workload.requests.size());
  evaluator.run(directed.workload, [&](std::size_t number, const Timeline& timeline) {
    timelines[number] = timeline;
  });
  write_file(options.trace,
             chrome_trace(of.scenario().name, directed.record, timelines, networks_of(of), hardware,
                          directed.workload, {}, switches(simulated.service)));
  fmt::print("wrote {} (open it at ui.perfetto.dev)\n", options.trace);
}

}  // namespace

Outcome simulate(const ServiceCase& of, const PolicyKind& kind, const RunOptions& options) {
  const auto policy = kind.make(of.policies());
  TimedPolicy timed(*policy);
  sim::Simulator simulator(variants_of(of), of.hardware());
  LiveView view(of, std::string(kind.name));
  const sim::ServiceSetting setting{of.requests(), of.service_options(), of.scenario().monitor,
                                    of.scenario().adversary, of.costs().front().get()};
  const sim::SimulatedService simulated =
      sim::simulate_service(simulator, *of.networks().front(), of.hardware(), setting, timed,
                            [&](Time now, const Service& service) { view.show(now, service); });
  if (options.check) check(of, simulated.directed);
  if (!options.trace.empty()) write_trace(of, simulated, options);
  Outcome outcome;
  outcome.policy = kind.name;
  outcome.execution = "simulated";
  outcome.first = timed.first()->name;
  outcome.record = simulated.service;
  outcome.decisions = timed.took();
  count(outcome);
  if (const std::string why = policy->stands_in(); !why.empty()) outcome.notes.push_back(why);
  return outcome;
}

}  // namespace partita::command
