// Every file of tests/bad_inputs/profile gives exactly the errors that stand beside it.
#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/base/diagnostics.h"
#include "partition/predict/profile.h"

namespace partita {
namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in.is_open()) << file;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> bad_files() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(PARTITA_SOURCE_DIR "/tests/bad_inputs/profile")) {
    if (entry.path().extension() == ".csv") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BadProfile : public testing::TestWithParam<std::string> {};

TEST_P(BadProfile, GivesTheExpectedErrors) {
  const std::filesystem::path folder = PARTITA_SOURCE_DIR "/tests/bad_inputs/profile";
  const std::string file = (folder / (GetParam() + ".csv")).string();
  try {
    Profile::load(file);
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    std::string found = std::string{error.what()} + "\n";
    const std::string prefix = folder.string() + "/";
    for (auto at = found.find(prefix); at != std::string::npos; at = found.find(prefix)) {
      found.erase(at, prefix.size());
    }
    EXPECT_EQ(found, content(file + ".expected"));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, BadProfile, testing::ValuesIn(bad_files()),
                         [](const auto& test) { return test.param; });

TEST(BadProfiles, AreThere) { EXPECT_GE(bad_files().size(), 8u); }

}  // namespace
}  // namespace partita
