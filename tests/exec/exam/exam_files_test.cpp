#include "exec/exam/exam_files.h"

#include <gmock/gmock.h>

#include "models/base/file.h"
#include "tests/exec/exam/exam_case.h"
#include "tests/support/text_file.h"

namespace partita::exec {
namespace {

class ExamFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    plans_ = test_case::measured_plans(net_, hardware_, hardware_, table_);
    plans_.resize(3, plans_.front());
    save_replays(folder_, net_, hardware_, plans_);
  }
  std::string mistakes() {
    try {
      load_replays(folder_, net_, hardware_);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }

  const Network net_ = test_case::network();
  const Hardware hardware_ = HardwareBuilder::build(test_case::machine());
  const CostTable table_ = test_case::costs(net_);
  std::filesystem::path folder_;
  std::vector<ExamPlan> plans_;
};

TEST_F(ExamFilesTest, WhatIsReadIsWhatWasWritten) {
  EXPECT_TRUE(has_replays(folder_));
  const std::vector<ExamPlan> again = load_replays(folder_, net_, hardware_);
  ASSERT_EQ(again.size(), plans_.size());
  for (std::size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i].name, plans_[i].name);
    EXPECT_EQ(again[i].held_out, plans_[i].held_out);
    EXPECT_EQ(again[i].plan.placement().processor, plans_[i].plan.placement().processor);
    EXPECT_EQ(again[i].measured.layers, plans_[i].measured.layers);
    EXPECT_EQ(again[i].measured.legs, plans_[i].measured.legs);
    EXPECT_EQ(again[i].makespans, plans_[i].makespans);
    EXPECT_EQ(again[i].clean, plans_[i].clean);
    EXPECT_EQ(again[i].discarded, plans_[i].discarded);
    EXPECT_EQ(again[i].trustworthy, plans_[i].trustworthy);
  }
}

TEST_F(ExamFilesTest, AFolderWithoutAListIsNotComplete) {
  std::filesystem::remove(folder_ / "replays.json");
  EXPECT_FALSE(has_replays(folder_));
}

TEST_F(ExamFilesTest, AllMistakesAreReportedWithTheirPlaces) {
  std::filesystem::remove(folder_ / (plans_[1].name + ".plan.json"));
  write_file(folder_ / "replays.json",
             "{\"replays\": 2, \"plans\": [\n"
             "  {\"name\": \"" +
                 plans_[0].name +
                 "\", \"held_out\": true, \"clean\": -1, "
                 "\"discarded\": 0, \"trustworthy\": true, \"makespans_ps\": [0]},\n"
                 "  {\"name\": \"" +
                 plans_[1].name +
                 "\", \"held_out\": true, \"clean\": 1, "
                 "\"discarded\": 0, \"trustworthy\": true, \"makespans_ps\": [], \"more\": 1}]}\n");
  EXPECT_THAT(
      mistakes(),
      testing::AllOf(testing::HasSubstr("replays.json:1:"), testing::HasSubstr("version 2"),
                     testing::HasSubstr("replays.json:2:"), testing::HasSubstr("-1 is negative"),
                     testing::HasSubstr("0 is no time"), testing::HasSubstr("replays.json:3:"),
                     testing::HasSubstr("'more'"), testing::HasSubstr("there is none"),
                     testing::HasSubstr(plans_[1].name + ".plan.json")));
}

// A layer that ends before it begins.
TEST_F(ExamFilesTest, ATimelineThatNoExecutionLooksLikeIsRefused) {
  plans_[0].measured.layers[LayerId{0}].finish = Time{0};
  save_replays(folder_, net_, hardware_, plans_);
  EXPECT_THAT(mistakes(), testing::HasSubstr(plans_[0].name + ".measured.json"));
}

}  // namespace
}  // namespace partita::exec
