// Who has claimed points: a process, told apart from all others.
#pragma once

#include <string>

namespace partita::command {

// "BOOT/NAMESPACE/PID/START" of this process.
std::string this_owner();

// Whether that process certainly is no more: it was of this boot of this computer, and its number is
// free or another's.
bool is_gone(const std::string& owner);

}  // namespace partita::command
