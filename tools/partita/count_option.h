// Numbers that options take, judged before CLI11 reads them: it wraps those below zero around, and
// names a limit that nobody set (2.22507e-308).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace partita::command {

// For CLI::Option::check(): "" or what is wrong with a text that is no whole number from `least` on.
std::function<std::string(const std::string&)> whole_number_from(std::int64_t least);
// The same of numbers above 0.
std::string above_zero(const std::string& text);

}  // namespace partita::command
