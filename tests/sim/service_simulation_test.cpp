// A service in simulated time, with numbers that can be worked out by hand: layers take 2 us, and
// weights of 1000 B go over a link of 1 GB/s.
#include "sim/service_simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

using test::costs_of;
using test::plan_of;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Bandwidth kWide{100'000'000'000}, kGigabyte{1'000'000'000};
constexpr Bytes kKilobyte{1000};

// Does what the test says, when the processor is lost, back, or read to be slow.
class Scripted : public Policy {
 public:
  explicit Scripted(std::vector<std::shared_ptr<const Configuration>> configurations)
      : all_(std::move(configurations)) {}

  std::shared_ptr<const Configuration> first() override { return all_.front(); }
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading>) override {
    for (const LayerReading& each : layers) {
      readings.push_back(each.measured);
      if (each.measured > 3us) want_ = 1;
    }
    looks.push_back(now);
  }
  void others(Time now, std::span<const LoadReading> loads) override {
    for (const LoadReading& each : loads) shares.emplace_back(now, each.share);
  }
  void arrived(Time, std::uint32_t) override {}
  void answered(Time, Time) override {}
  void lost(Time now, ProcessorId) override { want_ = 1, told.push_back(now); }
  void back(Time now, ProcessorId) override { want_ = 0, told.push_back(now); }
  Decision decide(const Situation& situation) override {
    const auto& wanted = situation.wanted ? situation.wanted : situation.in_force;
    if (all_[want_] == wanted) return Stay{"as told"};
    return Switch{all_[want_], "as told"};
  }
  std::shared_ptr<const Plan> plan_for(Time, std::uint32_t) override { return nullptr; }

  std::vector<Time> readings, looks, told;
  std::vector<std::pair<Time, double>> shares;

 private:
  std::vector<std::shared_ptr<const Configuration>> all_;
  std::size_t want_ = 0;
};

// Two layers with a weight each. Two processors, whose memories a link joins; an engine copies.
class ServiceSimulation : public testing::Test {
 protected:
  ServiceSimulation() {
    const MemoryId m0 = machine_.memory("m0", kWide), m1 = machine_.memory("m1", kWide);
    machine_.processor("p0", m0);
    machine_.processor("p1", m1);
    machine_.link("link", m0, m1, kGigabyte);
    machine_.engine("dma0", m0);
    machine_.engine("dma1", m1);
    test::Graph graph;
    const TensorId input = graph.input("in", Bytes{8});
    const TensorId first = graph.layer("a", {input, graph.weight("wa", kKilobyte)}, Bytes{8});
    graph.output(graph.layer("b", {first, graph.weight("wb", kKilobyte)}, Bytes{8}));
    network_ = std::make_unique<Network>(graph.build());
  }
  void load(LoadEffect effect, Time from, std::optional<Time> until = std::nullopt) {
    const std::string name = "load" + std::to_string(machine_.parts.load.size());
    machine_.parts.load.push_back({name, effect, from, until, std::nullopt, {}});
  }
  std::shared_ptr<const Configuration> configuration(const std::string& name,
                                                     const std::vector<std::vector<int>>& orders) {
    return std::make_shared<Configuration>(Configuration{
        name, {std::make_shared<Plan>(plan_of(*network_, machine_.build(), orders))}, {}});
  }

  // All on p0, at need all on p1. Everything is done once more in the plain evaluator.
  sim::SimulatedService run(std::vector<Time> arrivals, sim::ServiceSetting setting = {}) {
    const Hardware hardware = machine_.build();
    std::vector<ScenarioRequest> requests;
    for (const Time arrival : arrivals) requests.push_back({arrival, 0, 0});
    setting.requests = requests;
    setting.expected = &costs_;
    policy_ = std::make_unique<Scripted>(
        std::vector{configuration("on p0", {{0, 1}, {}}), configuration("on p1", {{}, {0, 1}})});
    sim::Simulator simulator(*network_, hardware, costs_);
    sim::SimulatedService found =
        sim::simulate_service(simulator, *network_, hardware, setting, *policy_);
    HardwareParts parts = hardware.parts();
    for (const LoadSpec& each : found.directed.slowed) parts.load.push_back(each);
    const Hardware as_it_was = HardwareBuilder::build(std::move(parts));
    Evaluator evaluator(*network_, as_it_was, costs_);
    EXPECT_EQ(evaluator.run(found.directed.workload), found.directed.record);
    return found;
  }
  static std::vector<Time> answers(const sim::SimulatedService& of) {
    std::vector<Time> times;
    for (const RequestRecord& each : of.service.requests) times.push_back(each.answered);
    return times;
  }

  test::Machine machine_;
  std::unique_ptr<Network> network_;
  CostTable costs_ = costs_of({{2us, 2us}, {2us, 2us}});
  std::unique_ptr<Scripted> policy_;
};

