// Figures are drawn by Python: tools/plot/plot.py, in the .venv that tools/setup makes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace partita::command {

// Runs `plot.py ARGUMENTS`; its exit code. Throws Error when Python or the script cannot be found,
// with what to do: $PARTITA_PYTHON, else .venv/bin/python of the source tree, else python3.
int draw(const std::vector<std::string>& arguments);

}  // namespace partita::command
