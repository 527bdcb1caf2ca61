// partita partition --pareto: the front of two terms.
#pragma once

#include <string>

#include "partition/methods/pareto.h"
#include "tools/partita/command_app.h"
#include "tools/partita/objective_options.h"

namespace partita::command {

struct ParetoCommand {
  std::string terms;  // "latency,energy"; empty: no front is wanted
  std::size_t points = 9;
  std::string plans, figure;  // folder and figure
};

// --pareto, --points, --plans, --figure.
void add_pareto_options(CLI::App& app, ParetoCommand& options);

// Finds the front, confirms each plan, prints a table; writes plans and front.json into the folder,
// and the figure. The exit code.
int pareto(const ParetoCommand& options, const Asked& asked, const Inputs& inputs,
           const Method& method, const SearchOptions& search, bool json);

}  // namespace partita::command
