#include "partition/runtime/policies/background_search.h"

#include <gtest/gtest.h>

#include "tests/partition/runtime/policies/two_processors.h"

namespace partita {
namespace {

// A chain a, b, c, d of 100 us each, whose tensors of a byte take a nanosecond to send: wherever layers
// run, a request takes 400 us. All on p, p works 400 us and both 200 on average: an imbalance of 200.
class BackgroundSearchTest : public testing::Test {
 protected:
  BackgroundSearchTest() { build(1); }
  // In a package whose processors take so much longer while both are busy.
  void build(double slowdown) {
    test::Machine machine = test::two_processors();
    if (slowdown > 1) machine.package(slowdown, {ProcessorId{0}, ProcessorId{1}});
    hardware_.emplace(machine.build());
    test::Graph graph;
    TensorId last = graph.layer("a", {}, Bytes{1});
    for (const char* name : {"b", "c", "d"}) last = graph.layer(name, {last}, Bytes{1});
    network_.emplace(graph.build());
    costs_.emplace(
        test::costs_of({{100us, 100us}, {100us, 100us}, {100us, 100us}, {100us, 100us}}));
    problem_.hardware = &*hardware_;
    problem_.classes = {{&*network_, &*costs_, 1}};
    problem_.steps = 200;
    problem_.in_flight = 2;
    all_on_p_ = std::make_shared<Plan>(test::plan_of(*network_, *hardware_, {{0, 1, 2, 3}, {}}));
  }

  std::optional<std::vector<BackgroundSearch::SharedPlan>> found(double waiting) const {
    BackgroundSearch search(problem_);
    search.begin(Conditions::undisturbed(*hardware_), nullptr, {{all_on_p_}}, waiting);
    while (search.is_busy()) search.step();
    return search.take_result();
  }

  std::optional<Hardware> hardware_;
  std::optional<Network> network_;
  std::optional<CostTable> costs_;
  PolicyProblem problem_;
  std::shared_ptr<const Plan> all_on_p_;
};

TEST_F(BackgroundSearchTest, WhereNobodyWaitsAChainIsAsGoodOnOneProcessor) {
  EXPECT_FALSE(found(0));
}

// 400 us + half of 200 of imbalance; two layers each, and it is 400 us and 2 ns.
TEST_F(BackgroundSearchTest, WhereOthersWaitBothWork) {
  const auto plans = found(0.5);
  ASSERT_TRUE(plans);
  EXPECT_EQ(plans->front()->order(ProcessorId{0}).size(), 2u);
  EXPECT_EQ(plans->front()->order(ProcessorId{1}).size(), 2u);
}

// One request keeps one of both busy at a time, and has an imbalance of 0; of two in flight, each keeps
// the other's processor at 2.5 x 200 us: one in 500 us, where p alone answers one in 400.
TEST_F(BackgroundSearchTest, WhereBothDisturbEachOtherOneWorks) {
  build(2.5);
  EXPECT_FALSE(found(0.5));
  build(1.5);  // 300 us
  EXPECT_TRUE(found(0.5));
}

}  // namespace
}  // namespace partita
