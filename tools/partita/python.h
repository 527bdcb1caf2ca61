// Python that the command starts: scripts of the source tree, in the .venv that tools/setup makes.
#pragma once

#include <string>
#include <vector>

namespace partita::command {

// `python tools/SCRIPT`, to which arguments are added. $PARTITA_PYTHON, else .venv/bin/python of the
// source tree, else python3. Throws Error where the script is gone.
std::vector<std::string> python_command(const std::string& script);

// Makes this process that script: its signals, its output and its exit code are those of the command.
// Throws Error where Python cannot be run.
[[noreturn]] void become_python(const std::string& script,
                                const std::vector<std::string>& arguments);

}  // namespace partita::command
