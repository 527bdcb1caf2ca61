#include "partition/runtime/policies/move_times.h"

#include <gtest/gtest.h>

#include "tests/partition/runtime/policies/two_processors.h"

namespace partita {
namespace {

class MoveTimesTest : public testing::Test, protected test::TwoProcessors {
 protected:
  Candidate candidate(const std::vector<std::vector<int>>& orders) {
    return maker_.make("", {std::make_shared<Plan>(test::plan_of(*network, *hardware, orders))});
  }
  CandidateMaker maker_{problem};
  MoveTimes moves_{*network, *hardware};
};

// Weights of 4, 5 and 6 come to p: 1 us each, one after the other.
TEST_F(MoveTimesTest, OneEngineCopiesOneWeightAfterTheOther) {
  const Candidate from = candidate({{0, 1, 2, 3, 8}, {4, 5, 6, 7}});
  const Candidate to = candidate({{0, 1, 2, 3, 4, 5, 6, 8}, {7}});
  const auto& move = moves_.between(from, to);
  ASSERT_TRUE(move);
  EXPECT_NEAR(move->seconds, 3e-6, 1e-15);
  EXPECT_EQ(move->bytes, Bytes{3'000});
}

// What goes from p to q is copied by p's engine, what comes by q's, meanwhile: 2 us against 1.
TEST_F(MoveTimesTest, TwoEnginesCopyAtTheSameTime) {
  const Candidate from = candidate({{0, 1, 2, 3, 8}, {4, 5, 6, 7}});
  const Candidate to = candidate({{2, 3, 4, 8}, {0, 1, 5, 6, 7}});
  const auto& move = moves_.between(from, to);
  ASSERT_TRUE(move);
  EXPECT_NEAR(move->seconds, 2e-6, 1e-15);
  EXPECT_EQ(move->bytes, Bytes{3'000});
}

TEST_F(MoveTimesTest, LayersWithoutWeightsMoveAtOnce) {
  const Candidate from = candidate({{0, 1, 2, 3, 8}, {4, 5, 6, 7}});
  const Candidate to = candidate({{0, 1, 2, 3}, {4, 5, 6, 7, 8}});
  ASSERT_TRUE(moves_.between(from, to));
  EXPECT_EQ(moves_.between(from, to)->seconds, 0);
}

}  // namespace
}  // namespace partita
