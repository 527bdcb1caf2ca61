// What orders workers that are threads of one process, for ThreadSanitizer, which cannot see it:
// each has the memory that they share at an address of its own, and the leader, through which they
// hear of each other, is another process. What nothing orders it still finds.
#pragma once

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>

#include <cstdint>
#endif

namespace partita::exec {

#if defined(__SANITIZE_THREAD__)

// The same for a word at whatever address its page is.
inline void* known_as(const void* word) {
  static char words[4096];
  return words + reinterpret_cast<std::uintptr_t>(word) % sizeof words;
}
// All before this comes before what follows who sees what is now written to the word.
inline void note_release(const void* word) { __tsan_release(known_as(word)); }
// Something that another has written to the word was seen.
inline void note_acquire(const void* word) { __tsan_acquire(known_as(word)); }

#else

inline void note_release(const void*) {}
inline void note_acquire(const void*) {}

#endif

}  // namespace partita::exec
