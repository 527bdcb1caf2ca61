// How much of a verb's work somebody wants: parts of its line of JSON that take time to make, or
// only to know whether its input is right.
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

// Verbs call this when they have read all that they were given. Throws OnlyInput where somebody only
// wanted to know whether that is right.
struct OnlyInput {};
void input_is_read();
void want_only_input(bool wanted);

}  // namespace partita::command
