// What most verbs start from: a network, a machine, a profile; loaded together, so that the
// mistakes in all of them are reported at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"
#include "partition/learn/learned_model.h"
#include "partition/predict/profile.h"
#include "tools/partita/command_app.h"

namespace partita::command {

struct InputOptions {
  std::string model, machine, profile, learned, load;
  std::vector<std::string> overrides;  // --set path=value
  std::vector<std::string> bindings;   // --bind name=extent, free dimensions of an ONNX file
};

// Adds --model, --bind; --machine, --set; --load; --profile, --learned.
void add_model_option(CLI::App& app, InputOptions& options, bool required);
void add_bind_option(CLI::App& app, InputOptions& options);  // --bind alone
void add_machine_option(CLI::App& app, InputOptions& options, bool required);
void add_load_option(CLI::App& app, InputOptions& options);
void add_profile_option(CLI::App& app, InputOptions& options);
void add_learned_option(CLI::App& app, InputOptions& options);

struct Inputs {
  Network network;
  Hardware hardware;
  std::optional<Profile> profile;
  std::optional<learn::LearnedModel> learned;
  CostTable costs;  // from profile and learned model where they are
};

// Loads everything that the options name. Without a machine, a costed graph runs on the machine
// that its columns imply.
// Throws ConfigError with the mistakes of all files.
Inputs load_inputs(const InputOptions& options);
// To run the network, not only to simulate it, all its data must be there.
Network load_model(const InputOptions& options, bool to_run = false);
// Several, to run them: none is a costed graph. Throws ConfigError with the mistakes of all.
std::vector<Network> load_models(const InputOptions& options,
                                 const std::vector<std::string>& models);
Hardware load_machine(const InputOptions& options);
Profile load_profile(const InputOptions& options);

// The first layer that the plan puts on a processor without a cost for it: the plan does not belong
// to these inputs. Throws ConfigError naming `file`.
void require_costs(const Plan& plan, const Inputs& inputs, const std::string& file);

// Real runs do a plan's collectives on one processor, copy all operands, and know no priorities.
// Throws ConfigError naming `file` for a plan that wants more.
void require_real(const Plan& plan, const std::string& file);

// From now on, files and networks that were loaded are kept for those who name them again, as long as
// nobody changes them; false: no more, and all is forgotten. For one thread.
void remember_inputs(bool wanted);

// --seed, a whole number of 63 bits; its default makes runs repeatable.
void add_seed_option(CLI::App& app, std::uint64_t& seed);

}  // namespace partita::command
