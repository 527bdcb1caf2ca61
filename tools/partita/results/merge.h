// Several results files as one.
#pragma once

#include <filesystem>
#include <vector>

namespace partita::command {

struct Merged {
  std::size_t sweeps = 0, points = 0;  // in the end
};

// All sweeps and points of the files, in `out` (which may be there already, and is part of it then).
// A point of several files is taken once: computed rather than failed, and the first of those. Throws
// ConfigError where two of them have other results for it: the same question has one answer, so one
// of the two is another program's. Then, and whenever this fails, `out` is as it was.
Merged merge_results(const std::vector<std::filesystem::path>& files,
                     const std::filesystem::path& out);

}  // namespace partita::command
