#include "tools/partita/objective_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "partition/problem/conflict.h"

namespace partita::command {
namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const auto end = text.find(at, from);
    parts.push_back(text.substr(from, end - from));
    if (end == std::string::npos) return parts;
    from = end + 1;
  }
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{} || end != last || !std::isfinite(number)) return std::nullopt;
  return number;
}

// Reads one option after the other; each value is "NAME=VALUE". Names of layers may hold '=': of a
// pattern the last one counts.
class OptionRules {
 public:
  OptionRules(RuleMaker& maker, Diagnostics& diagnostics)
      : maker_(maker), diagnostics_(diagnostics) {}

  void places(const char* option, Rule::Kind kind, const std::vector<std::string>& values) {
    for_pairs(option, values, "LAYER=PROCESSOR",
              [&](const std::string& text, const std::string& name, const std::string& value) {
                maker_.place(kind, where(option), text, name, split(value, ','));
              });
  }
  void together(const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      maker_.together(where("--together"), fmt::format("--together '{}'", value), {value});
    }
  }
  void shares(const char* option, const std::vector<std::string>& values, bool least) {
    for_pairs(option, values, "PROCESSOR=PERCENTAGE",
              [&](const std::string& text, const std::string& name, const std::string& value) {
                const auto given = std::optional(value);
                maker_.share(where(option), text, name, least ? given : std::nullopt,
                             least ? std::nullopt : given);
              });
  }
  void limits(const std::vector<std::string>& values) {
    for_pairs("--limit", values, "TERM=VALUE",
              [&](const std::string& text, const std::string& name, const std::string& value) {
                maker_.limit(where("--limit"), text, name, value);
              });
  }

 private:
  static SourceLoc where(const char* option) { return {option, 0, 0}; }

  template <class Use>
  void for_pairs(const char* option, const std::vector<std::string>& values, const char* form,
                 Use&& use) {
    for (const std::string& value : values) {
      const auto equals = value.rfind('=');
      if (equals == std::string::npos || equals == 0 || equals + 1 == value.size()) {
        diagnostics_.error(where(option), fmt::format("'{}' is not {}", value, form));
        continue;
      }
      use(fmt::format("{} '{}'", option, value), value.substr(0, equals), value.substr(equals + 1));
    }
  }

  RuleMaker& maker_;
  Diagnostics& diagnostics_;
};

Objective read_objective(const std::string& text, Diagnostics& diagnostics) {
  const SourceLoc where{"--objective", 0, 0};
  Objective objective{.weights{}};
  const std::vector<std::string> parts = split(text, ',');
  for (const std::string& part : parts) {
    const auto equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const auto known = std::find(kTerms.begin(), kTerms.end(), name);
    if (known == kTerms.end()) {
      diagnostics.error(
          where, fmt::format("'{}' in '{}' is none of {}", name, text, fmt::join(kTerms, ", ")));
      continue;
    }
    double& weight = objective.weights[static_cast<std::size_t>(known - kTerms.begin())];
    if (weight != 0) {
      diagnostics.error(where, fmt::format("'{}' stands in '{}' twice", name, text));
    }
    const auto given =
        equals == std::string::npos ? std::optional<double>(1) : number_of(part.substr(equals + 1));
    if (!given || *given <= 0) {
      diagnostics.error(where,
                        fmt::format("the weight of '{}' in '{}' is no number above 0", name, text));
      continue;
    }
    if (equals == std::string::npos && parts.size() > 1) {
      diagnostics.error(
          where, fmt::format("'{}' in '{}' has no weight: TERM=WEIGHT,TERM=WEIGHT", name, text));
    }
    weight = *given;
  }
  return objective;
}

std::optional<double> read_spread(std::string text, Diagnostics& diagnostics) {
  if (text.empty()) return std::nullopt;
  const std::string given = text;
  if (text.back() == '%') text.pop_back();
  while (!text.empty() && text.back() == ' ') text.pop_back();
  const auto percentage = number_of(text);
  if (!percentage || given.back() != '%' || *percentage < 0 || *percentage > 80) {
    diagnostics.error({"--uncertainty", 0, 0},
                      fmt::format("'{}' is no percentage from 0% to 80%", given));
    return std::nullopt;
  }
  return *percentage / 100;
}

}  // namespace

