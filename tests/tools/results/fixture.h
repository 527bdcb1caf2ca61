// A results file with a sweep in it, made without running anything.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tools/partita/results/store.h"

namespace partita::command::test {

using partita::test::TemporaryFolder;

struct FakePoint {
  std::string id;
  std::vector<Cell> axes;
  std::string status = "done";
  std::vector<std::pair<std::string, Cell>> results{};
};

inline constexpr const char* kDescription =
    R"({"axes": [{"name": "bandwidth"}, {"name": "method"}], "answer": {"column": "predicted_ps"}})";

// Axes "bandwidth" (B/s) and "method"; results in the order of their names; the answer is
// predicted_ps. Points of status "" are missing. The hash is that of the name and the ids.
void add_sweep(ResultStore& store, const std::string& name, const std::vector<FakePoint>& points,
               const std::string& verb = "partition",
               const std::string& description = kDescription);

std::string read(const std::filesystem::path& file);

}  // namespace partita::command::test
