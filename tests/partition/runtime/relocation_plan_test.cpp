#include "partition/runtime/relocation_plan.h"

#include <gmock/gmock.h>

#include "partition/problem/candidates.h"
#include "partition/problem/delays.h"
#include "tests/partition/runtime/two_memories.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Move = Relocation::Move;

class RelocationPlanTest : public test::TwoMemories {
 protected:
  using TwoMemories::TwoMemories;

  RelocationPlanner planner(bool host_keeps_weights = false) const {
    return {*network_, *hardware_, host_keeps_weights};
  }
  RelocationPlanner::Now now(const WeightSet& resident) {
    activations_ = IdVector<MemoryId, Bytes>(hardware_->memories().size());
    present_ = IdVector<ProcessorId, bool>(hardware_->processors().size(), true);
    return {resident, activations_, present_};
  }
  // From one configuration to another, which stays or is let go.
  std::variant<Migration, NoMigration> beside(const std::string& from, const std::string& to) {
    const WeightSet had = planner().needed_by(*configuration(from));
    return planner().beside(now(had), had, *configuration(to));
  }
  std::variant<Migration, NoMigration> in_steps(const std::string& from, const std::string& to) {
    const WeightSet had = planner().needed_by(*configuration(from));
    return planner().in_steps(now(had), *configuration(to));
  }

  IdVector<MemoryId, Bytes> activations_;
  IdVector<ProcessorId, bool> present_;
};

