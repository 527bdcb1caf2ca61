#include "models/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "models/plan/resident_weights.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using test::Graph;
using test::Machine;
using test::plan_of;
using testing::ElementsAre;

constexpr Bandwidth kGigabyte{1'000'000'000};
constexpr MemoryId kM0{0}, kM1{1}, kM2{2};

// Three processors on three memories, all joined.
Machine three() {
  Machine machine;
  for (const char* number : {"0", "1", "2"}) {
    machine.processor(std::string("p") + number,
                      machine.memory(std::string("m") + number, kGigabyte));
  }
  machine.link("l01", kM0, kM1, kGigabyte);
  machine.link("l12", kM1, kM2, kGigabyte);
  machine.link("l02", kM0, kM2, kGigabyte);
  return machine;
}

std::string reason(const Network& network, const Hardware& hardware, Placement placement) {
  const auto made = make_plan(network, hardware, std::move(placement), "test");
  const auto* bad = std::get_if<BadPlan>(&made);
  return bad != nullptr ? bad->reason : "";
}

Placement placement(const std::vector<std::vector<int>>& orders, std::size_t layers) {
  Placement made{IdVector<LayerId, ProcessorId>(layers), {}};
  for (const auto& order : orders) {
    std::vector<LayerId> list;
    for (const int layer : order) {
      list.push_back(static_cast<LayerId>(layer));
      made.processor[list.back()] = static_cast<ProcessorId>(made.order.size());
    }
    made.order.push_back(list);
  }
  return made;
}

// a on m0 feeds b (m2), c (m1), d (m2), e (m0): one transfer for each other memory, first consumer
// first.
TEST(MakePlan, OneTransferForEachTensorAndMemory) {
  Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{10});
  for (const char* name : {"b", "c", "d", "e"}) graph.layer(name, {a}, Bytes{10});
  const Network network = graph.build();
  const Plan plan = plan_of(network, three().build(), {{0, 4}, {2}, {1, 3}});
  EXPECT_THAT(plan.transfers(), ElementsAre(Transfer{a, kM0, kM2}, Transfer{a, kM0, kM1}));
  EXPECT_EQ(plan.transfers_of(LayerId{0}).last, 2u);
  EXPECT_EQ(plan.transfers_of(LayerId{1}).first, plan.transfers_of(LayerId{1}).last);
}

// With a host, inputs come from there first, and outputs go there after all consumers.
TEST(MakePlan, InputsComeFromTheHostAndOutputsGoThere) {
  Graph graph;
  const TensorId x = graph.input("x", Bytes{10});
  const TensorId a = graph.layer("a", {x}, Bytes{10});
  graph.layer("b", {a}, Bytes{10});
  graph.output(a);
  const Network network = graph.build();
  Machine machine = three();
  EXPECT_TRUE(plan_of(network, machine.build(), {{}, {0, 1}, {}}).transfers().empty());
  machine.parts.host = kM0;
  const Plan plan = plan_of(network, machine.build(), {{}, {0}, {1}});
  EXPECT_THAT(plan.transfers(),
              ElementsAre(Transfer{x, kM0, kM1}, Transfer{a, kM1, kM2}, Transfer{a, kM1, kM0}));
  EXPECT_EQ(plan.input_transfers().last, 1u);
}

TEST(MakePlan, ProcessorsOnOneMemoryNeedNoTransfer) {
  Machine machine;
  const MemoryId memory = machine.memory("m", kGigabyte);
  machine.processor("p0", memory);
  machine.processor("p1", memory);
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{10})}, Bytes{10});
  EXPECT_TRUE(plan_of(graph.build(), machine.build(), {{0}, {1}}).transfers().empty());
}

