#include "partition/runtime/policies/time_shares.h"

#include <gtest/gtest.h>

#include "partition/runtime/policies/conditioned_machine.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr ProcessorId kP{0}, kQ{1};
constexpr LinkId kLink{0};

// a (100 us on p) sends 20,000 B at 1 B a ns to b (50 us on q), 1 us of latency; c (30 us on p).
class TimeSharesTest : public testing::Test {
 protected:
  TimeSharesTest() {
    test::Machine machine;
    machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000'000}));
    machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000'000}));
    machine.engine("dp", MemoryId{0});
    machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000}, 1us);
    hardware_.emplace(machine.build());
    test::Graph graph;
    const TensorId a = graph.layer("a", {}, Bytes{20'000});
    graph.layer("b", {a}, Bytes{1});
    graph.layer("c", {}, Bytes{1});
    network_.emplace(graph.build());
    costs_.emplace(test::costs_of({{100us, 100us}, {50us, 50us}, {30us, 30us}}));
    plan_.emplace(test::plan_of(*network_, *hardware_, {{0, 2}, {1}}));
    problem_.hardware = &*hardware_;
    problem_.classes = {{&*network_, &*costs_, 1}};
  }
  Slowdowns slowdowns(double p, double q, double link) {
    conditions_ = Conditions::undisturbed(*hardware_);
    conditions_.slowdown[kP] = p;
    conditions_.slowdown[kQ] = q;
    conditions_.link_slowdown[kLink] = link;
    Slowdowns made;
    fill_slowdowns(conditions_, made);
    return made;
  }
  TimeShares shares(const Slowdowns& at, const ShareFinder::Beyond& beyond = {},
                    double fixed = ShareFinder::kAnyTime) {
    machine_ = std::make_unique<ConditionedMachine>(problem_);
    machine_->set(conditions_, [&](std::size_t, LayerId layer, ProcessorId p) {
      return conditions_.slowdown[p] * (beyond ? beyond(layer) : 1);
    });
    ShareFinder finder(*network_, *hardware_);
    return finder.of_makespan(*plan_, machine_->run(0, *plan_), at, beyond, fixed);
  }

  std::optional<Hardware> hardware_;
  std::optional<Network> network_;
  std::optional<CostTable> costs_;
  std::optional<Plan> plan_;
  PolicyProblem problem_;
  Conditions conditions_;
  std::unique_ptr<ConditionedMachine> machine_;
};

// 100 + 20 + 1 + 50 = 171 us.
TEST_F(TimeSharesTest, SayWhichPartsTheMakespanIsSpentOn) {
  const TimeShares shares = this->shares(slowdowns(1, 1, 1));
  ASSERT_EQ(shares.size(), 4u);
  EXPECT_NEAR(shares[0], 1e-6, 1e-15);
  EXPECT_NEAR(shares[1], 100e-6, 1e-15);
  EXPECT_NEAR(shares[2], 50e-6, 1e-15);
  EXPECT_NEAR(shares[3], 20e-6, 1e-15);
}

// 2 * 100 + 4 * 20 + 1 + 3 * 50 = 431 us.
TEST_F(TimeSharesTest, AreUndisturbedTimesWhereverTheyWereFound) {
  const Slowdowns undisturbed = slowdowns(1, 1, 1);
  const TimeShares there = shares(undisturbed);
  const Slowdowns slow = slowdowns(2, 3, 4);
  const TimeShares here = shares(slow);
  EXPECT_NEAR(seconds(machine_->run(0, *plan_).makespan), 431e-6, 1e-15);
  EXPECT_NEAR(stretched(here, slow), 431e-6, 1e-15);
  EXPECT_NEAR(stretched(there, slow), 431e-6, 1e-15);
  EXPECT_NEAR(stretched(here, undisturbed), 171e-6, 1e-15);
}

// p five times slower, c ends after a and what follows it: 500 + 150 = 650 against 500 + 71. A cut
// that was made undisturbed says 571; both together are exact at either place.
TEST_F(TimeSharesTest, AreTooLittleWhereAnotherChainIsLonger) {
  const TimeShares undisturbed = shares(slowdowns(1, 1, 1));
  const Slowdowns slow = slowdowns(5, 1, 1);
  const TimeShares other = shares(slow);
  EXPECT_NEAR(stretched(undisturbed, slow), 571e-6, 1e-15);
  EXPECT_NEAR(largest({undisturbed, other}, slow), 650e-6, 1e-15);
  EXPECT_NEAR(largest({undisturbed, other}, slowdowns(1, 1, 1)), 171e-6, 1e-15);
}

