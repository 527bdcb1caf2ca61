// Names that somebody may have meant.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "models/base/diagnostics.h"

namespace partita {

// The end of a message that names it: ": did you mean 'bandwidth'?", or "".
inline std::string did_you_mean(const std::string& written,
                                const std::vector<std::string>& candidates) {
  const std::string guess = closest(written, candidates);
  return guess.empty() ? "" : fmt::format(": did you mean '{}'?", guess);
}

}  // namespace partita
