#include "tools/partita/inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>

#include "models/hardware/load_hardware.h"
#include "models/hardware/load_trace.h"
#include "models/network/implied_machine.h"
#include "models/network/onnx/network_source.h"
#include "partition/predict/predictor.h"
#include "tools/partita/count_option.h"
#include "tools/partita/remembered.h"

namespace partita::command {
namespace {

struct LoadedNetwork {
  Network network;
  std::vector<std::string> warnings;
};

}  // namespace

void add_model_option(CLI::App& app, InputOptions& options, bool required) {
  app.add_option("--model", options.model,
                 "network: an .onnx file, a costed graph (.json), or zoo:NAME?parameter=value "
                 "(partita check zoo: lists them)")
      ->required(required)
      ->type_name("NETWORK");
  add_bind_option(app, options);
}

void add_bind_option(CLI::App& app, InputOptions& options) {
  app.add_option("--bind", options.bindings, "give a free dimension of an ONNX file its extent")
      ->type_name("NAME=N")
      ->allow_extra_args(false);
}

void add_machine_option(CLI::App& app, InputOptions& options, bool required) {
  app.add_option("--machine", options.machine, "machine file (hw_configs/*.yaml)")
      ->required(required)
      ->type_name("FILE");
  app.add_option("--set", options.overrides,
                 "override one value of the machine: processors.gpu0.peak.bf16=\"2 PFLOP/s\"")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

void add_load_option(CLI::App& app, InputOptions& options) {
  app.add_option("--load", options.load,
                 "what others do on the machine over time, beside what its file says: CSV with "
                 "time,part,what,value")
      ->type_name("FILE");
}

void add_profile_option(CLI::App& app, InputOptions& options) {
  app.add_option("--profile", options.profile, "measured times (partita profile); else estimates")
      ->type_name("FILE");
}

void add_learned_option(CLI::App& app, InputOptions& options) {
  app.add_option("--learned", options.learned,
                 "a learned model (partita train), for layers that were not measured")
      ->type_name("FILE");
}

void add_seed_option(CLI::App& app, std::uint64_t& seed) {
  app.add_option("--seed", seed, "same seed, same result")
      ->check(whole_number_from(0))
      ->capture_default_str();
}

void remember_inputs(bool wanted) {
  Remembered<LoadedNetwork>::instance().enable(wanted);
  Remembered<Document>::instance().enable(wanted);
  Remembered<Profile>::instance().enable(wanted);
  Remembered<learn::LearnedModel>::instance().enable(wanted);
}

Network load_model(const InputOptions& options, bool to_run) {
  const std::string key =
      fmt::format("{} {} {}", options.model, fmt::join(options.bindings, " "), to_run);
  const LoadedNetwork loaded = Remembered<LoadedNetwork>::instance().of(options.model, key, [&] {
    std::vector<std::string> warnings;
    Network network = load_network(
        options.model, {.bindings = options.bindings, .must_have_data = to_run}, &warnings);
    return LoadedNetwork{std::move(network), std::move(warnings)};
  });
  for (const std::string& warning : loaded.warnings) fmt::print(stderr, "warning: {}\n", warning);
  return loaded.network;
}

std::vector<Network> load_models(const InputOptions& options,
                                 const std::vector<std::string>& models) {
  std::vector<Network> networks;
  std::vector<Diagnostic> mistakes;
  for (const std::string& model : models) {
    InputOptions one = options;
    one.model = model;
    try {
      Network network = load_model(one, /*to_run=*/true);
      if (network.given_times())
        mistakes.push_back({{model, 0, 0}, "a costed graph has no layers that could be measured"});
      networks.push_back(std::move(network));
    } catch (const ConfigError& error) {
      mistakes.insert(mistakes.end(), error.diagnostics().begin(), error.diagnostics().end());
    }
  }
  if (!mistakes.empty()) throw ConfigError(std::move(mistakes));
  return networks;
}

Hardware load_machine(const InputOptions& options) {
  const Document document = Remembered<Document>::instance().of(
      options.machine, options.machine, [&] { return Document::parse_file(options.machine); });
  Hardware machine = load_hardware(document, options.overrides);
  return options.load.empty() ? std::move(machine) : with_load_trace(machine, options.load);
}

Profile load_profile(const InputOptions& options) {
  return Remembered<Profile>::instance().of(options.profile, options.profile,
                                            [&] { return Profile::load(options.profile); });
}

Inputs load_inputs(const InputOptions& options) {
  std::vector<Diagnostic> mistakes;
  const auto attempt = [&](auto load) -> std::optional<decltype(load())> {
    try {
      return load();
    } catch (const ConfigError& error) {
      mistakes.insert(mistakes.end(), error.diagnostics().begin(), error.diagnostics().end());
      return std::nullopt;
    }
  };
  auto network = attempt([&] { return load_model(options); });
  std::optional<Hardware> hardware;
  if (!options.machine.empty()) {
    hardware = attempt([&] { return load_machine(options); });
  } else if (network && network->given_times()) {
    hardware = HardwareBuilder::build(implied_machine(*network));
    if (!options.load.empty()) {
      hardware = attempt([&] { return with_load_trace(*hardware, options.load); });
    }
  } else if (network) {
    mistakes.push_back({{"arguments", 0, 0},
                        "--machine is missing (only a costed graph implies its own machine)"});
  }
  std::optional<Profile> profile;
  if (!options.profile.empty()) profile = attempt([&] { return load_profile(options); });
  std::optional<learn::LearnedModel> learned;
  if (!options.learned.empty()) {
    learned = attempt([&] {
      return Remembered<learn::LearnedModel>::instance().of(options.learned, options.learned, [&] {
        return learn::LearnedModel::load(options.learned);
      });
    });
  }
  if (!mistakes.empty()) throw ConfigError(std::move(mistakes));

  CostTable costs = profile || learned
                        ? predicted_costs(*network, *hardware, profile.value_or(Profile{}),
                                          learned ? &*learned : nullptr)
                        : estimated_costs(*network, *hardware);
  return {std::move(*network), std::move(*hardware), std::move(profile), std::move(learned),
          std::move(costs)};
}

void require_costs(const Plan& plan, const Inputs& inputs, const std::string& file) {
  for (const LayerId layer : inputs.network.layers()) {
    const ProcessorId processor = plan.processor(layer);
    if (inputs.costs(layer, processor)) continue;
    throw ConfigError(
        {file, 0, 0},
        fmt::format("the plan puts layer '{}' ({}) on '{}', which cannot run it",
                    inputs.network.layer(layer).name, to_string(inputs.network.layer(layer).kind),
                    inputs.hardware.processors()[processor].name));
  }
}

void require_real(const Plan& plan, const std::string& file) {
  if (!plan.collectives().empty()) {
    throw ConfigError(
        {file, 0, 0},
        "the plan does collectives in steps, which are only simulated: real runs have "
        "central ones (partita partition --collectives central)");
  }
  if (!plan.in_place().empty()) {
    throw ConfigError({file, 0, 0},
                      "the plan reads operands in place, which is only simulated: real runs copy "
                      "them (partita partition --no-zero-copy)");
  }
  for (const Transfer& transfer : plan.transfers()) {
    if (transfer.priority == 0) continue;
    throw ConfigError({file, 0, 0},
                      "the plan gives transfers priorities, which are only simulated: real runs "
                      "send in the order in which results are made (leave \"priority\" out)");
  }
}

}  // namespace partita::command
