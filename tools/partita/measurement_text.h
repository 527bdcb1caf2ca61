// How good a measurement is, for people.
#pragma once

#include <string>

#include "exec/replay/results.h"

namespace partita::command {

// "12.3 ms, 95 %: 12.2 ms..12.5 ms, 18 clean runs, 2 discarded (1 for lost time, 1 for clocks that
// changed)"
std::string in_words(const exec::Repeated& result);

// Says that what was disturbed is no measurement, so that nothing is handed on as one; the exit
// code.
int refuse_as_noisy(const exec::Repeated& result, bool json);

}  // namespace partita::command
