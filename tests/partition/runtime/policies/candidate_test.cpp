#include "partition/runtime/policies/candidate.h"

#include <gtest/gtest.h>

#include "partition/runtime/policies/estimates.h"
#include "partition/runtime/policies/outlook.h"
#include "tests/partition/runtime/policies/two_processors.h"

namespace partita {
namespace {

// A chain of four layers of 100 us, by turns on two processors that make each other take 1.5 times as
// long while both compute.
class CandidateTest : public testing::Test {
 protected:
  CandidateTest() {
    test::Machine machine = test::two_processors();
    machine.package(1.5, {ProcessorId{0}, ProcessorId{1}});
    hardware_.emplace(machine.build());
    test::Graph graph;
    TensorId last = graph.layer("a", {}, Bytes{1});
    for (const char* name : {"b", "c", "d"}) last = graph.layer(name, {last}, Bytes{1});
    network_.emplace(graph.build());
    costs_.emplace(
        test::costs_of({{100us, 100us}, {100us, 100us}, {100us, 100us}, {100us, 100us}}));
    problem_.hardware = &*hardware_;
    problem_.classes = {{&*network_, &*costs_, 1}};
  }
  Candidate by_turns() const {
    return CandidateMaker(problem_).make(
        "c",
        {std::make_shared<const Plan>(test::plan_of(*network_, *hardware_, {{0, 2}, {1, 3}}))});
  }

  std::optional<Hardware> hardware_;
  std::optional<Network> network_;
  std::optional<CostTable> costs_;
  PolicyProblem problem_;
};

// One alone: 400 us and three copies of 1 ns. Two at once: each processor has 200 us of each, and takes 300
// beside the other. (While the first and the last run, one is alone: a little less.)
TEST_F(CandidateTest, SeveralAtOnceSlowEachOtherDown) {
  EXPECT_EQ(by_turns().classes[0].stretch, 1);
  problem_.in_flight = 2;
  const Candidate candidate = by_turns();
  EXPECT_NEAR(candidate.classes[0].undisturbed, 400e-6, 0.1e-6);
  EXPECT_NEAR(candidate.classes[0].stretch, 1.5, 0.05);

  PlanLibrary library;
  library.candidates = {candidate};
  const Estimates estimates(problem_, *hardware_);
  const Outlook outlook(problem_, library, estimates);
  EXPECT_NEAR(outlook.times(0).latency, 400e-6, 0.1e-6);
  EXPECT_NEAR(outlook.times(0).period, 300e-6, 10e-6);
}

// Of three, the second says too much where the timeline was made; the first is right: no other is needed.
TEST_F(CandidateTest, CutsThatSayTooMuchGo) {
  Candidate candidate = by_turns();
  std::vector<TimeShares>& cuts = candidate.classes[0].cuts;
  const TimeShares high{500e-6, 0, 0, 0}, low{10e-6, 0, 0, 0};
  cuts.insert(cuts.end(), {high, low});
  ConditionedMachine machine(problem_);
  Slowdowns none;
  fill_slowdowns(Conditions::undisturbed(*hardware_), none);
  CandidateMaker(problem_).add_cut(candidate, 0, machine.run(0, *candidate.configuration->plans[0]),
                                   none);
  ASSERT_EQ(cuts.size(), 2u);
  EXPECT_EQ(cuts[1], low);
}

}  // namespace
}  // namespace partita
