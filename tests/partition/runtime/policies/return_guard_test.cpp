#include "partition/runtime/policies/return_guard.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/base/random.h"

namespace partita {
namespace {

constexpr GuardOptions kTwice{.factor = 2, .constant = 3};

// One every 10 s, 1 s each: nobody waits. Away, 4 s each: C 4, 8, H 1, 2; the limit is 2 H + 3.
TEST(ReturnGuard, LetsGoOnlyAsLongAsThereIsCredit) {
  ReturnGuard guard(kTwice, 1, 1);
  EXPECT_TRUE(guard.may_be_away(3));
  EXPECT_FALSE(guard.may_be_away(3.01));
  guard.answered(4, 4, 1, false);
  EXPECT_EQ(guard.never_switching(), 1);
  EXPECT_EQ(guard.limit(), 5);
  EXPECT_TRUE(guard.may_be_away(1));
  guard.answered(14, 4, 1, false);
  EXPECT_EQ(guard.paid(), 8);
  EXPECT_FALSE(guard.may_be_away(0));
  // At home, whatever it takes there, the limit rises twice as fast as what is paid.
  guard.answered(23, 3, 1, true);
  EXPECT_EQ(guard.paid(), 11);
  EXPECT_EQ(guard.limit(), 13);
  EXPECT_TRUE(guard.may_be_away(2));
}

TEST(ReturnGuard, MovesArePaidFor) {
  ReturnGuard guard(kTwice, 1, 1);
  guard.moves(2);
  EXPECT_TRUE(guard.may_be_away(1));
  EXPECT_FALSE(guard.may_be_away(1.01));
}

// Both arrive at 0. Away the first takes 4 s, so the second, at home, 1 s after 4: 5. Never
// switching, they would have been answered at 1 and 2 at the soonest: 3 in all.
TEST(ReturnGuard, WhatWaitsBecauseWeWereAwayDoesNotCountForHome) {
  ReturnGuard guard(kTwice, 1, 1);
  guard.answered(4, 4, 1, false);
  guard.answered(5, 5, 1, true);
  EXPECT_EQ(guard.paid(), 9);
  EXPECT_EQ(guard.never_switching(), 3);
}

// Both arrive at 0 and run at home, 3 s each: 3 + 6.
TEST(ReturnGuard, WhatWaitsAtHomeWouldHaveWaitedAnyway) {
  ReturnGuard guard(kTwice, 1, 1);
  guard.answered(3, 3, 1, true);
  guard.answered(6, 6, 1, true);
  EXPECT_EQ(guard.never_switching(), 9);
}

// Two at once, which take 4 s together and arrive at 0 and 1: the machine had each for itself, then both.
// 4, then 5 - 4 = 1 s more: latencies of 4 and 4.
TEST(ReturnGuard, OfTwoAtOnceEachCountsFromTheAnswerBefore) {
  ReturnGuard guard(kTwice, 1, 2);
  guard.answered(4, 4, 1, true);
  guard.answered(5, 4, 1, true);
  EXPECT_EQ(guard.never_switching(), 8);
  // Away both take 6 s from 10 on. At home, undisturbed, they would have taken 1 s, each half of it.
  guard.answered(16, 6, 1, false);
  guard.answered(16, 6, 1, false);
  EXPECT_EQ(guard.never_switching(), 10);
}

// At home the machine answers one in 5 s, and one a second comes: the queue that we come home to is never
// empty again, but it is as long as that of who never left, and pays for another try elsewhere.
TEST(ReturnGuard, AnOverloadAtHomeGivesCredit) {
  ReturnGuard guard(kTwice, 1, 2);
  for (int i = 0; i < 4; ++i) guard.answered(3.0 + i, 3, 1, false);
  EXPECT_FALSE(guard.may_be_away(2));
  double now = 6;
  for (int i = 4; i < 20; ++i) {
    now += 5;
    guard.answered(now, now - i, 1, true);
  }
  EXPECT_TRUE(guard.may_be_away(2));
}

// The world of the theorem: an adversary says, request by request, what it would take at home and
// what it takes away; a policy goes wherever it likes, as far as the guard allows. Weights move while requests
// run, and that is paid for.
struct Game {
  std::uint64_t seed;
  bool adversary;  // slows down whatever is used right after each switch; else at random
};

void play(const Game& game) {
  Random random(game.seed);
  const GuardOptions options{.factor = 1.5 + static_cast<double>(random.below(3)),
                             .constant = static_cast<double>(random.below(40))};
  constexpr double kUndisturbed = 1, kMove = 0.5, kMost = 12;
  ReturnGuard guard(options, kUndisturbed, 1);
  // Half of the games are so slow that nobody waits.
  const bool waits_never = game.seed % 2 == 0;
  const double gap =
      waits_never ? kMost + 3 * kMove : 0.5 + static_cast<double>(random.below(40)) / 4;
  double arrival = 0, free_at = 0, never_free_at = 0;
  double ours = 0, never = 0;
  bool away = false;
  std::size_t since_switch = 10;
  for (int i = 0; i < 3'000; ++i) {
    arrival += gap;
    const bool likes = random.below(4) != 0 || game.adversary;
    const double waits = std::max(0.0, free_at - arrival);
    const bool may = guard.may_be_away(waits + kMost + (away ? 1 : 2) * kMove);
    const bool goes = may && likes;
    const double start = std::max(arrival, free_at);
    if (goes != away) {
      away = goes;
      since_switch = 0;
      guard.moves(kMove);
      ours += kMove;
    }
    const auto slow = [&](bool used) {
      if (game.adversary) return used && since_switch < 5 ? kMost : kUndisturbed;
      return random.one_in(3) ? kMost * static_cast<double>(1 + random.below(12)) / 12
                              : kUndisturbed;
    };
    const double at_home = std::max(kUndisturbed, slow(!away));
    const double takes = away ? std::max(0.1, slow(true)) : at_home;
    ++since_switch;
    free_at = start + takes;
    never_free_at = std::max(arrival, never_free_at) + at_home;
    ours += free_at - arrival;
    never += never_free_at - arrival;
    guard.answered(free_at, free_at - arrival, kUndisturbed, !away);
    EXPECT_NEAR(guard.paid(), ours, 1e-6 * ours);
    EXPECT_LE(guard.never_switching(), never * (1 + 1e-9)) << "seed " << game.seed;
    // Where nobody waits, always; else whenever a step away is over.
    if (waits_never || away) {
      EXPECT_LE(ours, options.factor * never + options.constant + 1e-6)
          << "seed " << game.seed << " request " << i;
    }
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(ReturnGuard, KeepsItsPromiseWhateverHappens) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) play({seed, false});
}
TEST(ReturnGuard, KeepsItsPromiseAgainstWhoeverSlowsDownWhatIsUsed) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) play({seed, true});
}

}  // namespace
}  // namespace partita
