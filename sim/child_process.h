// What the kernel says of a process that ended.
#pragma once

#include <string>

namespace partita::sim {

// "was killed by signal 9 (Killed)", for a status of waitpid().
std::string how_it_ended(int status);

}  // namespace partita::sim
