#include "exec/exam/draw_plans.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/exec/exam/exam_case.h"

namespace partita::exec {
namespace {

class DrawPlansTest : public testing::Test {
 protected:
  const Network net_ = test_case::network();
  const Hardware hardware_ = HardwareBuilder::build(test_case::machine());
  const CostTable table_ = test_case::costs(net_);
};

TEST_F(DrawPlansTest, NoPlanIsThereTwice) {
  const std::vector<ExamPlan> plans = draw_plans(net_, hardware_, table_);
  ASSERT_EQ(plans.size(), 24u);
  std::set<std::string> names;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    names.insert(plans[i].name);
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(plans[i].plan.placement().processor == plans[j].plan.placement().processor &&
                   plans[i].plan.placement().order == plans[j].plan.placement().order)
          << plans[i].name << " and " << plans[j].name;
    }
  }
  EXPECT_EQ(names.size(), plans.size());
  EXPECT_THAT(names, testing::IsSupersetOf({"cpu0_alone", "cpu1_alone", "greedy", "random1"}));
}

TEST_F(DrawPlansTest, FitsToProcessorsAloneAndToSomeDrawnByLot) {
  const std::vector<ExamPlan> plans = draw_plans(net_, hardware_, table_);
  std::size_t fitted = 0;
  for (const ExamPlan& plan : plans) {
    if (!plan.held_out) ++fitted;
    EXPECT_FALSE(plan.held_out && plan.name.ends_with("_alone")) << plan.name;
  }
  EXPECT_EQ(fitted, 8u);
}

TEST_F(DrawPlansTest, DependsOnTheSeedAlone) {
  DrawOptions options;
  const auto names_of_held_out = [&] {
    std::vector<std::string> names;
    for (const ExamPlan& plan : draw_plans(net_, hardware_, table_, options)) {
      if (plan.held_out) names.push_back(plan.name);
    }
    return names;
  };
  const auto first = names_of_held_out();
  EXPECT_EQ(first, names_of_held_out());
  options.seed = 2;
  EXPECT_NE(first, names_of_held_out());
}

// cpu1 cannot run a layer: it is never alone, and no plan puts that layer there.
TEST_F(DrawPlansTest, PutsNothingWhereItCannotRun) {
  CostTable table = table_;
  table.set(LayerId{3}, ProcessorId{1}, std::nullopt);
  for (const ExamPlan& plan : draw_plans(net_, hardware_, table)) {
    EXPECT_NE(plan.name, "cpu1_alone");
    EXPECT_EQ(plan.plan.processor(LayerId{3}), ProcessorId{0}) << plan.name;
  }
}

TEST_F(DrawPlansTest, SaysWhyThereIsNone) {
  CostTable table = table_;
  for (const ProcessorId p : {ProcessorId{0}, ProcessorId{1}})
    table.set(LayerId{3}, p, std::nullopt);
  try {
    draw_plans(net_, hardware_, table);
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(net_.layer(LayerId{3}).name));
  }
}

}  // namespace
}  // namespace partita::exec
