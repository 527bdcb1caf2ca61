// Who takes how much power and energy, worked out by hand.
#include "models/analysis/energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/models/analysis/diamond.h"

namespace partita {
namespace {

using nlohmann::json;
using test::Diamond;

constexpr ProcessorId kP0{0}, kP1{1};
constexpr MemoryId kM0{0}, kM1{1};
constexpr LinkId kLink{0};

std::vector<Series::Point> steps(std::initializer_list<std::pair<Time, std::int64_t>> list) {
  std::vector<Series::Point> points;
  for (const auto& [at, value] : list) points.push_back({at, value});
  return points;
}

template <class Change>
Diamond diamond_with(Change&& change) {
  Diamond diamond;
  HardwareParts parts = diamond.hardware->parts();
  change(parts);
  diamond.hardware.emplace(HardwareBuilder::build(std::move(parts)));
  return diamond;
}

Diamond diamond_of_memories_and_links() {
  return diamond_with([](HardwareParts& parts) {
    parts.memories[kM0].idle = Power{100};
    parts.memories[kM0].energy = EnergyPerByte{500'000};
    parts.memories[kM1].energy = EnergyPerByte{1'000'000};
    parts.links[kLink].idle = Power{200};
    parts.links[kLink].energy = EnergyPerByte{250'000};
  });
}

// 2000 B go over the link and 2000 B come back, from 11 to 13 us and from 30 to 32 us, at 1 GB/s.
//   p0    5 W x 50 us                                   250 uJ
//   p1    2 W x 35 us + 4 W x 15 us                     130 uJ
//   m0    100 mW x 50 us + 4000 B x 0.50 nJ/B             7 uJ
//   m1    4000 B x 1 nJ/B                                 4 uJ
//   link  200 mW x 50 us + 4000 B x 0.25 nJ/B            11 uJ
// Data at 1 GB/s takes 0.5, 1 and 0.25 W.
TEST(Energy, OfEachPart) {
  Diamond diamond = diamond_of_memories_and_links();
  const Consumption used = Analysis(diamond.run()).consumption;
  EXPECT_EQ(energy(used.processors[kP0]), Energy{250'000});
  EXPECT_EQ(energy(used.processors[kP1]), Energy{130'000});
  EXPECT_EQ(energy(used.memories[kM0]), Energy{7'000});
  EXPECT_EQ(energy(used.memories[kM1]), Energy{4'000});
  EXPECT_EQ(energy(used.links[kLink]), Energy{11'000});
  EXPECT_EQ(energy(used.memories), Energy{11'000});
  EXPECT_EQ(energy(used.total), Energy{402'000});
  EXPECT_EQ(average_power(used.total, 50us), Power{8'040});
  EXPECT_EQ(used.memories[kM0].power.points(),
            steps({{0us, 100}, {11us, 600}, {13us, 100}, {30us, 600}, {32us, 100}, {50us, 0}}));
  EXPECT_EQ(used.links[kLink].power.points(),
            steps({{0us, 200}, {11us, 450}, {13us, 200}, {30us, 450}, {32us, 200}, {50us, 0}}));
  // 7 W of processors (9 W from 14 to 29), 0.3 W of others, 1.75 W while data flows.
  EXPECT_EQ(used.total.power.points(), steps({{0us, 7300},
                                              {11us, 9050},
                                              {13us, 7300},
                                              {14us, 9300},
                                              {29us, 7300},
                                              {30us, 9050},
                                              {32us, 7300},
                                              {50us, 0}}));
}

TEST(Energy, OfAMeasuredRunIsThatOfTheSameBytes) {
  Diamond diamond = diamond_of_memories_and_links();
  const PlanRun simulated = diamond.run();
  diamond.timeline.origin = Origin::Measured;
  const Analysis analysis(simulated);
  EXPECT_FALSE(analysis.traffic.exact);
  EXPECT_EQ(energy(analysis.consumption.total), Energy{402'000});
}

TEST(Energy, StandsInTheJson) {
  Diamond diamond = diamond_of_memories_and_links();
  const PlanRun run = diamond.run();
  const Analysis analysis(run);
  const json out = json::parse(to_json(run, analysis, signals_of(run.hardware, analysis)));
  EXPECT_EQ(out["energy_nj"], 402'000);
  EXPECT_EQ(out["energy_by_kind_nj"],
            json::parse(R"({"processors": 380000, "memories": 11000, "links": 11000,
                            "switches": 0})"));
  EXPECT_EQ(out["memories"][1]["energy_nj"], 4'000);
  EXPECT_EQ(out["links"], json::parse(R"([{"name": "link", "energy_nj": 11000}])"));
  EXPECT_EQ(out["average_power_mw"], 8'040);
  EXPECT_EQ(out["peak_power_mw"], 9'300);
  std::set<std::string> powers;
  for (const json& series : out["series"]) {
    if (series["group"] == "power") powers.insert(series["name"]);
  }
  EXPECT_THAT(powers, testing::ElementsAre("link power", "m0 power", "m1 power", "p0 power",
                                           "p1 power", "power of the machine"));
}

// p1 is idle from 0 to 14 us and from 29 to 50 us, and busy between.
Consumed p1_that_sleeps_after(Time after, Time wake = Time{0}) {
  Diamond diamond = diamond_with([&](HardwareParts& parts) {
    parts.processors[kP1].sleep.emplace();
    parts.processors[kP1].sleep->after = after;
    parts.processors[kP1].sleep->power = Power{500};
    parts.processors[kP1].sleep->wake = wake;
  });
  return Analysis(diamond.run()).consumption.processors[kP1];
}

// Work comes when it would fall asleep. 2 W x (14 + 14) + 4 W x 15 + 0.5 W x 7 us = 119.5 uJ.
TEST(Sleep, NotWhereWorkComesAtThatInstant) {
  const Consumed p1 = p1_that_sleeps_after(14us);
  EXPECT_EQ(p1.power.points(),
            steps({{0us, 2000}, {14us, 4000}, {29us, 2000}, {43us, 500}, {50us, 0}}));
  EXPECT_EQ(energy(p1), Energy{119'500});
}

// The same but for 1.5 W x 1 ps less twice.
TEST(Sleep, APicosecondBeforeWorkComes) {
  const Consumed p1 = p1_that_sleeps_after(14us - Time{1});
  EXPECT_EQ(p1.power.points(), steps({{0us, 2000},
                                      {14us - Time{1}, 500},
                                      {14us, 4000},
                                      {29us, 2000},
                                      {43us - Time{1}, 500},
                                      {50us, 0}}));
  EXPECT_TRUE(p1.energy == Wide{119'500'000'000} - 2 * 1500);
}

// 0.5 W x 35 us + 4 W x 15 us.
TEST(Sleep, AtOnce) { EXPECT_EQ(energy(p1_that_sleeps_after(0us)), Energy{77'500}); }

// Asleep from 4 us on, it wakes from 14 to 19 and works until 34; the makespan stays.
// 2 W x (4 + 4) + 0.5 W x (10 + 12) + 4 W x 20 us = 107 uJ.
TEST(Sleep, WakingTakesThePowerOfWork) {
  const Consumed p1 = p1_that_sleeps_after(4us, 5us);
  EXPECT_EQ(p1.power.points(),
            steps({{0us, 2000}, {4us, 500}, {14us, 4000}, {34us, 2000}, {38us, 500}, {50us, 0}}));
  EXPECT_EQ(energy(p1), Energy{107'000});
}

TEST(Sleep, NeverWhereTheRunIsShorter) {
  EXPECT_EQ(energy(p1_that_sleeps_after(1000us)), Energy{130'000});
}

// a on p0 (10 us, 3000 B of its memory), 2000 B of its result to b on p1 (10 us).
struct Pair {
  explicit Pair(test::Machine machine) : hardware(machine.build()) {
    test::Graph graph;
    graph.output(graph.layer("b", {graph.layer("a", {}, Bytes{2000})}, Bytes{100}));
    network.emplace(graph.build());
    costs.emplace(test::costs_of({{10us, 10us}, {10us, 10us}}));
    costs->set(LayerId{0}, kP0, LayerCost{.time = 10us, .traffic = Bytes{3000}});
    plan.emplace(test::plan_of(*network, hardware, {{0}, {1}}));
    timeline = Evaluator(*network, hardware, *costs).run(*plan);
  }
  PlanRun run() const { return {timeline, *network, hardware, *plan, *costs}; }

  Hardware hardware;
  std::optional<Network> network;
  std::optional<CostTable> costs;
  std::optional<Plan> plan;
  Timeline timeline;
};

// The copy, by p0, takes 2 us at 1 GB/s, so all is over after 22 us. It stays within the whole,
// which it crosses once. whole: (3000 + 2000) B x 1 nJ/B; parts: what they take when idle, 0.1 W x
// 22 us, though a byte of theirs has an energy as well.
TEST(Energy, BytesOfPartsOfAMemoryAreThoseOfTheWhole) {
  test::Machine machine;
  const MemoryId whole = machine.memory("whole", Bandwidth{10'000'000'000});
  const MemoryId m0 = machine.part("m0", whole), m1 = machine.part("m1", whole);
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  machine.link("link", m0, m1, Bandwidth{1'000'000'000});
  for (MemorySpec& each : machine.parts.memories) each.energy = EnergyPerByte{1'000'000};
  machine.parts.memories[m0].idle = Power{100};
  const Pair pair(machine);
  ASSERT_EQ(pair.timeline.makespan, 22us);
  const Consumption used = Analysis(pair.run()).consumption;
  EXPECT_EQ(energy(used.memories[whole]), Energy{5'000});
  EXPECT_EQ(energy(used.memories[m0]), Energy{2'200});
  EXPECT_EQ(energy(used.memories[m1]), Energy{0});
  // 300 MB/s for a, then 1 GB/s.
  EXPECT_EQ(used.memories[whole].power.points(), steps({{0us, 300}, {10us, 1000}, {12us, 0}}));
}

// Activations are packed to half: 1000 B cross the link (1 nJ/B), 2000 B are read and written, and
// the power is half of that of the memory that they come to.
TEST(Energy, OfALinkCountsWhatCompressionLeaves) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{10'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{10'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  LinkSpec& link = machine.parts.links[machine.link("link", m0, m1, Bandwidth{1'000'000'000})];
  link.energy = EnergyPerByte{1'000'000};
  link.compression = CompressionSpec{.ratio = {1, 2, 1}, .rate = Bandwidth{10'000'000'000}};
  for (MemorySpec& each : machine.parts.memories) each.energy = EnergyPerByte{1'000'000};
  const Pair pair(machine);
  const Consumption used = Analysis(pair.run()).consumption;
  EXPECT_EQ(energy(used.links[kLink]), Energy{1'000});
  EXPECT_EQ(energy(used.memories[m0]), Energy{5'000});
  EXPECT_EQ(energy(used.memories[m1]), Energy{2'000});
  EXPECT_TRUE(used.links[kLink].power.integral(Time{0}, pair.timeline.makespan) == 1'000'000'000);
  EXPECT_EQ(used.links[kLink].power.peak() * 2, used.memories[m1].power.peak());
}

// 0.3 W x 22 us.
TEST(Energy, OfASwitchIsWhatItAlwaysTakes) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{10'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{10'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  const SwitchId node = machine.node("node");
  machine.link("l0", m0, node, Bandwidth{1'000'000'000});
  machine.link("l1", node, m1, Bandwidth{1'000'000'000});
  machine.parts.switches[node].idle = Power{300};
  const Pair pair(machine);
  ASSERT_EQ(pair.timeline.makespan, 22us);
  const Consumption used = Analysis(pair.run()).consumption;
  EXPECT_EQ(energy(used.switches[node]), Energy{6'600});
  EXPECT_EQ(energy(used.total), Energy{6'600});
}

}  // namespace
}  // namespace partita