TEST_F(ServiceSimulation, RequestsWaitForEachOther) {
  const auto of = run({Time{0}, 1us, 2us});
  EXPECT_THAT(answers(of), ElementsAre(4us, 8us, 12us));
  EXPECT_THAT(of.service.relocations, IsEmpty());
  // Two layers of each request.
  EXPECT_THAT(policy_->readings, ElementsAre(2us, 2us, 2us, 2us, 2us, 2us));
}

TEST_F(ServiceSimulation, TwoInFlightShareTheProcessor) {
  sim::ServiceSetting setting;
  setting.service.in_flight = 2;
  // a of the first until 2; then its b, the older request first, until 4; a and b of the second.
  EXPECT_THAT(answers(run({Time{0}, Time{0}}, setting)), ElementsAre(4us, 8us));
}

TEST_F(ServiceSimulation, AFullQueueTurnsAway) {
  sim::ServiceSetting setting;
  setting.service.queue = 1;
  const auto of = run({Time{0}, 1us, 2us}, setting);
  EXPECT_TRUE(of.service.requests[2].shed);
  EXPECT_FALSE(of.service.requests[1].shed);
}

// Half of p1 from 3 us on, for 4 us, and from 5 us on half of what is left: a monitor that looks every 2
// us sees it at 4, 6 and 8. Nobody need be there.
TEST_F(ServiceSimulation, AMonitorSeesWhatOthersUse) {
  load(BusyShare{ProcessorId{1}, 0.5}, 3us, 7us);
  load(BusyShare{ProcessorId{1}, 0.5}, 5us);
  sim::ServiceSetting setting;
  setting.monitor_every = 2us;
  run({Time{0}, 10us}, setting);
  EXPECT_THAT(policy_->shares, ElementsAre(std::pair{Time{4us}, 0.5}, std::pair{Time{6us}, 0.75},
                                           std::pair{Time{8us}, 0.5}));
}

// Lost at 1 us: both weights go to m1 one after the other, until 3 us; then a and b run there.
TEST_F(ServiceSimulation, SurvivorsTakeOverWhenTheirWeightsHaveCome) {
  load(Lost{ProcessorId{0}}, 1us);
  const auto of = run({Time{0}});
  EXPECT_THAT(answers(of), ElementsAre(7us));
  EXPECT_EQ(of.service.requests[0].attempts, 2U);
  // The moves; then what p0 had is dropped.
  ASSERT_EQ(of.service.relocations.size(), 2U);
  EXPECT_EQ(of.service.relocations[1].bytes, Bytes{});
  EXPECT_EQ(of.service.relocations[0].bytes, kKilobyte * 2);
  EXPECT_EQ(of.service.relocations[0].asked, 1us);
  EXPECT_EQ(of.service.relocations[0].done, 3us);
}

TEST_F(ServiceSimulation, AMonitorThatLooksNowAndThenSeesALossLater) {
  load(Lost{ProcessorId{0}}, 1us);
  sim::ServiceSetting setting;
  setting.monitor_every = setting.service.monitor_every = 5us;
  const auto of = run({Time{0}}, setting);
  EXPECT_THAT(policy_->told, ElementsAre(5us));
  EXPECT_THAT(answers(of), ElementsAre(11us));
}

// From 4 us on layers take 4 us: the second request's. It is known at 12 us, when the third begins
// on p0, until 20 us; the fourth waits for it, and runs on p1.
TEST_F(ServiceSimulation, AnOldConfigurationServesUntilTheNewOneIsReady) {
  load(SlowedDown{ProcessorId{0}, 2}, 4us);
  const auto of = run({Time{0}, 4us, 12us, 19us});
  EXPECT_THAT(answers(of), ElementsAre(4us, 12us, 20us, 24us));
  EXPECT_EQ(of.service.relocations[0].asked, 12us);
}

TEST_F(ServiceSimulation, AnAdversarySlowsDownWhatIsInForce) {
  sim::ServiceSetting setting;
  setting.adversary = Adversary{3, 5us};
  const auto of = run({Time{0}, 10us, 30us, 60us}, setting);
  // p0 from 5 us on, p1 from 5 us after the switch on, and p0 is well again then.
  ASSERT_GE(of.directed.slowed.size(), 2U);
  EXPECT_EQ(of.directed.slowed[0].effect, LoadEffect(SlowedDown{ProcessorId{0}, 3}));
  EXPECT_EQ(of.directed.slowed[0].from, 5us);
  EXPECT_EQ(of.directed.slowed[1].effect, LoadEffect(SlowedDown{ProcessorId{1}, 3}));
  EXPECT_EQ(of.directed.slowed[0].until, of.directed.slowed[1].from);
}

TEST_F(ServiceSimulation, TheSameAgainIsTheSame) {
  load(SlowedDown{ProcessorId{0}, 2}, 3us, 40us);
  load(Lost{ProcessorId{1}}, 25us, 30us);
  const std::vector<Time> arrivals{Time{0}, 5us, 9us, 14us, 22us, 26us, 33us};
  const auto once = run(arrivals), again = run(arrivals);
  EXPECT_EQ(answers(once), answers(again));
  EXPECT_EQ(once.directed.record, again.directed.record);
}

}  // namespace
}  // namespace partita
