// A machine of fake devices.
#pragma once

#include <string>

#include "tests/exec/replay/networks.h"

namespace partita::exec {

// Processor 0 computes by itself, the others are fake devices with an engine for each direction.
Hardware with_fakes(std::size_t processors, const std::string& options, bool host = false,
                    const std::string& process = "");

// All of them are.
Hardware fakes(std::size_t processors, const std::string& options);

}  // namespace partita::exec
