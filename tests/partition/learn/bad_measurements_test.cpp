// Every file of tests/bad_inputs/measurements, column_map and learned_model gives exactly the errors
// that stand beside it.
#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "models/base/diagnostics.h"
#include "models/base/file.h"
#include "partition/learn/import_csv.h"
#include "partition/learn/learned_model.h"
#include "tests/partition/learn/small_devices.h"

namespace partita::learn {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = PARTITA_SOURCE_DIR "/tests/bad_inputs";

void load(const fs::path& file) {
  const std::string kind = file.parent_path().filename().string();
  if (kind == "column_map") {
    ColumnMap::load(file);
  } else if (kind == "learned_model") {
    LearnedModel::load(file);
  } else {
    const test::SmallDevices devices;
    import_layers({file}, ColumnMap::load(PARTITA_SOURCE_DIR "/tests/partition/learn/linear.yaml"),
                  devices.catalogue());
  }
}

std::vector<std::string> bad_files() {
  std::vector<std::string> names;
  for (const std::string kind : {"measurements", "column_map", "learned_model"}) {
    for (const auto& entry : fs::directory_iterator(kFolder / kind)) {
      if (entry.path().extension() == ".expected") continue;
      names.push_back(kind + "/" + entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BadMeasurements : public testing::TestWithParam<std::string> {};

TEST_P(BadMeasurements, GiveTheExpectedErrors) {
  const fs::path file = kFolder / GetParam();
  try {
    load(file);
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    std::string found = std::string{error.what()} + "\n";
    for (const std::string& prefix :
         {file.parent_path().string() + "/", std::string{PARTITA_SOURCE_DIR "/"}}) {
      for (auto at = found.find(prefix); at != std::string::npos; at = found.find(prefix)) {
        found.erase(at, prefix.size());
      }
    }
    EXPECT_EQ(found, read_file(file.string() + ".expected"));
  }
}

std::string test_name(const testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '.'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, BadMeasurements, testing::ValuesIn(bad_files()), test_name);

TEST(BadMeasurementFiles, AreThere) { EXPECT_GE(bad_files().size(), 20u); }

}  // namespace
}  // namespace partita::learn
