// The worker's side of the protocol (protocol.h).
#pragma once

#include <functional>
#include <string>

#include "tools/partita/sweep/capture.h"

namespace partita::command {

// Answers questions from `in` on `out`, one after another, until `in` ends. stdout and stderr go to
// `console`. The exit code.
int serve(int in, int out, Console& console, const std::string& files);

}  // namespace partita::command
