#include "tools/partita/collectives.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "partition/methods/collective_search.h"

namespace partita::command {
namespace {

constexpr const char* kAuto = "auto";

}  // namespace

void add_collectives_option(CLI::App& app, std::string& text, const std::string& default_text) {
  const auto check = [](const std::string& written) -> std::string {
    if (written == kAuto || collective_choice_from(written)) return "";
    return fmt::format("'{}' is no way to do collectives (known: {}, {})", written, kAuto,
                       known_collective_choices());
  };
  app.add_option("--collectives", text,
                 fmt::format("how collectives are done: central (on one processor), ring, tree, "
                             "direct, in_switch (what is no sum: direct), or in pieces (ring/4); "
                             "auto: the fastest; default: {}",
                             default_text))
      ->check(CLI::Validator(check, "HOW"));
}

Plan with_collectives_as(const std::string& text, const Inputs& inputs, Plan plan) {
  if (text == kAuto) {
    return with_fastest_collectives({inputs.network, inputs.hardware, inputs.costs},
                                    std::move(plan));
  }
  return with_choices(std::move(plan),
                      all_collectives(inputs.network, *collective_choice_from(text)));
}

void expand_collectives(const std::string& where, Inputs& inputs, Plan& plan) {
  if (plan.collectives().empty()) return;
  auto made = with_collectives(inputs.network, inputs.hardware, inputs.costs, plan);
  if (const auto* bad = std::get_if<BadPlan>(&made)) throw ConfigError({where, 0, 0}, bad->reason);
  auto& expanded = std::get<Expanded>(made);
  inputs.network = std::move(expanded.network);
  inputs.hardware = std::move(expanded.hardware);
  inputs.costs = std::move(expanded.costs);
  plan = std::move(expanded.plan);
}

}  // namespace partita::command
