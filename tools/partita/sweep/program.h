// Which program computed a point, and on what.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace partita::command {

std::string program_version();  // "0.1.0"
std::string program_build();    // "Release, GNU 12.2.0"

// {"name", "cpu", "cores", "memory", "os"}: what measured times depend on.
nlohmann::json this_host();

// {"version", "build", "host": {...}}
nlohmann::json this_program();

}  // namespace partita::command
