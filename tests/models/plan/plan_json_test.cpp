#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/plan/plan.h"
#include "models/plan/plan_pack.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"
#include "tests/support/random_collectives.h"
#include "tests/support/text_file.h"

namespace partita {
namespace {

using test::complaint;
using test::Graph;
using test::Machine;
using test::plan_of;
using test::TextFile;

class PlanJson : public testing::Test {
 protected:
  PlanJson() {
    Machine machine;
    const MemoryId m0 = machine.memory("dram", Bandwidth{1'000'000'000});
    const MemoryId m1 = machine.memory("hbm0", Bandwidth{1'000'000'000});
    machine.processor("cpu0", m0);
    machine.processor("gpu0", m1);
    machine.link("pcie", m0, m1, Bandwidth{1'000'000'000});
    hardware.emplace(machine.build());
    Graph graph;
    const TensorId a = graph.layer("a", {}, Bytes{10});
    const TensorId b = graph.layer("b", {}, Bytes{10});
    graph.layer("c", {a, b}, Bytes{10});
    network.emplace(graph.build());
  }

  std::string errors(const std::string& text) const {
    const TextFile file("plan.json", text);
    return complaint(file, [&](const std::string& path) { load_plan(path, *network, *hardware); });
  }

  std::optional<Network> network;
  std::optional<Hardware> hardware;
};

TEST_F(PlanJson, IsReadAsItIsWritten) {
  const Plan plan = plan_of(*network, *hardware, {{0, 1}, {2}});
  const std::string expected = R"({
 "plan": 1,
 "network": "graph",
 "machine": "machine",
 "method": "test",
 "orders": {
  "cpu0": [
   "a",
   "b"
  ],
  "gpu0": [
   "c"
  ]
 },
 "transfers": [
  {
   "tensor": "a",
   "from": "dram",
   "to": "hbm0"
  },
  {
   "tensor": "b",
   "from": "dram",
   "to": "hbm0"
  }
 ]
}
)";
  EXPECT_EQ(to_json(plan, *network, *hardware), expected);
  const TextFile file("plan.json", expected);
  EXPECT_EQ(to_json(load_plan(file.path(), *network, *hardware), *network, *hardware), expected);
}

TEST(PlanCollectives, AreReadAndUnpackedAsTheyWere) {
  std::size_t in_steps = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Hardware hardware = test::random_hardware(seed);
    const Network network = test::random_collectives(seed);
    const Plan plan = test::with_random_choices(seed, network, hardware,
                                                test::random_plan(seed, network, hardware));
    in_steps += plan.collectives().size();
    const TextFile file("plan.json", to_json(plan, network, hardware));
    EXPECT_EQ(load_plan(file.path(), network, hardware).collectives(), plan.collectives());
    std::vector<std::uint32_t> words;
    pack(plan, words);
    std::span<const std::uint32_t> left(words);
    EXPECT_EQ(unpack_plan(left).collectives(), plan.collectives());
    EXPECT_TRUE(left.empty());
  }
  EXPECT_GT(in_steps, 40u);
}

TEST_F(PlanJson, TransfersMayHavePriorities) {
  const TextFile file("plan.json",
                      R"({"plan": 1, "network": "graph", "method": "mine",
                          "orders": {"gpu0": ["c"], "cpu0": ["b", "a"]}})");
  const Plan plain = load_plan(file.path(), *network, *hardware);
  std::vector<Transfer> wanted = plain.transfers();
  wanted[1].priority = 7;
  const Plan plan = with_transfer_order(*network, plain, wanted);
  EXPECT_EQ(plan.transfers(), wanted);
  const std::string text = to_json(plan, *network, *hardware);
  const TextFile written("plan.json", text);
  EXPECT_EQ(load_plan(written.path(), *network, *hardware).transfers(), wanted);
  std::vector<std::uint32_t> words;
  pack(plan, words);
  std::span<const std::uint32_t> left(words);
  EXPECT_EQ(unpack_plan(left).transfers(), wanted);

  const TextFile bad("plan.json",
                     text.substr(0, text.find(": 7")) + ": 8" + text.substr(text.find(": 7") + 3));
  try {
    load_plan(bad.path(), *network, *hardware);
    FAIL() << "a priority of 8 was accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("priority: 8 is not between 0 and 7"));
  }
}

// a is read by c and d on gpu0, w by c, from dram, the host's memory.
struct ReadInPlaceJson : testing::Test {
  ReadInPlaceJson() {
    Machine machine;
    const MemoryId m0 = machine.memory("dram", Bandwidth{1'000'000'000});
    const MemoryId m1 = machine.memory("hbm0", Bandwidth{1'000'000'000});
    const MemoryId m2 = machine.memory("hbm1", Bandwidth{1'000'000'000});
    machine.processor("cpu0", m0);
    machine.processor("gpu0", m1);
    machine.processor("gpu1", m2);
    machine.link("c2c", m0, m1, Bandwidth{1'000'000'000});
    machine.link("pcie", m0, m2, Bandwidth{1'000'000'000});
    machine.parts.links[LinkId{0}].load_store = true;
    machine.parts.host = m0;
    hardware.emplace(machine.build());
    Graph graph;
    const TensorId w = graph.weight("w", Bytes{10});
    const TensorId a = graph.layer("a", {}, Bytes{10});
    const TensorId c = graph.layer("c", {a, w}, Bytes{10});
    graph.output(c);
    graph.layer("d", {a}, Bytes{10});
    graph.layer("e", {a, c}, Bytes{10});
    graph.layer("g", {graph.layer_sent_in(Time{1}, "f", {}, Bytes{10})}, Bytes{10});
    network.emplace(graph.build());
  }
  std::string with(const std::string& in_place) const {
    return R"({"plan": 1, "network": "graph", "method": "mine",
 "orders": {"cpu0": ["a", "f"], "gpu0": ["c", "d", "g"], "gpu1": ["e"]},
 "in_place": [)" +
           in_place + "]}";
  }

  std::optional<Network> network;
  std::optional<Hardware> hardware;
};

TEST_F(ReadInPlaceJson, TakesTheTransfersAway) {
  const TextFile file("plan.json", with(R"({"tensor": "w", "memory": "hbm0"},
 {"tensor": "a", "memory": "hbm0"})"));
  const Plan plan = load_plan(file.path(), *network, *hardware);
  const MemoryId dram{0}, hbm0{1}, hbm1{2};
  const TensorId w{0}, a{1};
  EXPECT_EQ(plan.in_place(), (std::vector<InPlace>{{w, hbm0, dram}, {a, hbm0, dram}}));
  EXPECT_EQ(plan.read_from(a, hbm0), dram);
  EXPECT_EQ(plan.read_from(a, hbm1), hbm1);
  for (const Transfer& each : plan.transfers()) {
    EXPECT_FALSE(each.tensor == a && each.dst == hbm0);
  }
  EXPECT_EQ(plan.transfers_of(LayerId{0}).last - plan.transfers_of(LayerId{0}).first, 1u);
  const std::string text = to_json(plan, *network, *hardware);
  const TextFile written("plan.json", text);
  const Plan again = load_plan(written.path(), *network, *hardware);
  EXPECT_EQ(again.in_place(), plan.in_place());
  EXPECT_EQ(again.transfers(), plan.transfers());
  std::vector<std::uint32_t> words;
  pack(plan, words);
  std::span<const std::uint32_t> left(words);
  EXPECT_EQ(unpack_plan(left).in_place(), plan.in_place());
  // Sent again, it stands behind what is sent anyway.
  const Plan sent = std::get<Plan>(with_reads_in_place(*network, *hardware, plan, {}));
  EXPECT_EQ(sent.transfers().size(), plan.transfers().size() + 1);
  EXPECT_EQ(sent.transfers()[0].dst, hbm1);
  EXPECT_EQ(sent.transfers()[1].dst, hbm0);
}

TEST_F(ReadInPlaceJson, OnlyWhereThatCanBe) {
  const TextFile file("plan.json", with(R"({"tensor": "a", "memory": "hbm0"},
 {"tensor": "a", "memory": "hbm0"},
 {"tensor": "a", "memory": "hbm1"},
 {"tensor": "a", "memory": "dram"},
 {"tensor": "c", "memory": "hbm0"},
 {"tensor": "f", "memory": "hbm0"},
 {"tensor": "q", "memory": "hbm0"},
 {"tensor": "a", "memory": "hbm"})"));
  EXPECT_EQ(
      complaint(file, [&](const std::string& path) { load_plan(path, *network, *hardware); }),
      "plan.json:4:2: error: the reads of 'a' on 'hbm0' stand twice (first at line 3)\n"
      "plan.json:5:2: error: tensor a cannot be read in place: not all links from dram to hbm1 "
      "have load_store\n"
      "plan.json:6:2: error: no layer on dram reads tensor a\n"
      "plan.json:7:2: error: no layer on hbm0 reads tensor c\n"
      "plan.json:8:2: error: the network gives the time in which tensor f is sent, so it cannot be "
      "read in place\n"
      "plan.json:9:13: error: the network 'graph' has no tensor 'q'\n"
      "plan.json:10:28: error: the machine 'machine' has no memory 'hbm': did you mean 'hbm0'?");
}

TEST_F(PlanJson, TransfersMayBeLeftOut) {
  const TextFile file("plan.json",
                      R"({"plan": 1, "network": "graph", "method": "mine",
                          "orders": {"gpu0": ["c"], "cpu0": ["b", "a"]}})");
  const Plan plan = load_plan(file.path(), *network, *hardware);
  EXPECT_EQ(plan.transfers().size(), 2u);
  EXPECT_EQ(plan.method(), "mine");
  EXPECT_EQ(plan.order(ProcessorId{0}), (std::vector{LayerId{1}, LayerId{0}}));
}

TEST_F(PlanJson, EveryMistakeIsReportedWithItsPlace) {
  EXPECT_EQ(errors(R"({"plan": 2,
 "network": "other",
 "method": "x",
 "colour": "red",
 "orders": {"cpu0": ["a", "a", "z"],
            "gpu": ["b"]}})"),
            "plan.json:1:10: error: plan: version 2 is written here, this program reads 1\n"
            "plan.json:2:13: error: the plan is for network 'other', but the network given is "
            "'graph'\n"
            "plan.json:4:2: error: unknown key 'colour' (known: plan, network, machine, method, "
            "orders, transfers, in_place, collectives)\n"
            "plan.json:5:12: error: layer 'c' is in the order of no processor\n"
            "plan.json:5:27: error: layer 'a' is placed twice (first at line 5)\n"
            "plan.json:5:32: error: the network 'graph' has no layer 'z': did you mean 'a'?\n"
            "plan.json:6:20: error: the machine 'machine' has no processor 'gpu': did you mean "
            "'gpu0'?");
}

TEST_F(PlanJson, TransfersMustBeThoseOfThePlacement) {
  EXPECT_EQ(errors(R"({"plan": 1, "network": "graph", "method": "x",
 "orders": {"cpu0": ["a", "b"], "gpu0": ["c"]},
 "transfers": [{"tensor": "a", "from": "dram", "to": "hbm0"},
               {"tensor": "a", "from": "dram", "to": "hbm0"},
               {"tensor": "c", "from": "hbm0", "to": "dram"},
               {"tensor": "q", "from": "dram", "to": "hbm"}]})"),
            "plan.json:3:15: error: the placement needs a transfer of 'b' from 'dram' to 'hbm0'\n"
            "plan.json:4:16: error: the transfer of 'a' to 'hbm0' stands twice (first at line 3)\n"
            "plan.json:5:16: error: the placement needs no transfer of 'c' from 'hbm0' to 'dram'\n"
            "plan.json:6:27: error: the network 'graph' has no tensor 'q'\n"
            "plan.json:6:54: error: the machine 'machine' has no memory 'hbm': did you mean "
            "'hbm0'?");
}

TEST_F(PlanJson, APlacementThatCannotRunIsRefused) {
  EXPECT_EQ(errors(R"({"plan": 1, "network": "graph", "method": "x",
 "orders": {"cpu0": ["c", "a", "b"]}})"),
            "plan.json:1:1: error: this is no plan: layers a, c wait for each other");
}

TEST_F(PlanJson, WrongKindsOfValuesAreReported) {
  EXPECT_EQ(errors("[1, 2]").substr(0, 21), "plan.json:1:1: error:");
  EXPECT_NE(errors(R"({"plan": 1, "network": "graph", "method": "x", "orders": ["a"]})"), "");
  EXPECT_NE(errors(R"({"plan": 1, "network": "graph", "method": "x", "orders": {"cpu0": "a"}})"),
            "");
  EXPECT_NE(
      errors(R"({"plan": 1, "network": "graph", "method": "x", "orders": {"cpu0": [["a"]]}})"), "");
}

TEST_F(PlanJson, RandomPlansSurviveTheirFiles) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Network random = test::random_network(seed);
    const Hardware machine = test::random_hardware(seed);
    const Plan plan = test::random_plan(seed, random, machine);
    const std::string text = to_json(plan, random, machine);
    const TextFile file("plan.json", text);
    const Plan again = load_plan(file.path(), random, machine);
    EXPECT_EQ(again.transfers(), plan.transfers());
    EXPECT_EQ(again.placement().order, plan.placement().order);
    EXPECT_EQ(to_json(again, random, machine), text);
  }
}

}  // namespace
}  // namespace partita
