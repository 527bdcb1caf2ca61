#include "partition/runtime/policies/candidate.h"

#include <gtest/gtest.h>

#include "partition/runtime/policies/estimates.h"
#include "partition/runtime/policies/outlook.h"
#include "tests/partition/runtime/policies/two_processors.h"

namespace partita {
namespace {

// By turns on two processors that make each other take 1.5 times as long while both compute.
class CandidateTest : public testing::Test, protected test::ChainOnTwo {
 protected:
  CandidateTest() : ChainOnTwo(1.5) {}
  Candidate by_turns() const {
    return CandidateMaker(problem).make(
        "c", {std::make_shared<const Plan>(test::plan_of(*network, *hardware, {{0, 2}, {1, 3}}))});
  }
};

// One alone: 400 us and three copies of 1 ns. Two at once: each processor has 200 us of each, and takes 300
// beside the other. (While the first and the last run, one is alone: a little less.)
TEST_F(CandidateTest, SeveralAtOnceSlowEachOtherDown) {
  EXPECT_EQ(by_turns().classes[0].stretch, 1);
  problem.in_flight = 2;
  const Candidate candidate = by_turns();
  EXPECT_NEAR(candidate.classes[0].undisturbed, 400e-6, 0.1e-6);
  EXPECT_NEAR(candidate.classes[0].stretch, 1.5, 0.05);

  PlanLibrary library;
  library.candidates = {candidate};
  const Estimates estimates(problem, *hardware);
  const Outlook outlook(problem, library, estimates);
  EXPECT_NEAR(outlook.times(0).latency, 400e-6, 0.1e-6);
  EXPECT_NEAR(outlook.times(0).period, 300e-6, 10e-6);
}

// Of three, the second says too much where the timeline was made; the first is right: no other is needed.
TEST_F(CandidateTest, CutsThatSayTooMuchGo) {
  Candidate candidate = by_turns();
  std::vector<TimeShares>& cuts = candidate.classes[0].cuts;
  const TimeShares high{500e-6, 0, 0, 0}, low{10e-6, 0, 0, 0};
  cuts.insert(cuts.end(), {high, low});
  ConditionedMachine machine(problem);
  Slowdowns none;
  fill_slowdowns(Conditions::undisturbed(*hardware), none);
  CandidateMaker(problem).add_cut(candidate, 0, machine.run(0, *candidate.configuration->plans[0]),
                                  none);
  ASSERT_EQ(cuts.size(), 2u);
  EXPECT_EQ(cuts[1], low);
}

}  // namespace
}  // namespace partita
