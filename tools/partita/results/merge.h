// Several results files as one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace partita::command {

// Whose results stand where two files have others for the same point.
enum class Prefer : std::uint8_t { Neither, First, Last };

struct Merged {
  std::size_t sweeps = 0, points = 0;  // in the end
};

// All sweeps and points of the files, in `out` (which may be there already, and is the first of them
// then; others may be writing to it). A point of several files is taken once: computed rather than
// failed, and the first of those. Throws ConfigError where two of them have other results for it, and
// neither is preferred: the same question has one answer, so one of the two is another program's, or
// it was measured. Then, and whenever this fails, `out` is as it was.
Merged merge_results(const std::vector<std::filesystem::path>& files,
                     const std::filesystem::path& out, Prefer prefer = Prefer::Neither);

}  // namespace partita::command
