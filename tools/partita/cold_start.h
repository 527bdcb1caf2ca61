// Weights that have to be loaded first.
#pragma once

#include <string>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"
#include "tools/partita/command_app.h"

namespace partita::command {

// Adds --cold-start.
void add_cold_start_option(CLI::App& app, bool& cold_start);

// Makes network and plan those of a cold start. Weights travel as inputs do, so a machine needs a
// memory from which they can. Throws ConfigError, naming `plan_file`.
void start_cold(const std::string& plan_file, const Hardware& hardware, Network& network,
                Plan& plan);

}  // namespace partita::command
