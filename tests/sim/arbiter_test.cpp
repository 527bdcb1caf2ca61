#include "sim/packet/arbiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace partita::sim {
namespace {

// Which inputs go in `turns` turns, where all of them always have a packet.
std::vector<std::uint32_t> order(Arbiter arbiter, const std::vector<Candidate>& inputs, int turns) {
  ArbiterState state(arbiter);
  std::vector<std::uint32_t> gone;
  for (int i = 0; i < turns; ++i) gone.push_back(inputs[state.choose(inputs)].input);
  return gone;
}

using testing::ElementsAre;

const std::vector<Candidate> kThree{
    {.input = 0, .rank = 2, .arrival = 30ns, .weight = 1, .bytes = 256},
    {.input = 1, .rank = 1, .arrival = 10ns, .weight = 1, .bytes = 256},
    {.input = 2, .rank = 0, .arrival = 20ns, .weight = 2, .bytes = 256}};

TEST(Arbiter, RoundRobinTakesTurns) {
  EXPECT_THAT(order(Arbiter::RoundRobin, kThree, 6), ElementsAre(0, 1, 2, 0, 1, 2));
}
TEST(Arbiter, FifoTakesWhoCameFirst) {
  EXPECT_THAT(order(Arbiter::Fifo, kThree, 2), ElementsAre(1, 1));
}
TEST(Arbiter, PriorityTakesWhoStandsFirstInThePlan) {
  EXPECT_THAT(order(Arbiter::Priority, kThree, 2), ElementsAre(2, 2));
}

// Twice the weight, twice the turns: 2, 2 and 4 of eight.
TEST(Arbiter, WeightedSharesInProportion) {
  const std::vector<std::uint32_t> gone = order(Arbiter::Weighted, kThree, 8);
  EXPECT_EQ(std::count(gone.begin(), gone.end(), 0u), 2);
  EXPECT_EQ(std::count(gone.begin(), gone.end(), 1u), 2);
  EXPECT_EQ(std::count(gone.begin(), gone.end(), 2u), 4);
}

// A train of four packets counts as four turns.
TEST(Arbiter, RoundRobinCountsBytes) {
  std::vector<Candidate> inputs{
      {.input = 0, .rank = 0, .arrival = Time{0}, .weight = 1, .bytes = 1024},
      {.input = 1, .rank = 0, .arrival = Time{0}, .weight = 1, .bytes = 256}};
  EXPECT_THAT(order(Arbiter::RoundRobin, inputs, 6), ElementsAre(0, 1, 1, 1, 1, 0));
}

// Who was idle has not saved up turns.
TEST(Arbiter, IdleInputsSaveNothing) {
  ArbiterState state(Arbiter::RoundRobin);
  for (int i = 0; i < 5; ++i) state.choose(std::span(kThree).first(1));
  std::vector<std::uint32_t> gone;
  for (int i = 0; i < 4; ++i)
    gone.push_back(kThree[state.choose(std::span(kThree).first(2))].input);
  EXPECT_THAT(gone, ElementsAre(1, 0, 1, 0));
}

}  // namespace
}  // namespace partita::sim
