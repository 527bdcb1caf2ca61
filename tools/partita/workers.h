// Where something is measured.
#pragma once

#include <string>
#include <vector>

#include "models/hardware/hardware.h"
#include "tools/partita/command_app.h"

namespace partita::command {

// Where workers run (exec::CrewLink); "": here.
CLI::Option* add_worker_option(CLI::App& app, std::string& where);
// The machine file, or this computer where none is given. Throws ConfigError where the workers run
// elsewhere and nothing says what is there.
Hardware machine_of_workers(const std::string& file, const std::vector<std::string>& overrides,
                            const std::string& where);

}  // namespace partita::command