// b has been learned to take twice as long again: 2 * 100 + 4 * 20 + 1 + 6 * 50 = 581 us. That is not in the
// shares, which say 431; nor is 30 us of a that it took less.
TEST_F(TimeSharesTest, WhatWasLearnedOfALayerIsNotInThem) {
  const Slowdowns slow = slowdowns(2, 3, 4);
  const TimeShares longer =
      shares(slow, [](LayerId layer) { return index(layer) == 1 ? 2.0 : 1.0; });
  EXPECT_NEAR(seconds(machine_->run(0, *plan_).makespan), 581e-6, 1e-15);
  EXPECT_NEAR(stretched(longer, slow), 431e-6, 1e-15);
  EXPECT_NEAR(longer[0], 1e-6, 1e-15);
  const TimeShares shorter =
      shares(slow, [](LayerId layer) { return index(layer) == 0 ? 0.7 : 1.0; });
  EXPECT_NEAR(shorter[1], 70e-6, 1e-12);
}

// Of 1 us that is of no part 0.25 us may be fixed; 0.75 us wait for the link, the slowest.
TEST_F(TimeSharesTest, WhatCannotBeFixedWaitsForTheSlowestPart) {
  const Slowdowns slow = slowdowns(2, 3, 4);
  const TimeShares shares = this->shares(slow, {}, 0.25e-6);
  EXPECT_NEAR(shares[0], 0.25e-6, 1e-15);
  EXPECT_NEAR(shares[3], 20e-6 + 0.75e-6 / 4, 1e-15);
  EXPECT_NEAR(stretched(shares, slow), 431e-6, 1e-15);
}

// p: 130 us; q: 50; the link forward: 20.
TEST_F(TimeSharesTest, LoadsAreWhatEachPartHasToDo) {
  const Slowdowns slow = slowdowns(2, 3, 4);
  machine_ = std::make_unique<ConditionedMachine>(problem_);
  machine_->set(conditions_);
  const auto loads =
      ShareFinder(*network_, *hardware_).loads(*plan_, machine_->run(0, *plan_), slow);
  ASSERT_EQ(loads.size(), 3u);
  EXPECT_NEAR(loads[0][1], 130e-6, 1e-15);
  EXPECT_NEAR(loads[1][2], 50e-6, 1e-15);
  EXPECT_NEAR(loads[2][3], 20e-6, 1e-15);
  EXPECT_NEAR(largest(loads, slow), 260e-6, 1e-15);
}

// Random machines, with contention: where a cut was made it is exact.
TEST(TimeShares, AreExactWhereTheyWereFoundOnAnyMachine) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Network network = test::random_network(seed);
    const Hardware hardware = test::random_hardware(seed);
    const CostTable costs = test::random_costs(seed, network, hardware);
    auto made = make_plan(network, hardware, test::random_placement(seed, network, hardware), "");
    const Plan& plan = std::get<Plan>(made);
    PolicyProblem problem;
    problem.hardware = &hardware;
    problem.classes = {{&network, &costs, 1}};
    ConditionedMachine machine(problem);
    Conditions conditions = Conditions::undisturbed(hardware);
    for (double& each : conditions.slowdown) each = 1 + static_cast<double>(seed % 5);
    for (double& each : conditions.link_slowdown) each = 1 + static_cast<double>(seed % 3);
    machine.set(conditions);
    Slowdowns at;
    fill_slowdowns(conditions, at);
    const Timeline& timeline = machine.run(0, plan);
    ShareFinder finder(network, machine.hardware());
    const TimeShares shares = finder.of_makespan(plan, timeline, at);
    EXPECT_NEAR(stretched(shares, at), seconds(timeline.makespan),
                1e-9 * seconds(timeline.makespan))
        << seed;
    for (const double share : shares) EXPECT_GE(share, 0) << seed;
  }
}

}  // namespace
}  // namespace partita
