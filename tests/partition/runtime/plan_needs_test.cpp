#include "partition/runtime/plan_needs.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/machine.h"

namespace partita {
namespace {

constexpr ProcessorId kP{0}, kQ{1}, kR{2};

// p, q and r, each on a memory of its own, r's the host's; an input goes to a on p, whose result goes
// to b on q. Nothing runs on r.
class PlanNeedsTest : public testing::Test {
 protected:
  PlanNeedsTest() {
    const Bandwidth fast{1'000'000'000'000}, slow{1'000'000'000};
    const MemoryId mp = machine_.memory("mp", fast), mq = machine_.memory("mq", fast);
    host_ = machine_.memory("ram", fast);
    machine_.processor("p", mp);
    machine_.processor("q", mq);
    machine_.processor("r", host_);
    machine_.link("pq", mp, mq, slow);
    machine_.link("rp", host_, mp, slow);
    machine_.parts.host = host_;
    test::Graph graph;
    graph.layer("b", {graph.layer("a", {graph.input("x", Bytes{8})}, Bytes{8})}, Bytes{8});
    network_ = graph.build();
  }
  bool needs_r() {
    const Hardware hardware = machine_.build();
    const Plan plan = test::plan_of(*network_, hardware, {{0}, {1}, {}});
    EXPECT_TRUE(needs(plan, kP, *network_, hardware));
    EXPECT_TRUE(needs(plan, kQ, *network_, hardware));
    return needs(plan, kR, *network_, hardware);
  }

  test::Machine machine_;
  MemoryId host_{};
  std::optional<Network> network_;
};

TEST_F(PlanNeedsTest, WhoCopiesInputsByItselfIsNeeded) { EXPECT_TRUE(needs_r()); }

TEST_F(PlanNeedsTest, WhereAnEngineCopiesNobodyElseIs) {
  machine_.engine("dma", host_);
  EXPECT_FALSE(needs_r());
}

TEST_F(PlanNeedsTest, TheProducerCopiesWhatItMakes) {
  // A processor o without layers, the lowest beside p, copies for others there, but not for p.
  machine_.engine("dma", host_);
  machine_.parts.processors = {};
  machine_.processor("o", MemoryId{0});
  machine_.processor("p", MemoryId{0});
  machine_.processor("q", MemoryId{1});
  const Hardware hardware = machine_.build();
  const Plan plan = test::plan_of(*network_, hardware, {{}, {0}, {1}});
  EXPECT_FALSE(needs(plan, ProcessorId{0}, *network_, hardware));
}

}  // namespace
}  // namespace partita
