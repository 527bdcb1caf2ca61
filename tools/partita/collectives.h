// How verbs let people say how collectives are done.
#pragma once

#include <string>

#include "models/collectives/collectives.h"
#include "tools/partita/inputs.h"

namespace partita::command {

// --collectives
void add_collectives_option(CLI::App& app, std::string& text, const std::string& default_text);

// The plan with all collectives done as `text` says: a choice for all, or "auto".
Plan with_collectives_as(const std::string& text, const Inputs& inputs, Plan plan);

// The plan in steps where it has any; they take the place of what they were made from. Throws
// ConfigError at `where` where that cannot be.
void expand_collectives(const std::string& where, Inputs& inputs, Plan& plan);

}  // namespace partita::command
