// Collectives on equal links, against hand arithmetic. A transfer of n bytes over two links of the
// machine takes 100 ns of set-up + n at 1 GB/s + 20 ns; an operand is 1000 elements, 4000 B.
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/models/collectives/equal_links.h"

namespace partita {
namespace {

using namespace std::chrono_literals;
using test::OneCollective;

Time makespan(const OneCollective& one, const CollectiveChoice& choice, bool multicast = false) {
  HardwareParts parts = test::equal_links(4).parts();
  parts.switches[SwitchId{0}].multicast = multicast;
  const Hardware hardware = HardwareBuilder::build(std::move(parts));
  const Expanded made = test::expanded(one, hardware, choice);
  return Evaluator(made.network, made.hardware, made.costs).run(made.plan).makespan;
}

// x takes 50 + 1 ns, the kernel starts in 50 ns and 1 ps, and in the end 1 ps is for the kernel and
// 50 + 1 ns for y.
constexpr Time kBefore = 101ns + 1_ps, kAfter = 51ns + 1_ps;

TEST(CollectiveTimes, RingAllReduce) {
  // Four blocks of 1000 B. Three steps of sending one (1120 ns) and adding it up: 3000 B at 1 TB/s,
  // 3 ns. Then three steps of sending; two of them wait 1 ps for who passes on.
  const Time reduce = 3 * (1120ns + 3ns), gather = 3 * 1120ns + 2 * 1_ps;
  EXPECT_EQ(makespan({.kind = OpKind::AllReduce}, {CollectiveAlgorithm::Ring}),
            kBefore + reduce + gather + kAfter);
}

TEST(CollectiveTimes, RingOfTwo) {
  // Two blocks of 2000 B: one step each way of 2120 ns, and 6 ns of adding up.
  EXPECT_EQ(makespan({.kind = OpKind::AllReduce, .ranks = 2}, {CollectiveAlgorithm::Ring}),
            kBefore + 2120ns + 6ns + 2120ns + kAfter);
}

TEST(CollectiveTimes, DirectAllReduce) {
  // Everybody sends three blocks of 1000 B one behind the other, to another participant each: the
  // last has arrived after 3 x 1100 + 20 ns. Adding up 4 parts into one: 5000 B, 5 ns. The same way
  // back.
  EXPECT_EQ(makespan({.kind = OpKind::AllReduce}, {CollectiveAlgorithm::Direct}),
            kBefore + 3320ns + 5ns + 3320ns + kAfter);
}

TEST(CollectiveTimes, AllReduceInTheSwitch) {
  // Up: 100 + 4000 ns, and one link of 10 ns. 16,000 B of operands at 1 TB/s: 16 ns. Down, without
  // set-up: 4000 + 10 ns.
  EXPECT_EQ(makespan({.kind = OpKind::AllReduce}, {CollectiveAlgorithm::InSwitch}),
            kBefore + 4110ns + 16ns + 4010ns + kAfter);
}

TEST(CollectiveTimes, PiecesGoUpAndDownAtOnce) {
  // Four pieces of 1000 B: the last is up after 4 x 1100 + 10 ns; it is added up in 4 ns and comes
  // down in 1000 + 10 ns, when the one before it has long arrived.
  EXPECT_EQ(makespan({.kind = OpKind::AllReduce}, {CollectiveAlgorithm::InSwitch, 4}),
            kBefore + 4410ns + 4ns + 1010ns + kAfter);
}

TEST(CollectiveTimes, TreeBroadcast) {
  // p0 sends to p1, then to p2: there after 4120 and 2 x 4100 + 20 = 8220 ns. p1 passes on (1 ps)
  // to p3: there after 2 x 4120 ns.
  EXPECT_EQ(makespan({.kind = OpKind::Broadcast}, {CollectiveAlgorithm::Tree}),
            kBefore + 2 * 4120ns + 1_ps + kAfter);
}

TEST(CollectiveTimes, RingBroadcastIsAPipeline) {
  // Four pieces of 1000 B along three links: the last leaves p0 after 4 x 1100 ns, and needs 20 ns,
  // and twice 1 ps and 1120 ns, to p3. y3 needs all.
  EXPECT_EQ(makespan({.kind = OpKind::Broadcast}, {CollectiveAlgorithm::Ring, 4}),
            kBefore + 4420ns + 2 * (1120ns + 1_ps) + kAfter);
}

TEST(CollectiveTimes, AMulticastIsABroadcast) {
  // One copy for all; without it three one behind the other.
  const CollectiveChoice direct{CollectiveAlgorithm::Direct};
  EXPECT_EQ(makespan({.kind = OpKind::Broadcast}, direct, true), kBefore + 4120ns + kAfter);
  EXPECT_EQ(makespan({.kind = OpKind::Broadcast}, direct), kBefore + 2 * 4100ns + 4120ns + kAfter);
}

TEST(CollectiveTimes, AllGatherWithMulticast) {
  // Each sends 4000 B once, and receives three such at once, over a link that is the narrowest of
  // all: 12,000 ns, and 1 ps since a third of its rate is rounded down. A ring takes no less.
  EXPECT_EQ(makespan({.kind = OpKind::AllGather}, {CollectiveAlgorithm::Direct}, true),
            kBefore + 12'120ns + 1_ps + kAfter);
}

TEST(CollectiveTimes, RingAllGather) {
  // Operands of 4000 B go around: three steps of 4120 ns, two of them passed on.
  EXPECT_EQ(makespan({.kind = OpKind::AllGather}, {CollectiveAlgorithm::Ring}),
            kBefore + 3 * 4120ns + 2 * 1_ps + kAfter);
}

TEST(CollectiveTimes, RingReduceScatter) {
  EXPECT_EQ(makespan({.kind = OpKind::ReduceScatter}, {CollectiveAlgorithm::Ring}),
            kBefore + 3 * (1120ns + 3ns) + kAfter);
}

TEST(CollectiveTimes, AllToAll) {
  // Three quarters of 1000 B, one behind the other, each to another participant.
  EXPECT_EQ(makespan({.kind = OpKind::AllToAll}, {CollectiveAlgorithm::Direct}),
            kBefore + 3320ns + kAfter);
}

TEST(CollectiveTimes, DirectGather) {
  // Three operands of 4000 B over p0's link at once, and 1 ps since a third of its rate is rounded
  // down.
  EXPECT_EQ(makespan({.kind = OpKind::GatherToOne}, {CollectiveAlgorithm::Direct}),
            kBefore + 12'120ns + 1_ps + kAfter);
}

TEST(CollectiveTimes, RingGatherIsAPipeline) {
  // p3 sends its own operand, then p2's and p1's, which it passes on as they come.
  EXPECT_EQ(makespan({.kind = OpKind::GatherToOne}, {CollectiveAlgorithm::Ring}),
            kBefore + 3 * 4120ns + 2 * 1_ps + kAfter);
}

TEST(CollectiveTimes, TreeGather) {
  // p2 and p3 send theirs to p0, whose link they share: until 100 + 8000 ns. p1's, which p3 has by
  // then, follows: set up until 8200, sent until 12,200 ns.
  EXPECT_EQ(makespan({.kind = OpKind::GatherToOne}, {CollectiveAlgorithm::Tree}),
            kBefore + 12'220ns + kAfter);
}

TEST(CollectiveTimes, DirectScatter) {
  // Three parts of 1000 B from one engine: 3 x 1100 + 20 ns.
  EXPECT_EQ(makespan({.kind = OpKind::ScatterFromOne}, {CollectiveAlgorithm::Direct}),
            kBefore + 3320ns + kAfter);
}

TEST(CollectiveTimes, RingScatterSendsTheFarthestPartFirst) {
  // p3's part takes three steps, and is passed on twice; p2's and p1's come behind it.
  EXPECT_EQ(makespan({.kind = OpKind::ScatterFromOne}, {CollectiveAlgorithm::Ring}),
            kBefore + 3 * 1120ns + 2 * 1_ps + kAfter);
}

TEST(CollectiveTimes, WithoutStepsItIsALayer) {
  // Three operands of 4000 B to p0, over its link at once: 100 + 3 x 4000 + 20 ns, and 1 ps since a
  // third of the link's rate is rounded down. 50 + 1 ns there.
  // Back from one engine: the last after 3 x 4100 + 20 ns.
  const OneCollective one{.kind = OpKind::AllReduce};
  const Hardware hardware = test::equal_links(4);
  const Network network = test::network_of(one);
  const CostTable costs = test::costs_of_1ns(network, hardware);
  const Plan plan = test::plan_of(one, network, hardware, {});
  EXPECT_TRUE(plan.collectives().empty());
  EXPECT_EQ(Evaluator(network, hardware, costs).run(plan).makespan,
            51ns + 12'120ns + 1_ps + 51ns + 12'320ns + 51ns);
}

}  // namespace
}  // namespace partita
