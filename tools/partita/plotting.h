// Figures are drawn by Python: tools/plot/plot.py.
#pragma once

#include <string>
#include <vector>

namespace partita::command {

// Runs `plot.py ARGUMENTS`; its exit code. Throws Error when Python or the script cannot be found
// (python.h).
int draw(const std::vector<std::string>& arguments);

}  // namespace partita::command
