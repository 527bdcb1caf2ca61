// Variants, cancelled requests and weights that move, rules 11-13 of evaluate.h, with times that can
// be worked out by hand: links of 1 GB/s move 1000 B in 1 us. And what the checker finds there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Bandwidth kWide{100'000'000'000};  // never the narrowest
constexpr Bandwidth kGigabyte{1'000'000'000};

constexpr TensorId kWeight{0};
constexpr MemoryId kM0{0}, kM1{1};

// a on p0 makes `size`, which b on p1 reads; b has a weight of 2000 B.
Network chain(Bytes size) {
  Graph graph;
  const TensorId weight = graph.weight("w", Bytes{2000});
  graph.layer("b", {graph.layer("a", {}, size), weight}, Bytes{10});
  return graph.build();
}

Hardware pair(const std::vector<LoadSpec>& load = {}) {
  Machine machine;
  for (const std::string number : {"0", "1"}) {
    machine.processor("p" + number, machine.memory("m" + number, kWide));
  }
  machine.link("l0", kM0, kM1, kGigabyte);
  machine.engine("e0", kM0);
  machine.parts.load = load;
  return machine.build();
}

LoadSpec p0_is_lost(Time from, std::optional<Time> until) {
  return {"loss", Lost{ProcessorId{0}}, from, until, std::nullopt, {}};
}

class CancelTest : public testing::Test {
 protected:
  const WorkloadTimeline& run(Workload asked, const std::vector<LoadSpec>& load = {}) {
    workload = std::move(asked);
    hardware.emplace(pair(load));
    Evaluator evaluator({{&small, &costs}, {&large, &other_costs}}, *hardware);
    timelines.assign(workload.requests.size(), {});
    record = evaluator.run(workload, [&](std::size_t number, const Timeline& timeline) {
      timelines[number] = timeline;
    });
    EXPECT_THAT(found(), IsEmpty());
    return record;
  }
  std::vector<std::string> found() const {
    return violations(record, timelines, {&small, &large}, *hardware, workload);
  }
  Request request(Time arrival, std::uint32_t variant = 0) const {
    return {arrival, &across, variant};
  }
  Request cancelled(Time arrival, Time when) const {
    Request one = request(arrival);
    one.cancelled = when;
    return one;
  }
  static Request relocation(Time arrival, const Relocation& what) {
    Request one;
    one.arrival = arrival;
    one.relocation = &what;
    return one;
  }
  LegSpan& leg(std::size_t number) { return timelines[number].legs.front(); }
  LayerSpan& b(std::size_t number) { return timelines[number].layers[LayerId{1}]; }

  const Network small = chain(Bytes{1000}), large = chain(Bytes{3000});
  const CostTable costs = costs_of({{4us, 4us}, {1us, 1us}});
  const CostTable other_costs = costs_of({{2us, 2us}, {5us, 5us}});
  std::optional<Hardware> hardware = pair();
  const Plan across = plan_of(small, *hardware, {{0}, {1}});
  const Plan on_p0 = plan_of(small, *hardware, {{0, 1}, {}});

  Workload workload;
  WorkloadTimeline record;
  std::vector<Timeline> timelines;
};

// Variant 0: a 0-4, copy 4-5, b 5-6. Variant 1: a 10-12, copy of 3000 B 12-15, b 15-20.
TEST_F(CancelTest, VariantsHaveSizesAndCostsOfTheirOwn) {
  run({{request(0us), request(10us, 1)}});
  EXPECT_EQ(record.requests[0].finish, 6us);
  EXPECT_EQ(record.requests[1].finish, 20us);
  EXPECT_EQ(leg(1).finish, 15us);
  EXPECT_EQ(record.memory_peak[kM0], Bytes{3000});
  EXPECT_EQ(record.memory_peak[kM1], Bytes{2000 + 3000 + 10});  // the weight once
}

// a runs on to 4 us; nothing follows. The next request has its place then.
TEST_F(CancelTest, WhatRunsEndsAndNothingFollows) {
  run({{cancelled(0us, 2us), request(1us)}, 1});
  EXPECT_EQ(record.requests[0], (RequestSpan{0us, 0us, 0us, 4us}));
  EXPECT_EQ(timelines[0].makespan, 4us);
  EXPECT_EQ(leg(0).queued, 0us);
  EXPECT_EQ(record.requests[1].admitted, 4us);
  EXPECT_EQ(record.requests[1].finish, 10us);
  EXPECT_EQ(record.memory_peak[kM0], Bytes{1000});
}

// The copy is queued as a ends, and leaves the queue in the same instant.
TEST_F(CancelTest, WhatEndsInThatInstantHasEnded) {
  run({{cancelled(0us, 4us)}});
  EXPECT_EQ(record.requests[0].finish, 4us);
  EXPECT_EQ(leg(0).queued, 4us);
  EXPECT_EQ(leg(0).start, 0us);
}

// The copy is under way from 4 to 5 us; b does not begin.
TEST_F(CancelTest, ACopyThatIsUnderWayArrives) {
  run({{cancelled(0us, 4500ns)}});
  EXPECT_EQ(record.requests[0].finish, 5us);
  EXPECT_EQ(leg(0).finish, 5us);
  EXPECT_EQ(b(0), LayerSpan{});
  EXPECT_EQ(record.memory_peak[kM1], Bytes{2000 + 1000});
}

// It comes when there is room, and goes at once; it is over before the end, and too late after it.
TEST_F(CancelTest, BeforeItIsAdmittedOrAfterItsEnd) {
  run({{request(0us), cancelled(1us, 2us), cancelled(6us, 12us)}, 1});
  EXPECT_EQ(record.requests[1], (RequestSpan{1us, 6us, 6us, 6us}));
  EXPECT_EQ(record.requests[2].finish, 12us);
  EXPECT_EQ(b(2).finish, 12us);
}

// p0 is away from 2 us on. Cancelled while it waits for that, or before it is lost.
TEST_F(CancelTest, WorkThatIsLostDoesNotBeginAgain) {
  run({{cancelled(0us, 3us)}}, {p0_is_lost(2us, 10us)});
  EXPECT_EQ(record.requests[0].finish, 3us);
  EXPECT_EQ(timelines[0].interrupted.size(), 1u);
  run({{cancelled(0us, 1us)}}, {p0_is_lost(2us, 10us)});
  EXPECT_EQ(record.requests[0].finish, 2us);
  // At the instant of its return it would have begun again.
  run({{cancelled(0us, 10us)}}, {p0_is_lost(2us, 10us)});
  EXPECT_EQ(record.requests[0].finish, 10us);
}

// 2000 B to m1 take 2 us; then b can run there. They go from m0 at 5 us.
TEST_F(CancelTest, WeightsMove) {
  const Relocation there{{}, {{kWeight, kM0, kM1}}}, gone{{{kWeight, kM0}}, {}};
  Workload moves{{relocation(0us, there), request(0us), relocation(5us, gone)}};
  moves.resident = {{kWeight, kM0}};
  run(moves);
  EXPECT_EQ(record.requests[0], (RequestSpan{0us, 0us, 0us, 2us}));
  EXPECT_EQ(record.requests[1].finish, 6us);
  EXPECT_EQ(record.requests[2], (RequestSpan{5us, 5us, 5us, 5us}));
  EXPECT_EQ(record.memory_peak[kM0], Bytes{2000 + 1000});
  EXPECT_EQ(record.memory_peak[kM1], Bytes{2000 + 1000 + 10});
}

// Two weights wait for e0: one goes 4-8 us. What a has made is queued at 8 us and goes before the
// other, 8-9.
TEST_F(CancelTest, CopiesOfRequestsGoBeforeWeights) {
  Graph graph;
  const TensorId w = graph.weight("w", Bytes{4000});
  const TensorId v = graph.weight("v", Bytes{1000});
  graph.layer("c", {graph.layer("a", {}, Bytes{1000})}, Bytes{10});
  graph.layer("b", {w, v}, Bytes{10});
  const Network network = graph.build();
  const Hardware machine = pair();
  const CostTable times = costs_of({{4us, 4us}, {1us, 1us}, {1us, 1us}});
  const Relocation there{{}, {{w, kM0, kM1}, {v, kM0, kM1}}};
  const Plan plan = plan_of(network, machine, {{0, 2}, {1}});
  Workload moves{{relocation(4us, there), Request{4us, &plan}}};
  moves.resident = {{w, kM0}, {v, kM0}};
  Evaluator evaluator(network, machine, times);
  std::vector<Timeline> all(2);
  const WorkloadTimeline told = evaluator.run(
      moves, [&](std::size_t number, const Timeline& timeline) { all[number] = timeline; });
  EXPECT_EQ(all[1].legs[0].start, 8us);
  EXPECT_EQ(all[0].legs[1].start, 9us);
  EXPECT_THAT(violations(told, all, network, machine, moves), IsEmpty());
  // The checker knows it, too.
  all[1].legs[0].start = all[1].legs[0].data = 9us;
  all[0].legs[1].start = all[0].legs[1].data = 8us;
  EXPECT_THAT(violations(told, all, network, machine, moves),
              Contains(HasSubstr("which has a higher priority")));
}

// The move that goes on at 1 us ends at 2 us; the other does not begin.
TEST_F(CancelTest, ARelocationThatIsCancelled) {
  Graph graph;
  const TensorId w = graph.weight("w", Bytes{2000});
  const TensorId v = graph.weight("v", Bytes{1000});
  graph.layer("b", {graph.layer("a", {}, Bytes{1000}), w, v}, Bytes{10});
  const Network network = graph.build();
  const Hardware machine = pair();
  const Relocation there{{}, {{w, kM0, kM1}, {v, kM0, kM1}}};
  Workload moves{{{0us, nullptr, 0, &there, 1us}}};
  moves.resident = {{w, kM0}, {v, kM0}};
  Evaluator evaluator(network, machine, costs);
  std::vector<Timeline> all(1);
  const WorkloadTimeline told =
      evaluator.run(moves, [&](std::size_t, const Timeline& timeline) { all[0] = timeline; });
  EXPECT_EQ(told.requests[0].finish, 2us);
  EXPECT_EQ(all[0].legs[0].finish, 2us);
  EXPECT_EQ(all[0].legs[1].finish, 0us);
  EXPECT_EQ(told.memory_peak[kM1], Bytes{2000});
  EXPECT_THAT(violations(told, all, network, machine, moves), IsEmpty());
}

TEST_F(CancelTest, WeightsThatAreNotThereAreOurBug) {
  Workload nowhere{{request(0us)}};
  nowhere.resident = {{kWeight, kM0}};
  EXPECT_DEATH(run(nowhere), "a layer starts where a weight of it is not");
  const Relocation from_m1{{}, {{kWeight, kM1, kM0}}}, drop{{{kWeight, kM1}}, {}};
  Workload moves{{relocation(0us, from_m1)}};
  moves.resident = {{kWeight, kM0}};
  EXPECT_DEATH(run(moves), "a weight is sent from where it is not");
  moves.requests[0].relocation = &drop;
  EXPECT_DEATH(run(moves), "a weight is dropped where it is not");
}

// What the checker says of records that break the rules.
class CheckerOfCancelledTest : public CancelTest {
 protected:
  void SetUp() override {
    Workload moves{{relocation(0us, there_), cancelled(0us, 4500ns), relocation(7us, gone_)}};
    moves.resident = {{kWeight, kM0}};
    run(moves);
  }
  const Relocation there_{{}, {{kWeight, kM0, kM1}}}, gone_{{{kWeight, kM0}}, {}};
};

TEST_F(CheckerOfCancelledTest, AStartAfterThat) {
  workload.requests[1].cancelled = 4us;  // the copy starts then
  EXPECT_THAT(found(), Contains(HasSubstr("but was cancelled at 4000000 ps")));
}

TEST_F(CheckerOfCancelledTest, ALayerThatNeitherEndsNorIsLost) {
  b(1).start = b(1).finish = 5us;
  EXPECT_THAT(found(), Contains(HasSubstr("neither ends nor is lost")));
}

TEST_F(CheckerOfCancelledTest, ADrainThatIsLate) {
  timelines[1].makespan = record.requests[1].finish = 6us;
  EXPECT_THAT(found(), Contains(HasSubstr("the last finish is at 5000000 ps")));
}

TEST_F(CheckerOfCancelledTest, ALegThatIsNotQueued) {
  workload.requests[1].cancelled = 4us;
  leg(1).queued = leg(1).start = leg(1).data = leg(1).finish = 0us;
  timelines[1].makespan = record.requests[1].finish = 4us;
  EXPECT_THAT(found(), Contains(HasSubstr("is queued at 0 ps, but it was due at 4000000 ps")));
}

TEST_F(CheckerOfCancelledTest, MemoryThatIsKept) {
  ++record.memory_peak[kM1].value;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("memory m1 is said to hold 3001 B")));
}

