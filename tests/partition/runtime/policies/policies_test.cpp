#include "partition/runtime/policies/policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "partition/runtime/policies/clairvoyant.h"
#include "partition/runtime/policies/dispatch.h"
#include "partition/runtime/policies/one_class.h"
#include "partition/runtime/policies/repartitioner.h"
#include "tests/partition/runtime/policies/two_processors.h"

namespace partita {
namespace {

using test::StreamRecord;
using test::World;
using testing::HasSubstr;

class PoliciesTest : public testing::Test, protected test::TwoProcessors {
 protected:
  StreamRecord run(std::string_view name, const World& world, std::size_t requests = 150) {
    auto policy = policy_named(name)->make({problem, library()});
    return run_stream(problem, *policy, world, arrivals(requests));
  }
  // q is five times slower from request 50 to 100; the clairvoyant is told.
  World five_times_slower() {
    const std::vector<double> one{1};
    problem.future = {{Time{0}, slowed(1, 1), one, 100},
                      {500ms, slowed(1, 5), one, 100},
                      {1'000ms, slowed(1, 1), one, 100}};
    return q_slower(5, 500ms, 1'000ms);
  }
};

TEST_F(PoliciesTest, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const PolicyKind& kind : policies()) EXPECT_TRUE(names.insert(kind.name).second);
  EXPECT_EQ(names.size(), 11u);
  EXPECT_EQ(policy_named("clever"), nullptr);
}

// Undisturbed every one of them takes what the best plan takes, but the robust one.
TEST_F(PoliciesTest, LoseNothingWhileNothingHappens) {
  for (const PolicyKind& kind : policies()) {
    const StreamRecord record = run(kind.name, q_slower(1, 0ms), 50);
    EXPECT_EQ(record.switches, 0u) << kind.name;
    const Time least = kind.name == "robust" ? 810us : 410us;
    EXPECT_EQ(record.service.back(), least) << kind.name;
  }
}

TEST_F(PoliciesTest, StaticAndRobustNeverSwitch) {
  EXPECT_EQ(run("static", five_times_slower()).service[70], 2'000us);
  EXPECT_EQ(run("robust", five_times_slower()).switches, 0u);
}

// 700 us are the best there is; it is there with the first disturbed request, since the weights set
// out before it, and back with the first undisturbed one.
TEST_F(PoliciesTest, TheClairvoyantMovesAheadOfTheChange) {
  const StreamRecord record = run("clairvoyant", five_times_slower());
  EXPECT_EQ(record.switches, 2u);
  EXPECT_EQ(record.service[49], 410us);
  EXPECT_EQ(record.service[50], 700us);
  EXPECT_EQ(record.service[99], 700us);
  EXPECT_EQ(record.service[100], 410us);
}

// Three weights of 1 us move to p: they set out 3 us before 500 ms, and come back as long before.
TEST_F(PoliciesTest, TheClairvoyantBeginsNoSoonerThanItHasTo) {
  five_times_slower();
  auto made = Clairvoyant::make(problem);
  const auto& steps = std::get<std::unique_ptr<Clairvoyant>>(made)->steps();
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[1].at, 500ms - 3us);
  EXPECT_EQ(steps[2].at, 1'000ms - 3us);
}

// A disturbance of 200 us is not worth a move that takes longer than the segment before it.
TEST_F(PoliciesTest, TheClairvoyantStaysWhereMovingCostsMore) {
  const std::vector<double> one{1};
  problem.future = {{Time{0}, slowed(1, 1), one, 100}, {500ms, slowed(1, 1.01), one, 100}};
  auto made = Clairvoyant::make(problem);
  EXPECT_EQ(std::get<std::unique_ptr<Clairvoyant>>(made)->steps().size(), 1u);
}

// Nobody who must find out is better than who knows; ours is close, the static plan is not.
TEST_F(PoliciesTest, NobodyBeatsTheClairvoyant) {
  const double best = run("clairvoyant", five_times_slower()).mean();
  for (const PolicyKind& kind : policies())
    EXPECT_GE(run(kind.name, five_times_slower()).mean(), best * 0.999) << kind.name;
  EXPECT_LE(run("ours", five_times_slower()).mean(), 1.15 * best);
  EXPECT_GE(run("static", five_times_slower()).mean(), 1.5 * best);
  EXPECT_GE(run("no_adaptation", five_times_slower()).mean(), 1.5 * best);
}

// Layers in the network's order, each where it ends first, ties to p: four on each, and the light one
// on p. With q five times slower five go to p, the sixth ends first on q, at 500 us, the others on p,
// at 700, and the light one on q, at 550.
TEST_F(PoliciesTest, DispatchPutsEachLayerWhereItEndsFirst) {
  const StreamRecord record = run("dispatch", five_times_slower());
  EXPECT_EQ(record.switches, 0u);
  EXPECT_EQ(record.service[49], 410us);
  EXPECT_EQ(record.service[50], 2'000us);
  EXPECT_EQ(record.service[51], 700us);
}

// Weights everywhere: beside the plan of the class one of each processor.
TEST_F(PoliciesTest, DispatchHasAllWeightsEverywhere) {
  auto dispatch = Dispatch::make(problem);
  const auto first = dispatch->first();
  const auto places = weight_places(*network, *hardware, first->plans);
  EXPECT_EQ(places.size(), 2u * kLayers);
}

TEST_F(PoliciesTest, ThereIsNothingToDispatchWhereWeightsFitNowhere) {
  HardwareParts parts = hardware->parts();
  for (MemorySpec& memory : parts.memories) memory.capacity = Bytes{6'000};
  const Hardware small = HardwareBuilder::build(std::move(parts));
  problem.hardware = &small;
  EXPECT_EQ(Dispatch::make(problem), nullptr);
  const auto instead = policy_named("dispatch")->make({problem, library()});
  EXPECT_THAT(instead->stands_in(), HasSubstr("static plan, for want of a processor"));
  EXPECT_EQ(policy_named("static")->make({problem, library()})->stands_in(), "");
}

// It has no credit to lose and no patience: it follows at once, too.
TEST_F(PoliciesTest, AlwaysSwitchesForAnyGain) {
  const StreamRecord record = run("always", five_times_slower());
  EXPECT_GE(record.switches, 2u);
  EXPECT_LE(record.service[60], 710us);
  EXPECT_EQ(record.service[149], 410us);
}

// Two classes, of which each runs well on one processor only. Who sees one class has one plan.
TEST_F(PoliciesTest, WithoutAnalyzerThereIsOnePlanForAllInputs) {
  CostTable on_p = *costs, on_q = *costs;
  for (const LayerId layer : network->layers()) {
    on_p.set(layer, kQ, LayerCost{500us, Bytes{}});
    on_q.set(layer, kP, LayerCost{500us, Bytes{}});
  }
  problem.classes = {{&*network, &on_p, 1}, {&*network, &on_q, 1}};
  auto made = OneClass::make(
      problem, [](const PolicyProblem& mean, std::shared_ptr<const PlanLibrary> library) {
        return std::make_unique<Repartitioner>(mean, std::move(library));
      });
  auto& blind = *std::get<std::unique_ptr<OneClass>>(made);
  const auto first = blind.first();
  ASSERT_EQ(first->plans.size(), 2u);
  EXPECT_EQ(first->plans[0], first->plans[1]);
  // (100 + 500) / 2.
  EXPECT_EQ(blind.costs()(LayerId{0}, kP)->time, 300us);
  auto ours = policy_named("ours")->make({problem, library()});
  EXPECT_NE(ours->first()->plans[0], ours->first()->plans[1]);
  std::vector<test::Arrival> mixed = arrivals(40);
  for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i].input_class = i % 2;
  const World calm = q_slower(1, 0ms);
  // Seven or eight on the fast one, at most one on the slow: 800 us and less; who is blind pays
  // the slow ones, too.
  EXPECT_LE(run_stream(problem, *ours, calm, mixed).mean(), 820e-6);
  EXPECT_GE(run_stream(problem, blind, calm, mixed).mean(), 1'200e-6);
}

// A layer is expected to take 300 us on p: of the first class it takes 100, of the second 500. Both are
// as expected once it is known which it was.
TEST_F(PoliciesTest, WithoutAnalyzerReadingsAreHeldAgainstWhatTheInputWas) {
  CostTable on_p = *costs, on_q = *costs;
  for (const LayerId layer : network->layers()) {
    on_p.set(layer, kQ, LayerCost{500us, Bytes{}});
    on_q.set(layer, kP, LayerCost{500us, Bytes{}});
  }
  problem.classes = {{&*network, &on_p, 1}, {&*network, &on_q, 1}};
  const Repartitioner* inner = nullptr;
  auto made = OneClass::make(
      problem, [&](const PolicyProblem& mean, std::shared_ptr<const PlanLibrary> library) {
        auto policy = std::make_unique<Repartitioner>(mean, std::move(library));
        inner = policy.get();
        return policy;
      });
  auto& blind = *std::get<std::unique_ptr<OneClass>>(made);
  for (int i = 0; i < 20; ++i) {
    for (const auto& [input_class, took] : {std::pair{0u, 100us}, std::pair{1u, 500us}}) {
      const std::vector<LayerReading> layers{{LayerId{0}, kP, input_class, took}};
      blind.observe(Time{0}, layers, {});
    }
  }
  EXPECT_NEAR(inner->estimates().slowdown(kP), 1, 1e-3);
}

}  // namespace
}  // namespace partita
