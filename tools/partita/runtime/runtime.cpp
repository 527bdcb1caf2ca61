#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/count_option.h"
#include "tools/partita/inputs.h"
#include "tools/partita/misspelt.h"
#include "tools/partita/output_files.h"
#include "tools/partita/runtime/run_service.h"
#include "tools/partita/runtime/service_json.h"

namespace partita::command {
namespace {

struct Options {
  CaseOptions of;
  std::vector<std::string> policies{"ours", "static", std::string(kClairvoyant)};
  RunOptions run;
  std::string out;
  bool real = false, json = false;
};

std::vector<const PolicyKind*> chosen(const Options& options) {
  std::vector<const PolicyKind*> kinds;
  for (const std::string& name : options.policies) {
    if (name == "all") {
      kinds.clear();
      for (const PolicyKind& kind : policies()) kinds.push_back(&kind);
      break;
    }
    const PolicyKind* kind = policy_named(name);
    if (kind == nullptr) {
      std::vector<std::string> names{"all"};
      for (const PolicyKind& each : policies()) names.emplace_back(each.name);
      throw ConfigError({"--policy", 0, 0}, fmt::format("there is no policy '{}' (one of {})", name,
                                                        fmt::join(names, ", ")));
    }
    kinds.push_back(kind);
  }
  return kinds;
}

std::string in_words(const Outcome& outcome) {
  return fmt::format("mean {}, p99 {}, {} switches", to_string(outcome.mean),
                     to_string(outcome.latency.p99), outcome.migrations);
}

void print_table(const std::vector<Outcome>& outcomes) {
  Table table({"policy", "mean", "p50", "p99", "longest", "answered", "turned away", "switches",
               "regret", "decision p99"});
  for (const Outcome& each : outcomes) {
    table.add({each.policy, to_string(each.mean), to_string(each.latency.p50),
               to_string(each.latency.p99), to_string(each.latency.most),
               fmt::format("{}", each.answered), fmt::format("{}", each.shed),
               fmt::format("{}", each.migrations), each.regret ? percent(*each.regret) : "-",
               each.decisions.empty() ? "-" : to_string(each.decision_p99)});
  }
  table.print();
}

void print_decisions(const Outcome& outcome) {
  constexpr std::size_t kMost = 12;
  std::size_t shown = 0;
  for (const DecisionRecord& each : outcome.record.decisions) {
    if (!each.switched) continue;
    if (shown++ == kMost) {
      fmt::print("    ... {} more switches (--out has all)\n", outcome.migrations - kMost);
      return;
    }
    fmt::print("    {}: at {} to '{}': {}\n", outcome.policy, to_string(each.when),
               each.configuration, each.reason);
  }
}

int runtime(const Options& options) {
  const std::vector<const PolicyKind*> kinds = chosen(options);
  CaseOptions asked = options.of;
  if (options.real) asked.capacity = measured_capacity;
  // A crew runs the plans of its configuration, and each plan is made ready before it is in force.
  asked.only_switches = options.real;
  const ServiceCase of(asked);
  fmt::print("{}: {} on {}, {} requests, {} arrivals ({:.4g} a second can be served, {})\n",
             of.scenario().name, of.scenario().network, of.hardware().name(), of.requests().size(),
             of.scenario().arrivals.text, of.capacity(), options.real ? "measured" : "simulated");
  if (of.capacity() < of.policies().problem.arrivals_per_second) {
    fmt::print(
        "note: more requests arrive than the best static plan serves: those that find {} waiting "
        "are turned away\n",
        of.scenario().queue);
  }
  std::vector<Outcome> outcomes;
  for (const PolicyKind* kind : kinds) {
    Step step(std::string(kind->name));
    outcomes.push_back(options.real ? run_for_real(of, *kind, options.run)
                                    : simulate(of, *kind, options.run));
    step.done(in_words(outcomes.back()));
  }
  compare(outcomes);
  print_table(outcomes);
  fmt::print("  times are {}; what decisions take is measured\n",
             options.real ? "measured" : "simulated");
  for (const Outcome& each : outcomes) print_decisions(each);
  for (const Outcome& each : outcomes) {
    for (const std::string& note : each.notes) fmt::print("  note: {}: {}\n", each.policy, note);
  }
  if (!options.out.empty()) {
    write_file(options.out, service_json(of, outcomes));
    fmt::print("wrote {} (draw it: partita plot service)\n", options.out);
  }
  bool all_answered = true;
  for (const Outcome& each : outcomes) {
    if (each.lost == 0 && each.record.duplicates == 0) continue;
    all_answered = false;
    fmt::print("  {}: {} requests were never answered, {} twice\n", each.policy, each.lost,
               each.record.duplicates);
  }
  if (options.json) {
    nlohmann::ordered_json line{{"scenarios", rows_of(of, outcomes)}};
    // For sweeps, whose columns these become: what the same question has the same answer to, and no
    // list. Of several policies, each by its name.
    const nlohmann::ordered_json rows = line["scenarios"];
    for (nlohmann::ordered_json row : rows) {
      row.erase("decision_p99_us");
      if (rows.size() == 1) {
        line.update(row);
      } else {
        line[row["policy"].get<std::string>()] = row;
      }
    }
    fmt::print("{}\n", line.dump());
  }
  return all_answered ? kDone : kNo;
}

std::string policies_explained() {
  std::string text = "\n\nPolicies:";
  for (const PolicyKind& each : policies()) {
    text += fmt::format("\n  {:<20} {}", each.name, each.description);
  }
  return text;
}

}  // namespace

Run add_runtime(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.description(app.get_description() + policies_explained());
  app.add_option("--scenario", options->of.scenario, "what happens (experiments/runtime/README.md)")
      ->required()
      ->type_name("FILE");
  app.add_option("--policy", options->policies,
                 "whose decisions: one or several of the policies below, or all")
      ->delimiter(',')
      ->type_name("NAME")
      ->capture_default_str();
  app.add_flag("--real", options->real,
               "on worker processes of this computer, disturbed for real, instead of in SystemC");
  app.add_option("--machine", options->of.machine, "instead of the scenario's machine")
      ->type_name("FILE");
  app.add_option("--set", options->of.overrides, "override one value of the machine")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  app.add_option("--scenario-set", options->of.scenario_overrides,
                 "override one value of the scenario: arrivals=\"poisson 200/s\"")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  app.add_option("--profile", options->of.profile,
                 "measured times (partita profile); else estimates")
      ->type_name("FILE");
  app.add_option("--requests", options->of.requests, "instead of as many as the scenario says")
      ->check(whole_number_from(1));
  app.add_option("--seed", options->of.seed, "instead of the scenario's")
      ->check(whole_number_from(1));
  app.add_option("--steps", options->of.steps, "plans that each search ahead of time may evaluate")
      ->check(whole_number_from(1));
  app.add_flag("--check", options->run.check,
               "simulate everything once more in the plain evaluator, and check every timeline");
  add_output_option(app, "--out", options->out, "all requests and decisions, as JSON");
  add_output_option(app, "--trace", options->run.trace,
                    "Chrome trace of the last policy, with migrations and decisions (simulated; "
                    "--requests keeps it "
                    "small)");
  app.add_flag("--json", options->json, "also print the numbers as one line of JSON");
  return [options] { return runtime(*options); };
}

}  // namespace partita::command
