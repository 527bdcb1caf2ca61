// Verbs and options that do not exist, named before anything else that is wrong with a command: a
// misspelt "--model" is not a missing one.
#pragma once

#include <string>
#include <vector>

#include "tools/partita/command_app.h"

namespace partita::command {

// One message for each word of the parsed command line that nothing takes, with the closest word
// that something would have taken. Parsing may have failed.
std::vector<std::string> unknown_words(const CLI::App& app);

}  // namespace partita::command