TEST(MakePlan, SaysWhatIsWrongWithAPlacement) {
  Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{10});
  const TensorId b = graph.layer("b", {a}, Bytes{10});
  graph.layer("c", {b}, Bytes{10});
  const Network network = graph.build();
  const Hardware hardware = three().build();
  EXPECT_EQ(reason(network, hardware, placement({{0, 1, 2}, {}, {}}, 3)), "");
  EXPECT_EQ(reason(network, hardware, placement({{0, 1}, {}, {}}, 3)),
            "layer c is in the order of no processor");
  EXPECT_EQ(reason(network, hardware, placement({{0, 1, 2, 1}, {}, {}}, 3)),
            "layer b is twice in the order of p0");
  EXPECT_EQ(reason(network, hardware, placement({{0, 1, 2}, {}}, 3)),
            "there are orders for 2 processors, the machine has 3");
  EXPECT_EQ(reason(network, hardware, placement({{0, 1, 2}, {}, {}}, 4)),
            "4 layers are placed, the network has 3");
  Placement elsewhere = placement({{0, 1, 2}, {}, {}}, 3);
  elsewhere.processor[LayerId{1}] = ProcessorId{2};
  EXPECT_EQ(reason(network, hardware, elsewhere),
            "layer b is in the order of p0, but placed elsewhere");
  Placement unknown = placement({{0, 1, 2}, {}, {}}, 3);
  unknown.order[ProcessorId{1}].push_back(LayerId{7});
  EXPECT_EQ(reason(network, hardware, unknown),
            "the order of p1 names layer number 7, the network has 3");
}

TEST(MakePlan, LayersThatWaitForEachOtherAreNamed) {
  Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{10});
  graph.layer("b", {a}, Bytes{10});
  const TensorId c = graph.layer("c", {}, Bytes{10});
  graph.layer("d", {c}, Bytes{10});
  const Network network = graph.build();
  const Hardware hardware = three().build();
  // b waits for a, which p1 runs after d, which waits for c, which p0 runs after b.
  EXPECT_EQ(reason(network, hardware, placement({{1, 2}, {3, 0}, {}}, 4)),
            "layers a, b, c, d wait for each other");
  EXPECT_EQ(reason(network, hardware, placement({{1, 0}, {2, 3}, {}}, 4)),
            "layers a, b wait for each other");
}

TEST(MakePlan, AMissingRouteIsNamedUnlessTheTensorNeedsNone) {
  Machine machine;
  machine.processor("p0", machine.memory("m0", kGigabyte));
  machine.processor("p1", machine.memory("m1", kGigabyte));
  Graph graph, given;
  graph.layer("b", {graph.layer("a", {}, Bytes{10})}, Bytes{10});
  given.layer("b", {given.layer_sent_in(1us, "a", {}, Bytes{10})}, Bytes{10});
  EXPECT_EQ(reason(graph.build(), machine.build(), placement({{0}, {1}}, 2)),
            "no route from m0 to m1 for tensor a");
  EXPECT_EQ(reason(given.build(), machine.build(), placement({{0}, {1}}, 2)), "");
}

// Three switches in a circle, each of which lets through only what enters or leaves by the link to
// the next: everything goes around, and nothing comes down again.
TEST(MakePlan, ACircleOfSwitchesWithoutAWayOutIsNoRoute) {
  Machine machine;
  std::vector<SwitchId> nodes;
  for (const char* number : {"0", "1", "2"}) {
    const MemoryId memory = machine.memory(std::string("m") + number, kGigabyte);
    machine.processor(std::string("p") + number, memory);
    nodes.push_back(machine.node(std::string("s") + number));
    machine.link(std::string("l") + number, memory, nodes.back(), kGigabyte);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    SwitchSpec& node = machine.parts.switches[nodes[i]];
    node.upstream =
        machine.link("ring" + std::to_string(i), nodes[i], nodes[(i + 1) % 3], kGigabyte);
    node.peer_to_peer = false;
  }
  Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{10})}, Bytes{10});
  EXPECT_EQ(reason(graph.build(), machine.build(), placement({{0}, {1}, {}}, 2)),
            "no route from m0 to m1 for tensor a");
}