void add_objective_options(CLI::App& app, ObjectiveOptions& options) {
  const char* objective = "Objective";
  const char* constraints = "Constraints";
  app.add_option("--objective", options.objective,
                 fmt::format("what is least: one of {}, or a weighted sum, "
                             "latency=1,energy=0.5; numbers that are weighed are in s (latency, "
                             "throughput: the period, imbalance), J, J s, GB",
                             fmt::join(kTerms, ", ")))
      ->group(objective)
      ->capture_default_str();
  app.add_option(
         "--uncertainty", options.uncertainty,
         "layer times are known to this much (10 % of them are shorter, 10 % longer), or as "
         "the profile says where it measured: plans are judged over sampled times")
      ->type_name("PERCENTAGE")
      ->group(objective);
  app.add_option("--robust", options.robust, "the value over the samples that is least")
      ->check(CLI::IsMember(std::vector<std::string>(kStatistics.begin(), kStatistics.end())))
      ->group(objective)
      ->capture_default_str();
  app.add_option("--samples", options.samples, "sampled times that a search looks at")
      ->check(CLI::Range(2, 1000))
      ->group(objective)
      ->capture_default_str();
  const auto list = [&](const char* name, std::vector<std::string>& values, const char* form,
                        const char* text) {
    app.add_option(name, values, text)
        ->type_name(form)
        ->group(constraints)
        ->allow_extra_args(false);
  };
  list("--pin", options.pin, "LAYER=PROCESSOR",
       "layers run there (or on one of PROCESSOR,PROCESSOR); LAYER may be a pattern: 'conv*'");
  list("--bar", options.bar, "LAYER=PROCESSOR", "layers do not run there");
  list("--together", options.together, "LAYERS", "layers of this pattern run on one processor");
  app.add_flag("--contiguous", options.contiguous,
               "no path leaves the layers of a processor and comes back to them")
      ->group(constraints);
  list("--min-share", options.min_share, "PROCESSOR=PERCENTAGE",
       "of all layer time, what a processor must take");
  list("--max-share", options.max_share, "PROCESSOR=PERCENTAGE", "what it may take");
  list("--limit", options.limit, "TERM=VALUE",
       "what a term may be at most: latency='20 ms', energy='1.5 J', transfers='2 GB'");
  app.add_option("--constraints", options.constraints,
                 "file of constraints (YAML): pin, bar, together, contiguous, share, limit")
      ->type_name("FILE")
      ->group(constraints);
}

Objective objective_of(const std::string& text) {
  Diagnostics diagnostics;
  const Objective objective = read_objective(text, diagnostics);
  diagnostics.throw_if_any();
  return objective;
}

Asked asked_of(const ObjectiveOptions& options, const Inputs& inputs, std::uint64_t seed) {
  Diagnostics diagnostics;
  const Objective objective = read_objective(options.objective, diagnostics);
  const std::optional<double> spread = read_spread(options.uncertainty, diagnostics);
  RuleMaker maker(inputs.network, inputs.hardware, diagnostics);
  OptionRules rules(maker, diagnostics);
  rules.places("--pin", Rule::Kind::Pin, options.pin);
  rules.places("--bar", Rule::Kind::Bar, options.bar);
  rules.together(options.together);
  if (options.contiguous) maker.contiguous("--contiguous");
  rules.shares("--min-share", options.min_share, true);
  rules.shares("--max-share", options.max_share, false);
  rules.limits(options.limit);
  if (!options.constraints.empty()) read_rules(options.constraints, diagnostics, maker);
  diagnostics.throw_if_any();

  const std::size_t processors = inputs.hardware.processors().size();
  std::vector<Rule> made = maker.take();
  Ruled ruled = with_rules(made, processors, inputs.costs);
  Asked asked{objective, std::move(made), std::move(ruled), spread, {}};
  if (spread) {
    asked.uncertainty.samples = sampled_costs(asked.ruled.costs, processors, *spread,
                                              static_cast<std::size_t>(options.samples), seed);
    asked.uncertainty.statistic =
        options.robust == to_string(Statistic::P95) ? Statistic::P95 : Statistic::Expected;
  }
  return asked;
}

NoPlan why_no_plan(const Infeasible& no, const Asked& asked, const Inputs& inputs) {
  auto conflict = smallest_conflict(inputs.network, inputs.hardware, inputs.costs, asked.rules);
  if (!conflict) return {no.reason, {}};
  NoPlan why{std::move(conflict->reason), {}};
  for (const Rule& rule : conflict->rules) why.conflict.push_back(rule.text);
  return why;
}

void print_no_plan(const NoPlan& why, bool json) {
  fmt::print("infeasible: {}\n", why.reason);
  if (why.conflict.size() > 1) {
    fmt::print("  these exclude each other; without any one of them they would not:\n");
  } else if (why.conflict.size() == 1) {
    fmt::print("  this alone makes it so:\n");
  }
  for (const std::string& rule : why.conflict) fmt::print("    {}\n", rule);
  if (!json) return;
  nlohmann::json line{{"infeasible", why.reason}};
  if (!why.conflict.empty()) line["conflict"] = why.conflict;
  fmt::print("{}\n", line.dump());
}

}  // namespace partita::command
