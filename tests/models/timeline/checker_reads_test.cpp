// Timelines with reads in place and processors that wake, broken: each lie must be reported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Bandwidth kWide{1'000'000'000'000'000};
constexpr LayerId kA{0}, kB{1}, kC{2};

// a (p0, 1 us) makes 4,000 B, which b (p1, which sleeps at once and wakes in 3 us) reads in place
// over 1 GB/s with 2 us of latency, and c (p0) as well.
class CheckerOfReads : public testing::Test {
 protected:
  CheckerOfReads() {
    test::Machine machine;
    const MemoryId m0 = machine.memory("m0", kWide), m1 = machine.memory("m1", kWide);
    machine.processor("p0", m0);
    machine.parts.processors[machine.processor("p1", m1)].sleep = SleepSpec{0us, Power{}, 3us};
    machine.link("wire", m0, m1, Bandwidth{1'000'000'000}, 2us);
    machine.parts.links[LinkId{0}].load_store = true;
    test::Graph graph;
    const TensorId a = graph.layer("a", {}, Bytes{4'000});
    graph.layer("b", {a}, Bytes{100});
    graph.layer("c", {a}, Bytes{100});
    network.emplace(graph.build());
    hardware.emplace(machine.build());
    auto made = with_reads_in_place(
        *network, *hardware, test::plan_of(*network, *hardware, {{0, 2}, {1}}), {{a, m1, m0}});
    plan.emplace(std::get<Plan>(std::move(made)));
    const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}, {1us, 1us}});
    timeline = Evaluator(*network, *hardware, costs).run(*plan);
  }
  std::vector<std::string> found() const {
    return violations(timeline, *network, *hardware, *plan);
  }
  LayerSpan& span(LayerId layer) { return timeline.layers[layer]; }

  std::optional<Network> network;
  std::optional<Hardware> hardware;
  std::optional<Plan> plan;
  Timeline timeline;
};

TEST_F(CheckerOfReads, TheTimelineIsSound) {
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(span(kB).finish, 1us + 3us + 4us + 4us);
}

TEST_F(CheckerOfReads, ABeforeItsOperandIsMade) {
  --span(kB).start;
  EXPECT_THAT(found(), Contains("layer b starts at 999999 ps, its input a is there at 1000000 ps"));
}

TEST_F(CheckerOfReads, FasterThanTheLink) {
  --span(kB).finish;
  --timeline.makespan;
  EXPECT_THAT(found(), ElementsAre("layer b takes 10999999 ps, waking and what it reads in place "
                                   "need 11000000 ps"));
}

TEST_F(CheckerOfReads, WhoSleptHasToWake) {
  span(kB).waking = 0us;
  EXPECT_THAT(found(), ElementsAre("layer b is said to wait 0 ps for p1 to wake, which takes "
                                   "3000000 ps"));
}

TEST_F(CheckerOfReads, WhoDidNotSleepHasNot) {
  span(kC).waking = 1us;
  EXPECT_THAT(found(), ElementsAre("layer c is said to wait 1000000 ps for p0 to wake, which takes "
                                   "0 ps"));
}

TEST_F(CheckerOfReads, WhatIsReadStaysAtHome) {
  EXPECT_EQ(timeline.memory_peak[MemoryId{0}], Bytes{4'100});
  EXPECT_EQ(timeline.memory_peak[MemoryId{1}], Bytes{100});
  timeline.memory_peak[MemoryId{1}] = Bytes{4'100};
  EXPECT_THAT(found(), ElementsAre("memory m1 is said to hold 4100 B at its fullest, the account "
                                   "says 100 B"));
}

TEST_F(CheckerOfReads, NothingIsSent) {
  timeline.legs.push_back({0, 0, std::nullopt, ProcessorId{0}, 1us, 1us, 1us, 9us});
  EXPECT_THAT(found(), Contains(HasSubstr("1 legs too many")));
}

}  // namespace
}  // namespace partita