TEST_F(CheckerOfCancelledTest, AWeightFromWhereItIsNot) {
  workload.resident = {{kWeight, kM1}};
  EXPECT_THAT(found(), Contains(HasSubstr("weight w is sent from m0")));
  EXPECT_THAT(found(), Contains(HasSubstr("weight w is sent to m1 at 0 ps, where it is")));
  EXPECT_THAT(found(), Contains(HasSubstr("weight w is dropped from m0")));
}

TEST_F(CheckerOfCancelledTest, WeightsThatMoveFromNobodyKnowsWhere) {
  workload.resident.reset();
  EXPECT_THAT(found(), Contains("weights move, and nobody says where they are"));
}

TEST_F(CheckerOfCancelledTest, ALayerBeforeItsWeights) {
  Workload moves{{relocation(4us, there_), request(0us)}};
  std::swap(moves.requests[0], moves.requests[1]);
  moves.resident = {{kWeight, kM0}, {kWeight, kM1}};
  moves.requests[1].relocation = &gone_;
  run(moves);
  workload.resident = {{kWeight, kM0}};
  EXPECT_THAT(found(), Contains(HasSubstr("its weight w is not in m1 then")));
}

TEST_F(CheckerOfCancelledTest, AWeightThatIsDroppedWhileItIsRead) {
  Workload moves{{request(0us), relocation(7us, gone_)}};
  moves.requests[0].plan = &on_p0;
  moves.requests[1].arrival = 5us;
  moves.resident = {{kWeight, kM0}};
  run(moves);
  workload.requests[1].arrival = 3us;
  for (RequestSpan& span : record.requests) {
    if (span.arrival == 5us) span = {3us, 3us, 3us, 3us};
  }
  timelines[1].makespan = 3us;
  EXPECT_THAT(found(),
              Contains(HasSubstr("weight w is dropped from m0 at 3000000 ps, while request "
                                 "0 reads it there")));
}

TEST_F(CheckerOfCancelledTest, SizesOfAnotherVariant) {
  run({{request(0us, 1)}});
  workload.requests[0].variant = 0;
  EXPECT_FALSE(found().empty());
}

}  // namespace
}  // namespace partita
