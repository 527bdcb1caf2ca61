// Parts of a verb's line of JSON that take time to make, and that a sweep may not want.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace partita::command {

// Whether anybody reads this part ("analysis"): people and scripts get all of them, points of a sweep
// only what want_only() said.
bool is_wanted(std::string_view part);

// From now on, in this process: only parts that one of these paths ("analysis.idle_ps") leads into.
void want_only(const std::vector<std::string>& paths);
void want_all();

}  // namespace partita::command
