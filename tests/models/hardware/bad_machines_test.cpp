// Every file of tests/bad_inputs/machine gives exactly the errors that its first lines expect ("#
// error: LINE:COLUMN: error: ..."), or that stand beside it in FILE.expected where the file must
// not hold anything.
#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "models/hardware/load_hardware.h"

namespace partita {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path{PARTITA_SOURCE_DIR} / "tests/bad_inputs/machine";

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> expected_errors(const std::filesystem::path& file) {
  const std::filesystem::path beside = file.string() + ".expected";
  if (std::filesystem::exists(beside)) return lines_of(beside);
  const std::string mark = "# error: ";
  std::vector<std::string> expected;
  for (const std::string& line : lines_of(file)) {
    if (line.starts_with(mark)) expected.push_back(line.substr(mark.size()));
  }
  return expected;
}

std::vector<std::string> names_of_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BadMachine : public testing::TestWithParam<std::string> {};

TEST_P(BadMachine, GivesTheExpectedErrors) {
  const std::filesystem::path file = kFolder / (GetParam() + ".yaml");
  std::vector<std::string> found;
  try {
    load_hardware(file);
  } catch (const ConfigError& error) {
    for (const Diagnostic& diagnostic : error.diagnostics()) {
      std::string text = to_string(diagnostic);
      ASSERT_TRUE(text.starts_with(file.string() + ":")) << text;
      text.erase(0, file.string().size() + 1);
      found.push_back(text.substr(text.find_first_not_of(' ')));
    }
  }
  EXPECT_FALSE(found.empty()) << "accepted";
  EXPECT_EQ(found, expected_errors(file));
}

INSTANTIATE_TEST_SUITE_P(Files, BadMachine, testing::ValuesIn(names_of_files()),
                         [](const auto& test) { return test.param; });

TEST(BadMachines, AreThere) { EXPECT_GE(names_of_files().size(), 80u); }

TEST(BadMachines, AFileThatIsNotThereSaysSo) {
  try {
    load_hardware(kFolder / "nowhere.yaml");
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_EQ(std::string{error.what()},
              (kFolder / "nowhere.yaml").string() + ": error: no such file");
  }
}

}  // namespace
}  // namespace partita
