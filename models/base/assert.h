// PARTITA_ASSERT(condition, message): always on; a failure is a bug of ours, so it prints and
// aborts.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace partita {

[[noreturn]] inline void assertion_failed(const char* condition, const std::string& message,
                                          const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal error: %s (%s)\n", file, line, message.c_str(), condition);
  std::abort();
}

}  // namespace partita

#define PARTITA_ASSERT(condition, message) \
  ((condition) ? void(0) : ::partita::assertion_failed(#condition, message, __FILE__, __LINE__))