TEST_F(RelocationPlanTest, MovesWhatIsMissingInTheOrderOfLayers) {
  // a and c go to q, b stays: 1000 + 4000 B by one engine over one link, 5 us.
  const auto found = std::get<Migration>(beside("ppp", "qpq"));
  ASSERT_EQ(found.steps.size(), 1u);
  EXPECT_THAT(found.steps[0].moves, ElementsAre(Move{wa_, kOfP, kOfQ}, Move{wc_, kOfP, kOfQ}));
  EXPECT_THAT(found.steps[0].drops, IsEmpty());
  EXPECT_EQ(found.bytes, Bytes{5'000});
  EXPECT_EQ(found.cost, 5us);
}

TEST_F(RelocationPlanTest, EnginesServeAtOnce) {
  // a and b go from p to q, 3000 B, c comes back, 4000 B, each by the engine where it lies and over
  // its own direction of the link: 4 us, which is also what the longest takes alone.
  const auto found = std::get<Migration>(beside("ppq", "qqp"));
  EXPECT_EQ(found.bytes, Bytes{7'000});
  EXPECT_EQ(found.cost, 4us);
  const RelocationPlanner of = planner();
  const auto cost =
      of.cost(of.needed_by(*configuration("ppq")), of.needed_by(*configuration("qqp")));
  EXPECT_EQ(cost.bytes, Bytes{7'000});
  EXPECT_EQ(cost.time, 4us);
}

TEST_F(RelocationPlanTest, ALinkIsSharedByEngines) {
  // Half duplex: both directions carry 7000 B together.
  machine_.parts.links[LinkId{0}].full_duplex = false;
  hardware_ = machine_.build();
  EXPECT_EQ(std::get<Migration>(beside("ppq", "qqp")).cost, 7us);
}

TEST_F(RelocationPlanTest, AnEngineWithTwoChannelsServesTwoAtOnce) {
  // Set-up of 10 us each: one channel 3 * 10 + 7 us, two half of it, 18.5 us.
  machine_.parts.engines[EngineId{0}].setup = 10us;
  hardware_ = machine_.build();
  EXPECT_EQ(std::get<Migration>(beside("ppp", "qqq")).cost, 37us);
  machine_.parts.engines[EngineId{0}].channels = 2;
  hardware_ = machine_.build();
  EXPECT_EQ(std::get<Migration>(beside("ppp", "qqq")).cost, 18'500ns);
}

TEST_F(RelocationPlanTest, NothingMovesWhereAllIsThere) {
  const auto found = std::get<Migration>(beside("qpq", "qpq"));
  ASSERT_EQ(found.steps.size(), 1u);
  EXPECT_EQ(found.steps[0], Relocation{});
  EXPECT_EQ(found.cost, Time{0});
}

TEST_F(RelocationPlanTest, DropsWhatNobodyNeedsBeforeItMoves) {
  // Kept: b on p alone. wa@mp is the source of a move, wc@mp is nothing to anybody.
  const RelocationPlanner of = planner();
  WeightSet resident = of.needed_by(*configuration("ppp"));
  resident.add({wc_, kOfQ});
  WeightSet kept(*network_, *hardware_);
  kept.add({wb_, kOfP});
  const auto found = std::get<Migration>(of.beside(now(resident), kept, *configuration("qpq")));
  EXPECT_THAT(found.steps[0].drops, ElementsAre(WeightPlace{wc_, kOfP}));
  EXPECT_THAT(found.steps[0].moves, ElementsAre(Move{wa_, kOfP, kOfQ}));
}

TEST_F(RelocationPlanTest, WhatIsKeptBesidesPlansComesLast) {
  auto with_standby = *configuration("qpp");
  with_standby.also = {{wb_, kOfQ}};
  const RelocationPlanner of = planner();
  const WeightSet had = of.needed_by(*configuration("ppp"));
  const auto found = std::get<Migration>(of.beside(now(had), had, with_standby));
  EXPECT_THAT(found.steps[0].moves, ElementsAre(Move{wa_, kOfP, kOfQ}, Move{wb_, kOfP, kOfQ}));
  EXPECT_TRUE(of.has_needs(*plan("qqp"), of.needed_by(with_standby)));
  EXPECT_FALSE(of.has_needs(*plan("qqq"), of.needed_by(with_standby)));
}

TEST_F(RelocationPlanTest, AProcessorThatCopiesAndIsLostIsNoWay) {
  // Without engines p, on the source, copies by itself.
  machine_.parts.engines.clear();
  hardware_ = machine_.build();
  const RelocationPlanner of = planner();
  const WeightSet had = of.needed_by(*configuration("ppp"));
  auto at = now(had);
  EXPECT_TRUE(std::holds_alternative<Migration>(of.beside(at, had, *configuration("qpp"))));
  present_[kP] = false;
  const auto lost = of.beside(at, had, *configuration("qpp"));
  EXPECT_EQ(std::get<NoMigration>(lost).reason, "weight wa has no way to memory mq");
  const auto steps = of.in_steps(at, *configuration("qpp"));
  EXPECT_EQ(std::get<NoMigration>(steps).reason, "weight wa has no way to memory mq");
  EXPECT_FALSE(of.can_be_made({{}, {{wa_, kOfP, kOfQ}}}, present_));
  present_[kP] = true, present_[kQ] = false;
  EXPECT_TRUE(of.can_be_made({{}, {{wa_, kOfP, kOfQ}}}, present_));
}

TEST_F(RelocationPlanTest, TheHostIsASourceWhereItKeepsWeights) {
  // A host with a link to q of twice the rate; q's memory is reached from p by the old link.
  const MemoryId host = machine_.memory("ram", Bandwidth{1'000'000'000'000});
  machine_.engine("dh", host, Time{0}, Direction::Out);
  machine_.link("pcie", host, kOfQ, Bandwidth{2'000'000'000});
  machine_.link("pcie_p", host, kOfP, Bandwidth{2'000'000'000});
  machine_.parts.host = host;
  hardware_ = machine_.build();
  EXPECT_THAT(std::get<Migration>(beside("ppp", "ppq")).steps[0].moves,
              ElementsAre(Move{wc_, kOfP, kOfQ}));
  const RelocationPlanner keeps = planner(true);
  const WeightSet had = keeps.needed_by(*configuration("ppp"));
  EXPECT_TRUE(had.has(wc_, host));
  const auto found = std::get<Migration>(keeps.beside(now(had), had, *configuration("ppq")));
  EXPECT_THAT(found.steps[0].moves, ElementsAre(Move{wc_, host, kOfQ}));
  EXPECT_EQ(found.cost, 2us);
}

// mp holds all weights, mq 6000 B.
class TightTest : public RelocationPlanTest {
 protected:
  TightTest() : RelocationPlanTest(Bytes{7'000}, Bytes{6'000}) {}
};

TEST_F(TightTest, BothFitOrTheReasonIsSaid) {
  // b and c are 6000 B: as much as mq holds.
  EXPECT_TRUE(std::holds_alternative<Migration>(beside("ppp", "pqq")));
  // b on q stays, a and c come: 7000 B.
  EXPECT_THAT(std::get<NoMigration>(beside("pqp", "qpq")).reason,
              HasSubstr("memory mq would hold 6.84 KiB, 1000 B more than its 5.86 KiB"));
}

TEST_F(TightTest, ActivationsTakeRoomToo) {
  const RelocationPlanner of = planner();
  const WeightSet had = of.needed_by(*configuration("ppp"));
  const auto at = now(had);
  activations_[kOfQ] = Bytes{1};
  EXPECT_TRUE(std::holds_alternative<NoMigration>(of.beside(at, had, *configuration("pqq"))));
  EXPECT_TRUE(std::holds_alternative<NoMigration>(of.in_steps(at, *configuration("pqq"))));
  activations_[kOfQ] = Bytes{};
  EXPECT_TRUE(std::holds_alternative<Migration>(of.in_steps(at, *configuration("pqq"))));
}

TEST_F(TightTest, StepsMakeRoomForEachOther) {
  // On q: b, 2000 B. a and c are to come, 5000 B, and b is to go to p, where 5000 B lie: room for
  // both of the last two, not for c.
  //   1: a to q (3000 B there), b to p (7000 B there); c has no room: 7000 B on q.
  //   2: b goes from q, a from p; c to q: 5000 B there.
  const auto found = std::get<Migration>(in_steps("pqp", "qpq"));
  ASSERT_EQ(found.steps.size(), 2u);
  EXPECT_THAT(found.steps[0].drops, IsEmpty());
  EXPECT_THAT(found.steps[0].moves, ElementsAre(Move{wa_, kOfP, kOfQ}, Move{wb_, kOfQ, kOfP}));
  EXPECT_THAT(found.steps[1].drops, ElementsAre(WeightPlace{wa_, kOfP}, WeightPlace{wb_, kOfQ}));
  EXPECT_THAT(found.steps[1].moves, ElementsAre(Move{wc_, kOfP, kOfQ}));
  EXPECT_EQ(found.bytes, Bytes{7'000});
  EXPECT_EQ(found.cost, 2us + 4us);  // a and b at once, then c
}

TEST_F(TightTest, WhatDoesNotFitAloneIsImpossible) {
  EXPECT_THAT(std::get<NoMigration>(in_steps("ppp", "qqq")).reason, HasSubstr("memory mq"));
}

TEST(RelocationPlan, FullMemoriesCannotExchangeWhatTheyHold) {
  // Both are full: neither weight has room beside the other.
  test::Machine machine;
  const MemoryId mp = machine.memory("mp", Bandwidth{1'000'000'000'000}, Bytes{1'000});
  const MemoryId mq = machine.memory("mq", Bandwidth{1'000'000'000'000}, Bytes{1'000});
  machine.processor("p", mp);
  machine.processor("q", mq);
  machine.link("link", mp, mq, Bandwidth{1'000'000'000});
  const Hardware hardware = machine.build();
  test::Graph graph;
  graph.layer("a", {graph.weight("wa", Bytes{1'000})}, Bytes{});
  graph.layer("b", {graph.weight("wb", Bytes{1'000})}, Bytes{});
  const Network network = graph.build();
  const auto configuration = [&](const std::vector<std::vector<int>>& orders) {
    return Configuration{"",
                         {std::make_shared<const Plan>(test::plan_of(network, hardware, orders))}};
  };
  const RelocationPlanner planner(network, hardware, false);
  const WeightSet had = planner.needed_by(configuration({{0}, {1}}));
  const IdVector<MemoryId, Bytes> activations(2);
  const IdVector<ProcessorId, bool> present(2, true);
  const auto found = planner.in_steps({had, activations, present}, configuration({{1}, {0}}));
  EXPECT_THAT(std::get<NoMigration>(found).reason, HasSubstr("memory mq would hold"));
}

TEST(RelocationPlan, CostsWhatDelaysSayAndNoMoreThanOneByOne) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const test::CaseOptions options{.max_layers = 20, .details = true, .share_weights = true};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    const auto of = [&](std::uint64_t which) {
      return Configuration{"",
                           {std::make_shared<const Plan>(test::random_plan(
                               1'000 * seed + which, network, hardware, options))}};
    };
    const RelocationPlanner planner(network, hardware, false);
    const Network cold = with_cold_weights(network);  // in which they travel as weights
    const Delays delays(cold, hardware);
    const WeightSet from = planner.needed_by(of(1));
    const Configuration to = of(2);
    const IdVector<MemoryId, Bytes> activations(hardware.memories().size());
    const IdVector<ProcessorId, bool> present(hardware.processors().size(), true);
    const auto found = planner.beside({from, activations, present}, from, to);
    ASSERT_TRUE(std::holds_alternative<Migration>(found)) << std::get<NoMigration>(found).reason;
    const Migration& migration = std::get<Migration>(found);
    Time sum{0}, longest{0};
    Bytes bytes;
    WeightSet after = from;
    for (const Move& move : migration.steps.front().moves) {
      const auto delay = delays.of_constant(move.weight, move.src, move.dst);
      ASSERT_TRUE(delay);
      for (const MemoryId src : ids<MemoryId>(hardware.memories().size())) {
        if (!from.has(move.weight, src)) continue;
        EXPECT_LE(*delay, delays.of_constant(move.weight, src, move.dst).value_or(Time::max()));
      }
      EXPECT_TRUE(from.has(move.weight, move.src));
      EXPECT_TRUE(after.add({move.weight, move.dst}));
      sum += *delay;
      longest = std::max(longest, *delay);
      bytes += network.tensor(move.weight).size;
    }
    EXPECT_TRUE(planner.has_needs(*to.plans.front(), after));
    EXPECT_EQ(migration.bytes, bytes);
    EXPECT_GE(migration.cost, longest) << seed;
    EXPECT_LE(migration.cost, sum) << seed;
    const auto cost = planner.cost(from, planner.needed_by(to));
    EXPECT_EQ(cost.bytes, bytes);
    EXPECT_EQ(cost.time, migration.cost) << seed;
  }
}

TEST(RelocationPlan, NeedsAreThoseOfTheLayersWhereTheyReadThem) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const test::CaseOptions options{.max_layers = 20, .details = true, .share_weights = true};
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    const auto plan =
        std::make_shared<const Plan>(test::random_plan(seed, network, hardware, options));
    const RelocationPlanner planner(network, hardware, false);
    const WeightSet needed = planner.needed_by({"", {plan}});
    WeightSet expected(network, hardware);
    for (const LayerId layer : network.layers()) {
      const MemoryId beside = hardware.processors()[plan->processor(layer)].memory;
      for (const TensorId weight : weights_of(network, layer)) {
        expected.add({weight, plan->read_from(weight, beside)});
      }
    }
    EXPECT_EQ(needed.places(), expected.places()) << seed;
  }
}

}  // namespace
}  // namespace partita
