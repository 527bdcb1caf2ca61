#include "partition/runtime/policies/repartitioner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partition/runtime/policies/two_processors.h"
#include "tests/support/allocations.h"

namespace partita {
namespace {

using test::StreamRecord;
using test::World;
using testing::HasSubstr;

class RepartitionerTest : public testing::Test, protected test::TwoProcessors {
 protected:
  explicit RepartitionerTest(Bytes weight = Bytes{1'000}) : TwoProcessors(weight) {}

  StreamRecord run(const World& world, std::size_t requests, RepartitionOptions options = {}) {
    Repartitioner policy(problem, library(), options);
    return run_stream(problem, policy, world, arrivals(requests));
  }
};

TEST_F(RepartitionerTest, StaysWhileAllIsAsExpected) {
  const StreamRecord record = run(q_slower(1, 0ms), 100);
  EXPECT_EQ(record.switches, 0u);
  EXPECT_NEAR(record.mean(), 410e-6, 1e-12);
}

// q takes 200 us a layer from request 50 on: four there end at 800 us; with three there and five,
// or the light one, too, on p it is 600. All layers of q were slow, so one request is believed.
TEST_F(RepartitionerTest, MovesLayersAwayFromAProcessorThatHasBecomeSlow) {
  const StreamRecord record = run(q_slower(2, 500ms), 100);
  ASSERT_EQ(record.switches, 1u);
  EXPECT_THAT(record.reasons.front(), HasSubstr("q takes"));
  EXPECT_EQ(record.service[49], 410us);
  EXPECT_EQ(record.service[50], 800us);
  EXPECT_EQ(record.service[51], 600us);
  EXPECT_EQ(record.service[99], 600us);
}

TEST_F(RepartitionerTest, ComesBackWhenAllIsWellAgain) {
  const StreamRecord record = run(q_slower(2, 500ms, 1'000ms), 200);
  EXPECT_EQ(record.switches, 2u);
  EXPECT_EQ(record.service[99], 600us);
  EXPECT_EQ(record.service[102], 410us);
}

// q is twice as slow, which three layers there bear best: 600 us. But whoever uses it waits for 400 us
// that no reading tells, so p alone is better, 810 us. That is seen after a few requests, of one plan after
// the other that should be better, and is forgotten after many, when they are tried again.
TEST_F(RepartitionerTest, LeavesPlansWhoseRequestsTakeLongerThanTheirLayersSay) {
  World world = q_slower(2, 500ms);
  world.beyond = [](Time now, const Plan& plan) {
    return now >= 500ms && !plan.order(kQ).empty() ? Time{400us} : Time{0};
  };
  const StreamRecord record = run(world, 51 + Overrun::kRemember);
  EXPECT_EQ(record.service[51], 1'000us);
  EXPECT_THAT(record.reasons[1], HasSubstr("x what that explains"));
  EXPECT_GE(std::count(record.service.begin() + 51, record.service.end(), 810us),
            Overrun::kRemember - 4 * std::ptrdiff_t{Overrun::kRecent});
}

// q is twice as slow for every second pair of requests. Whoever follows is wrong at the first of each
// pair: 800, 600, 600 and 410 us, 602 in the mean. Five on p and three on q take 510 and 600: 555.
TEST_F(RepartitionerTest, DoesNotFollowWhoTurnsFasterThanItCanSee) {
  const World world{.conditions = [this](Time now, std::size_t, Time) {
    return slowed(1, now / 20ms % 2 == 0 ? 2 : 1);
  }};
  const StreamRecord record = run(world, 200);
  EXPECT_LE(record.switches, 10u);
  EXPECT_NEAR(record.mean(20, 200), 555e-6, 1e-6);
}

// 20 times slower, q gets nothing: 810 us on p alone. Every eighth request then runs the light
// layer on q, 200 us beside the other 800; when that takes 10 us again, the next one looks, too, and
// the second is believed.
TEST_F(RepartitionerTest, AProbeSeesThatAProcessorThatNobodyUsesIsWellAgain) {
  const StreamRecord record = run(q_slower(20, 500ms, 1'000ms), 200);
  EXPECT_EQ(record.switches, 2u);
  const auto probes = std::count(record.service.begin() + 60, record.service.begin() + 100, 800us);
  EXPECT_EQ(probes, 40 / Probes::kEvery);
  EXPECT_EQ(record.service[99 + Probes::kEvery + 2], 410us);
}

// p alone takes twice as long as both did, more than the guard allows for long; but home would take 20
// times as long, and probes say so.
TEST_F(RepartitionerTest, StaysAwayForAsLongAsHomeIsSlow) {
  RepartitionOptions options;
  options.guard = {.factor = 1.5, .constant = 10};
  const StreamRecord record = run(q_slower(20, 500ms), 400, options);
  EXPECT_EQ(record.switches, 1u);
  EXPECT_EQ(record.service[399], 810us);
}

TEST_F(RepartitionerTest, WithoutProbesAnUnusedProcessorIsForgottenAfterAWhile) {
  problem.probes = false;
  RepartitionOptions options;
  options.estimates.forget_after = 30;
  const StreamRecord record = run(q_slower(20, 500ms, 700ms), 200, options);
  EXPECT_EQ(record.switches, 2u);
  EXPECT_EQ(record.service[75], 810us);
  EXPECT_EQ(record.service[85], 410us);
}

TEST_F(RepartitionerTest, LeavesAProcessorThatIsLostAndComesBackWithIt) {
  const World world{.conditions = [this](Time now, std::size_t, Time) {
    Conditions made = Conditions::undisturbed(*hardware);
    made.present[kQ] = now < 500ms || now >= 1'000ms;
    return made;
  }};
  const StreamRecord record = run(world, 150);
  EXPECT_THAT(record.reasons.front(), HasSubstr("q is gone"));
  EXPECT_EQ(record.service[50], 810us);
  EXPECT_EQ(record.service[99], 810us);
  EXPECT_EQ(record.service[101], 410us);
}

// Of each reading up to 10 % more or less.
TEST_F(RepartitionerTest, NoiseChangesNothing) {
  World world = q_slower(1, 0ms);
  world.noise = 0.1;
  EXPECT_EQ(run(world, 400).switches, 0u);
}

// Readings of a request come three requests later: those of 50 with 53.
TEST_F(RepartitionerTest, LateReadingsAreBelievedLater) {
  World world = q_slower(2, 500ms);
  world.late_by = 3;
  const StreamRecord record = run(world, 100);
  EXPECT_EQ(record.switches, 1u);
  EXPECT_EQ(record.service[53], 800us);
  EXPECT_EQ(record.service[54], 600us);
}

// Every second request tells nothing: 51 does not, 52 does.
TEST_F(RepartitionerTest, MissingReadingsAreWaitedFor) {
  World world = q_slower(2, 510ms);
  world.lose_readings = true;
  const StreamRecord record = run(world, 100);
  EXPECT_EQ(record.switches, 1u);
  EXPECT_EQ(record.service[52], 800us);
  EXPECT_EQ(record.service[53], 600us);
}

// A reading of what does not exist, or of no duration, says nothing.
TEST_F(RepartitionerTest, ReadingsThatMakeNoSenseAreIgnored) {
  Repartitioner policy(problem, library());
  const std::vector<LayerReading> layers{{LayerId{99}, kP, 0, 1ms},
                                         {LayerId{0}, ProcessorId{9}, 0, 1ms},
                                         {LayerId{0}, kP, 0, Time{0}},
                                         {LayerId{0}, kP, 0, Time{-5}}};
  const std::vector<CopyReading> copies{{TensorId{999}, MemoryId{0}, MemoryId{1}, 1ms},
                                        {TensorId{0}, MemoryId{7}, MemoryId{1}, 1ms},
                                        {TensorId{0}, MemoryId{0}, MemoryId{0}, 1ms}};
  for (int i = 0; i < 20; ++i) policy.observe(1ms * i, layers, copies);
  EXPECT_EQ(policy.estimates().slowdown(kP), 1);
  EXPECT_EQ(policy.estimates().link_slowdown(LinkId{0}), 1);
}

// A weight takes 3 s to move, and the horizon is 2 s.
class HeavyWeightsTest : public RepartitionerTest {
 protected:
  HeavyWeightsTest() : RepartitionerTest(Bytes{3'000'000'000}) {}
};

TEST_F(HeavyWeightsTest, AreNotMovedForAGainThatIsOverBeforeTheyCome) {
  EXPECT_EQ(run(q_slower(2, 500ms), 100).reasons.size(), 0u);
}
TEST_F(HeavyWeightsTest, AreMovedByWhoDoesNotLookAtWhatThatCosts) {
  RepartitionOptions options;
  options.prices_moves = false;
  EXPECT_GE(run(q_slower(2, 500ms), 100, options).reasons.size(), 1u);
}

TEST_F(RepartitionerTest, WithoutAdaptationOnlyLossesAreSeen) {
  RepartitionOptions options;
  options.adapts = false;
  EXPECT_EQ(run(q_slower(5, 500ms), 100, options).switches, 0u);
  const World world{.conditions = [this](Time now, std::size_t, Time) {
    Conditions made = Conditions::undisturbed(*hardware);
    made.present[kQ] = now < 500ms;
    return made;
  }};
  EXPECT_EQ(run(world, 100, options).service[60], 810us);
}

// The library knows the best plan for undisturbed times only; six layers on p and two on q are found
// by looking around it.
TEST_F(RepartitionerTest, FindsAPlanThatNobodyPrepared) {
  auto small = std::make_shared<PlanLibrary>(
      std::get<PlanLibrary>(plan_library(problem, {usual_occasions(problem).front()})));
  ASSERT_EQ(small->candidates.size(), 1u);
  Repartitioner policy(problem, small);
  const StreamRecord record = run_stream(problem, policy, q_slower(2, 500ms), arrivals(200));
  EXPECT_THAT(record.names.back(), HasSubstr("found at"));
  EXPECT_EQ(record.service.back(), 600us);

  RepartitionOptions blind;
  blind.searches = false;
  Repartitioner other(problem, small, blind);
  EXPECT_EQ(run_stream(problem, other, q_slower(2, 500ms), arrivals(200)).switches, 0u);
}

// Whatever it uses after a switch is five times slower for 40 requests, home as well. Never switching
// meets only what is there before: nothing.
TEST_F(RepartitionerTest, AnAdversaryGainsNoMoreThanTheFactor) {
  const World world{.conditions = [this](Time now, std::size_t switches, Time since) {
    const bool bitten = switches % 2 == 1 ? since < 400ms : (now / 300ms) % 2 == 1;
    return switches % 2 == 1 ? slowed(bitten ? 5 : 1, 1) : slowed(1, bitten ? 5 : 1);
  }};
  Repartitioner policy(problem, library());
  const StreamRecord record = run_stream(problem, policy, world, arrivals(2'000));
  const GuardOptions options;
  EXPECT_LE(policy.guard().paid(),
            options.factor * policy.guard().never_switching() + options.constant * 410e-6 + 0.01);
  EXPECT_LE(record.mean() * 2'000, policy.guard().paid() + 1e-9);
}

// The same world without credit: it leaves no more.
TEST_F(RepartitionerTest, WithoutCreditItStaysAtHome) {
  RepartitionOptions options;
  options.guard = {.factor = 1, .constant = 0};
  EXPECT_EQ(run(q_slower(5, 500ms), 200, options).switches, 0u);
  // But where home cannot run, nobody asks.
  const World world{.conditions = [this](Time now, std::size_t, Time) {
    Conditions made = Conditions::undisturbed(*hardware);
    made.present[kQ] = now < 500ms;
    return made;
  }};
  EXPECT_EQ(run(world, 100, options).service[60], 810us);
}

TEST_F(RepartitionerTest, AllocatesNothingWhileNothingChanges) {
  Repartitioner policy(problem, library());
  const auto home = policy.first();
  std::vector<LayerReading> readings;
  for (const LayerId layer : network->layers()) {
    const Time time = index(layer) < kLayers ? Time{100us} : Time{10us};
    readings.push_back({layer, home->plans.front()->processor(layer), 0, time});
  }
  Situation situation{Time{0}, 0, 0, home, nullptr};
  std::size_t before = 0;
  for (int i = 0; i < 200; ++i) {
    if (i == 100) before = test::allocations();
    const Time now = 10ms * i;
    situation.now = now;
    policy.arrived(now, 0);
    const auto probe = policy.plan_for(now, 0);
    policy.observe(now + 410us, readings, {});
    policy.answered(now + 410us, 410us);
    const Decision decision = policy.decide(situation);
    if (!std::holds_alternative<Stay>(decision) || probe) FAIL() << i;
  }
  EXPECT_EQ(test::allocations(), before);
}

// 400 layers of work a look, 2,000 layers: the first look after a change executes one plan, and the
// rest follows at the next ones.
TEST(Repartitioner, WorkIsSpreadOverLooks) {
  test::Machine machine;
  machine.processor("p", machine.memory("m", Bandwidth{1'000'000'000'000}));
  machine.processor("q", MemoryId{0});
  const Hardware hardware = machine.build();
  test::Graph graph;
  for (int i = 0; i < 2'000; ++i) graph.layer(std::to_string(i), {}, Bytes{1});
  const Network network = graph.build();
  CostTable costs(2'000, 2);
  for (const LayerId layer : network.layers()) {
    for (const ProcessorId p : ids<ProcessorId>(2)) costs.set(layer, p, LayerCost{1us, Bytes{}});
  }
  PolicyProblem problem;
  problem.hardware = &hardware;
  problem.classes = {{&network, &costs, 1}};
  problem.steps = 3;
  auto library = std::make_shared<PlanLibrary>(
      std::get<PlanLibrary>(plan_library(problem, usual_occasions(problem))));
  Repartitioner policy(problem, library);
  const auto home = policy.first();
  std::vector<LayerReading> readings;
  for (const LayerId layer : network.layers()) {
    const ProcessorId p = home->plans.front()->processor(layer);
    readings.push_back({layer, p, 0, index(p) == 0 ? Time{1us} : Time{3us}});
  }
  for (int i = 0; i < 3; ++i) policy.observe(1ms * i, readings, {});
  Situation situation{10ms, 0, 0, home, nullptr};
  Decision decision = policy.decide(situation);
  ASSERT_TRUE(std::holds_alternative<Stay>(decision));
  EXPECT_EQ(std::get<Stay>(decision).reason, "still searching");
  std::size_t exact = 0;
  for (std::size_t i = 0; i < policy.outlook().size(); ++i) exact += policy.outlook().is_exact(i);
  EXPECT_EQ(exact, 1u);
  for (int looks = 0; looks < 20 && std::holds_alternative<Stay>(decision); ++looks) {
    ASSERT_LT(policy.next_look(), Time::max());
    situation.now = policy.next_look();
    decision = policy.decide(situation);
  }
  EXPECT_TRUE(std::holds_alternative<Switch>(decision));
}

// Three processors, and plans for the loss of one: none of them runs on c alone.
TEST(Repartitioner, MakesAPlanOfWhatIsLeftWhereNoneIsPrepared) {
  test::Machine machine;
  for (const char* name : {"a", "b", "c"})
    machine.processor(name, machine.memory(std::string("m") + name, Bandwidth{1'000'000'000'000}));
  machine.link("ab", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
  machine.link("bc", MemoryId{1}, MemoryId{2}, Bandwidth{1'000'000'000});
  machine.link("ac", MemoryId{0}, MemoryId{2}, Bandwidth{1'000'000'000});
  const Hardware hardware = machine.build();
  test::Graph graph;
  for (int i = 0; i < 9; ++i) graph.layer(std::to_string(i), {}, Bytes{1});
  const Network network = graph.build();
  CostTable costs(9, 3);
  for (const LayerId layer : network.layers()) {
    for (const ProcessorId p : ids<ProcessorId>(3)) costs.set(layer, p, LayerCost{100us, Bytes{}});
  }
  PolicyProblem problem;
  problem.hardware = &hardware;
  problem.classes = {{&network, &costs, 1}};
  problem.steps = 200;
  const auto library = std::make_shared<PlanLibrary>(
      std::get<PlanLibrary>(plan_library(problem, usual_occasions(problem))));
  const auto runs_on_c = [](const Configuration& configuration) {
    return configuration.plans.front()->order(ProcessorId{2}).size() == 9;
  };
  for (const Candidate& each : library->candidates) ASSERT_FALSE(runs_on_c(*each.configuration));

  Repartitioner policy(problem, library);
  Situation situation{1ms, 0, 0, policy.first(), nullptr};
  policy.lost(1ms, ProcessorId{0});
  policy.lost(1ms, ProcessorId{1});
  EXPECT_EQ(std::get<Stay>(policy.decide(situation)).reason, "a plan has been made");
  ASSERT_LT(policy.next_look(), Time::max());
  situation.now = policy.next_look();
  const Decision decision = policy.decide(situation);
  ASSERT_TRUE(std::holds_alternative<Switch>(decision));
  EXPECT_TRUE(runs_on_c(*std::get<Switch>(decision).to));

  policy.lost(2ms, ProcessorId{2});
  situation.now = 2ms;
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(std::get<Stay>(policy.decide(situation)).reason, "no plan is left");
}

}  // namespace
}  // namespace partita