// w is read by two layers in m0 and by one in m1, v by one in m1: 100, and 100 + 30.
TEST(ResidentWeights, CountEachWeightOnceInEachMemory) {
  Graph graph;
  const TensorId w = graph.weight("w", Bytes{100}), v = graph.weight("v", Bytes{30});
  for (const char* name : {"a", "b", "c"}) graph.layer(name, {w}, Bytes{10});
  graph.layer("d", {v}, Bytes{10});
  const Network network = graph.build();
  const Plan plan = plan_of(network, three().build(), {{0, 1}, {2, 3}, {}});
  EXPECT_THAT(resident_weights(network, three().build(), plan),
              ElementsAre(Bytes{100}, Bytes{130}, Bytes{0}));
  Machine machine = three();
  machine.parts.memories[kM1].capacity = Bytes{130};
  EXPECT_EQ(exceeded_by_weights(network, machine.build(), plan), "");
  machine.parts.memories[kM1].capacity = Bytes{129};
  EXPECT_EQ(exceeded_by_weights(network, machine.build(), plan),
            "the weights of memory m1 need 130 B, 1 B more than its 129 B");
}

// The circle that is named is one; whatever is refused otherwise is refused by a search for an
// order, too.
TEST(MakePlan, RefusesExactlyTheOrdersThatCannotRun) {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    test::CaseOptions options;
    options.max_layers = 8;
    options.max_processors = 3;
    const Network network = test::random_network(seed, options);
    const Hardware hardware = test::random_hardware(seed, options);
    Placement shuffled = test::random_placement(seed, network, hardware);
    for (auto& order : shuffled.order) {
      if (order.size() > 1 && seed % 2 == 0) std::swap(order.front(), order.back());
    }
    // Plain search: run whatever can run.
    std::set<LayerId> done;
    IdVector<ProcessorId, std::size_t> next(shuffled.order.size(), 0);
    for (bool progress = true; progress;) {
      progress = false;
      for (const ProcessorId p : ids<ProcessorId>(shuffled.order.size())) {
        if (next[p] == shuffled.order[p].size()) continue;
        const LayerId layer = shuffled.order[p][next[p]];
        const auto& before = network.predecessors(layer);
        if (!std::all_of(before.begin(), before.end(),
                         [&](LayerId id) { return done.count(id) > 0; })) {
          continue;
        }
        done.insert(layer);
        ++next[p];
        progress = true;
      }
    }
    const bool runs = done.size() == network.layer_count();
    refused += runs ? 0 : 1;
    EXPECT_EQ(reason(network, hardware, shuffled).empty(), runs) << "seed " << seed;
  }
  EXPECT_GT(refused, 30);
}

TEST(TransferOrder, ReordersWithinAProducer) {
  Graph graph;
  const TensorId a = graph.layer("a", {}, Bytes{10});
  const TensorId b = graph.layer("b", {}, Bytes{10});
  graph.layer("c", {a, b}, Bytes{10});
  graph.layer("d", {a, b}, Bytes{10});
  const Network network = graph.build();
  const Plan plan = plan_of(network, three().build(), {{0, 1}, {2}, {3}});
  const Transfer a1{a, kM0, kM1}, a2{a, kM0, kM2}, b1{b, kM0, kM1}, b2{b, kM0, kM2};
  EXPECT_THAT(plan.transfers(), ElementsAre(a1, a2, b1, b2));
  const Plan reordered = with_transfer_order(network, plan, {b2, b1, a2, a1});
  EXPECT_THAT(reordered.transfers(), ElementsAre(a2, a1, b2, b1));
}

TEST(Placements, AllOnOneAndOrderedByRank) {
  Graph graph;
  for (const char* name : {"a", "b", "c"}) graph.layer(name, {}, Bytes{10});
  const Network network = graph.build();
  const Placement all = all_on(network, three().build(), ProcessorId{1});
  EXPECT_THAT(all.order[ProcessorId{1}], ElementsAre(LayerId{0}, LayerId{1}, LayerId{2}));
  const Placement ordered = ordered_by({ProcessorId{0}, ProcessorId{1}, ProcessorId{0}}, 3,
                                       IdVector<LayerId, double>{2, 1, 1});
  EXPECT_THAT(ordered.order[ProcessorId{0}], ElementsAre(LayerId{2}, LayerId{0}));
  EXPECT_THAT(ordered.order[ProcessorId{1}], ElementsAre(LayerId{1}));
}

}  // namespace
}  // namespace partita
