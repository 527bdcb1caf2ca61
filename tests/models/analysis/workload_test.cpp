// Where the time of several requests went: by hand (microseconds), and nothing is lost of random
// workloads, known as a whole or in part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "models/analysis/analysis.h"
#include "models/evaluate/evaluate.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using test::costs_of;
using test::Graph;
using test::Machine;
using test::plan_of;
using testing::ElementsAre;

constexpr Bandwidth kWide{100'000'000'000};  // never the narrowest
constexpr Bandwidth kGigabyte{1'000'000'000};

using Times = std::map<std::string, Time>;

Times named(const std::array<Time, kCauses.size()>& times) {
  Times all;
  for (std::size_t i = 0; i < kCauses.size(); ++i) {
    if (times[i] > Time{0}) all[std::string(kCauses[i])] = times[i];
  }
  return all;
}

// A workload that was evaluated and checked, of which the first requests are known.
class Observed {
 public:
  Observed(const Network& network, const Hardware& hardware, const CostTable& costs,
           const Workload& workload)
      : network_(network), hardware_(hardware), costs_(costs), workload_(workload) {
    timelines_.resize(workload.requests.size());
    record_ = Evaluator(network, hardware, costs)
                  .run(workload, [&](std::size_t number, const Timeline& timeline) {
                    timelines_[number] = timeline;
                  });
    EXPECT_THAT(violations(record_, timelines_, network, hardware, workload), testing::IsEmpty());
  }
  Observed(const Observed&) = delete;
  Observed& operator=(const Observed&) = delete;

  const WorkloadTimeline& record() const { return record_; }
  const std::vector<Timeline>& timelines() const { return timelines_; }

  // Kept as long as this.
  const WorkloadRun& run(std::size_t known) {
    known_.assign(timelines_.begin(), timelines_.begin() + static_cast<std::ptrdiff_t>(known));
    return run_.emplace(network_, hardware_, costs_, workload_, record_, known_);
  }
  const WorkloadRun& run() { return run(timelines_.size()); }

 private:
  const Network& network_;
  const Hardware& hardware_;
  const CostTable& costs_;
  const Workload& workload_;
  WorkloadTimeline record_;
  std::vector<Timeline> timelines_, known_;
  std::optional<WorkloadRun> run_;
};

// a (p0, 2) feeds b (p1, 5), in one memory.
class WorkloadAnalysis : public testing::Test {
 protected:
  WorkloadAnalysis() : network_(graph().build()), hardware_(machine().build()) {}

  static Graph graph() {
    Graph made;
    made.layer("b", {made.layer("a", {}, Bytes{1000})}, Bytes{1000});
    return made;
  }
  static Machine machine() {
    Machine made;
    const MemoryId m = made.memory("m", kWide);
    for (const char* name : {"p0", "p1"}) {
      const ProcessorId id = made.processor(name, m);
      made.parts.processors[id].idle = Power{1000};
      made.parts.processors[id].active = Power{11'000};
    }
    return made;
  }
  const Analysis& analyse(const Workload& workload) {
    return analyse(workload, workload.requests.size());
  }
  const Analysis& analyse(const Workload& workload, std::size_t known) {
    workload_ = workload;
    observed_.emplace(network_, hardware_, costs_, workload_);
    run_ = &observed_->run(known);
    return analysis_.emplace(*run_);
  }
  Times waits(int processor) const {
    return named(analysis_->processors[static_cast<ProcessorId>(processor)].waiting);
  }
  std::vector<std::string> path() const {
    std::vector<std::string> all;
    for (const PathStep& step : analysis_->path) {
      const std::string what = step.layer
                                   ? network_.layer(*step.layer).name + std::to_string(step.request)
                               : step.until_arrival ? "nothing"
                                                    : "?";
      all.push_back(what + " " + std::to_string(step.until / 1us) + " " +
                    std::string(to_string(step.began)));
    }
    return all;
  }
  Times parts() const {
    Times all;
    for (const PartTime& each : analysis_->parts) all[name_of(each.part, hardware_)] = each.time;
    return all;
  }
  Workload at(const std::vector<Time>& arrivals,
              std::size_t in_flight = Workload::kUnlimited) const {
    Workload made;
    for (const Time arrival : arrivals) made.requests.push_back({arrival, &plan_});
    made.in_flight = in_flight;
    return made;
  }

  const Network network_;
  const Hardware hardware_;
  const CostTable costs_ = costs_of({{2us, 2us}, {5us, 5us}});
  const Plan plan_ = plan_of(network_, hardware_, {{0}, {1}});
  Workload workload_;
  std::optional<Observed> observed_;
  const WorkloadRun* run_ = nullptr;
  std::optional<Analysis> analysis_;
};

// b is done at 7, 12, 17, 22. p1 waits for the first a only; whoever is in line waits for p0 (0, 2,
// 4, 6) until its a and for p1 (0, 3, 6, 9) until its b.
TEST_F(WorkloadAnalysis, APipelineWaitsForItsSlowestStage) {
  const Analysis& found = analyse(at({0us, 0us, 0us, 0us}));
  EXPECT_EQ(waits(0), (Times{{"done", 14us}}));
  EXPECT_EQ(waits(1), (Times{{"input", 2us}}));
  EXPECT_EQ(found.latency.total, 58us);
  EXPECT_EQ(named(found.latency.parts), (Times{{"input", 28us}, {"processor", 30us}}));
  EXPECT_THAT(path(), ElementsAre("a0 2 start", "b0 7 input", "b1 12 processor", "b2 17 processor",
                                  "b3 22 processor"));
  EXPECT_EQ(parts(), (Times{{"layers on p1", 20us}, {"layers on p0", 2us}}));
  // p0: 8 busy, 14 idle; p1: 20 and 2. 1 W x 44 us + 10 W x 28 us.
  EXPECT_EQ(energy(found.consumption.total), Energy{324'000});
  EXPECT_EQ(found.consumption.total.power.peak(), 22'000);
  EXPECT_EQ(found.activity.held[MemoryId{0}].peak(), 5000);
}

// One after the other: 0 to 7, 7 to 14, 14 to 21. Who waits for room, waits for requests.
TEST_F(WorkloadAnalysis, RoomForOneMakesTheOthersWait) {
  const Analysis& found = analyse(at({0us, 0us, 0us}, 1));
  EXPECT_EQ(waits(0), (Times{{"requests", 10us}, {"done", 5us}}));
  EXPECT_EQ(waits(1), (Times{{"input", 6us}}));
  EXPECT_EQ(named(found.latency.parts), (Times{{"input", 21us}, {"requests", 21us}}));
  EXPECT_THAT(path(), ElementsAre("a0 2 start", "b0 7 input", "a1 9 admitted", "b1 14 input",
                                  "a2 16 admitted", "b2 21 input"));
}

// Somebody who always has another at hand: the same path, without latency before it is admitted.
TEST_F(WorkloadAnalysis, WhoeverIsAlwaysAtHandComesWhenThereIsRoom) {
  const Analysis& found = analyse(Workload::always(plan_, 3, 1));
  EXPECT_THAT(path(), ElementsAre("a0 2 start", "b0 7 input", "a1 9 admitted", "b1 14 input",
                                  "a2 16 admitted", "b2 21 input"));
  EXPECT_EQ(named(found.latency.parts), (Times{{"input", 21us}}));
}

// The second arrives at 20, long after the first is done.
TEST_F(WorkloadAnalysis, NothingIsBusyUntilARequestArrives) {
  analyse(at({0us, 20us}));
  EXPECT_EQ(waits(0), (Times{{"requests", 18us}, {"done", 5us}}));
  EXPECT_EQ(waits(1), (Times{{"input", 4us}, {"requests", 13us}}));
  EXPECT_THAT(path(), ElementsAre("nothing 20 start", "a1 22 admitted", "b1 27 input"));
  EXPECT_EQ(
      parts(),
      (Times{{"the arrival of requests", 20us}, {"layers on p0", 2us}, {"layers on p1", 5us}}));
}

// Known up to 14, when the third comes: p1 waits at 0 and at 7 for an a; the second b has just
// ended.
TEST_F(WorkloadAnalysis, OfThoseThatAreKnownUntilTheNextComes) {
  const Analysis& found = analyse(at({0us, 0us, 0us}, 1), 2);
  EXPECT_EQ(run_->until, 14us);
  EXPECT_EQ(waits(0), (Times{{"requests", 10us}}));
  EXPECT_EQ(waits(1), (Times{{"input", 4us}}));
  EXPECT_EQ(found.latency.requests, 2u);
  EXPECT_EQ(found.latency.total, 21us);
  // 1 W x 28 us + 10 W x 14 us.
  EXPECT_EQ(energy(found.consumption.total), Energy{168'000});
  const auto json = nlohmann::json::parse(to_json(*run_, found, signals_of(hardware_, found)));
  EXPECT_EQ(json["makespan_ps"], 14'000'000);
  EXPECT_EQ(json["requests"]["known"], 2);
  EXPECT_EQ(json["requests"]["whole"], false);
  EXPECT_EQ(json["requests"]["latency_parts_ps"]["requests"], 7'000'000);
  EXPECT_EQ(json["critical_path"][3]["request"], 1);
}

// In the middle of things: at 8, p0 has just ended its fourth layer and p1 is in its second.
TEST_F(WorkloadAnalysis, WhatIsNotOverCountsAsFarAsItCame) {
  const Analysis& found = analyse(at({0us, 0us, 0us, 0us, 8us}), 4);
  EXPECT_EQ(run_->until, 8us);
  EXPECT_EQ(found.processors[ProcessorId{0}].busy, 8us);
  EXPECT_EQ(found.processors[ProcessorId{1}].busy, 6us);
  EXPECT_EQ(waits(0), Times{});
  EXPECT_EQ(waits(1), (Times{{"input", 2us}}));
  EXPECT_EQ(found.latency.requests, 1u);
  EXPECT_THAT(path(), ElementsAre("a0 2 start", "b0 7 input"));
  // 1 W x 16 us + 10 W x 14 us.
  EXPECT_EQ(energy(found.consumption.total), Energy{156'000});
}

// Processors on m1 behind an engine (set-up 1) and a link of 1 GB/s from the host's memory m0, where
// the input x (1000 B) and the weight w (4000 B) start.
struct Cold {
  explicit Cold(bool reads_x) {
    const MemoryId m0 = machine.memory("m0", kWide), m1 = machine.memory("m1", kWide);
    machine.parts.host = m0;
    machine.processor("p0", m0);
    const ProcessorId p1 = machine.processor("p1", m1);
    machine.parts.processors[p1].streams = reads_x ? 1 : 2;
    machine.parts.processors[p1].stream_share = reads_x ? 1 : 0.5;
    machine.engine("dma", m0, 1us);
    machine.link("link", m0, m1, kGigabyte);
    Graph graph;
    std::vector<TensorId> inputs;
    if (reads_x) inputs.push_back(graph.input("x", Bytes{1000}));
    inputs.push_back(graph.weight("w", Bytes{4000}));
    graph.layer("a", inputs, Bytes{500});
    network.emplace(with_cold_weights(graph.build()));
    hardware.emplace(machine.build());
    plan.emplace(plan_of(*network, *hardware, {{}, {0}}));
  }
  Machine machine;
  std::optional<Network> network;
  std::optional<Hardware> hardware;
  std::optional<Plan> plan;
  CostTable costs = costs_of({{6us, 6us}});
};

// x0 until 2, w until 7, x1 until 9: a0 from 7 to 13, a1 until 19. The third comes at 30, when w is
// there: x2 until 32. p1 waits for w: 2 in the queue, 5 on its way.
TEST(ColdWorkload, AWeightIsSentOnceAndWaitedFor) {
  Cold cold(true);
  Workload workload;
  for (const Time arrival : {0us, 0us, 30us}) workload.requests.push_back({arrival, &*cold.plan});
  Observed observed(*cold.network, *cold.hardware, cold.costs, workload);
  EXPECT_EQ(observed.record().makespan, 38us);
  const Analysis found(observed.run());
  EXPECT_EQ(named(found.processors[ProcessorId{1}].waiting),
            (Times{{"engine", 2us}, {"transfer", 7us}, {"requests", 11us}}));
  const ChannelId forth = cold.hardware->channels_of(LinkId{0}).front();
  EXPECT_EQ(found.traffic.sent[forth], Bytes{7000});
  EXPECT_EQ(found.activity.serving[EngineId{0}].integral(Time{0}, 38us), Wide{11'000'000});
  // The second: x in the queue for 7, 2 on its way, then p1 is busy for 4.
  const auto& first = found.latency;
  EXPECT_EQ(first.total, 13us + 19us + 8us);
  EXPECT_EQ(named(first.parts), (Times{{"input", 18us},
                                       {"engine", 2us + 7us},
                                       {"transfer", 5us + 2us + 2us},
                                       {"processor", 4us}}));
  EXPECT_EQ(found.activity.held[MemoryId{1}].peak(), 6500);  // w, two x, a result, from 7 on
  EXPECT_EQ(found.activity.held[MemoryId{1}].at(38us), 4000);
}

// Alone, w comes at 5. The second request comes at 4 and waits for what the first one brings.
TEST(ColdWorkload, ARequestWaitsForWhatAnotherBrings) {
  Cold cold(false);
  Workload workload;
  for (const Time arrival : {0us, 4us}) workload.requests.push_back({arrival, &*cold.plan});
  Observed observed(*cold.network, *cold.hardware, cold.costs, workload);
  const Analysis found(observed.run());
  EXPECT_EQ(observed.record().requests[1], (RequestSpan{4us, 4us, 5us, 11us}));
  EXPECT_EQ(found.latency.total, 18us);
  EXPECT_EQ(named(found.latency.parts), (Times{{"input", 12us}, {"transfer", 6us}}));
  ASSERT_EQ(found.path.size(), 2u);
  EXPECT_EQ(found.path[0].request, 0u);
  EXPECT_TRUE(found.path[0].leg);
}

// x and y (1000 B each) are queued at once: set-up 5 and 1 of data, one after the other, until 12;
// with two channels the set-ups overlap, and the link is shared until 7.
TEST(MoreChannels, OverlapWhatTheEngineDoes) {
  Machine machine;
  const MemoryId m0 = machine.memory("m0", kWide), m1 = machine.memory("m1", kWide);
  machine.parts.host = m0;
  machine.processor("p1", m1);
  machine.engine("dma", m0, 5us);
  machine.link("link", m0, m1, kGigabyte);
  Graph graph;
  graph.layer("c", {graph.input("x", Bytes{1000}), graph.input("y", Bytes{1000})}, Bytes{});
  const Network network = graph.build();
  const Hardware hardware = machine.build();
  const CostTable costs = costs_of({{6us}});
  const Plan plan = plan_of(network, hardware, {{0}});
  const Timeline timeline = Evaluator(network, hardware, costs).run(plan);
  ASSERT_EQ(timeline.makespan, 18us);
  const PlanRun run{timeline, network, hardware, plan, costs};
  const Trial trial = [&](const Hardware& better, const CostTable& with) {
    return Evaluator(network, better, with).run(plan).makespan;
  };
  std::map<std::string, Time> saved;
  for (const WhatIf& each :
       try_changes(run, changes_for(run, Analysis(run).parts, 16), trial, 16)) {
    saved[each.change.what] = timeline.makespan - each.time;
  }
  EXPECT_EQ(saved["a channel more for engine dma"], 5us);
  EXPECT_EQ(saved["half the set-up of engine dma"], 5us);
}

TEST(MoreChannels, AreOfNoUseWhereNothingWaits) {
  Cold cold(false);
  const Timeline timeline = Evaluator(*cold.network, *cold.hardware, cold.costs).run(*cold.plan);
  const PlanRun run{timeline, *cold.network, *cold.hardware, *cold.plan, cold.costs};
  for (const Change& change : changes_for(run, Analysis(run).parts, 16)) {
    EXPECT_NE(change.how, Change::How::AddChannel);
  }
}

// ---- Random workloads.

struct Case {
  explicit Case(std::uint64_t seed)
      : options{.max_layers = 15,
                .max_processors = 5,
                .ties = seed % 2 == 0,
                .details = seed % 8 >= 4,
                .load = seed % 4 >= 2},
        network(seed % 3 == 0 ? with_cold_weights(test::random_network(seed, options))
                              : test::random_network(seed, options)),
        hardware(with_power(test::random_hardware(seed, options))),
        costs(test::random_costs(seed, network, hardware, options)) {
    for (const std::uint64_t more : {0u, 5u, 7u}) {
      plans.push_back(test::random_plan(seed + more, network, hardware, options));
    }
    const Timeline alone = Evaluator(network, hardware, costs).run(plans.front());
    workload =
        test::random_workload(seed, plans, alone.unfinished ? 100us : alone.makespan, options);
  }
  // Every third processor sleeps.
  static Hardware with_power(const Hardware& plain) {
    HardwareParts parts = plain.parts();
    std::int32_t count = 0;
    for (ProcessorSpec& spec : parts.processors) {
      ++count;
      spec.idle = Power{1000 * count};
      spec.active = Power{7000 * count};
      if (count % 3 == 0) {
        spec.sleep.emplace();
        spec.sleep->after = 3us;
        spec.sleep->power = Power{100};
      }
    }
    for (MemorySpec& spec : parts.memories) spec.energy = EnergyPerByte{1'000'000};
    for (LinkSpec& spec : parts.links) spec.energy = EnergyPerByte{3'000'000};
    return HardwareBuilder::build(std::move(parts));
  }

  test::CaseOptions options;
  Network network;
  Hardware hardware;
  CostTable costs;
  std::vector<Plan> plans;
  Workload workload;
};

template <class Check>
void for_random_workloads(Check&& check) {
  int checked = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Case one(seed);
    if (Evaluator(one.network, one.hardware, one.costs).run(one.workload).unfinished) continue;
    Observed observed(one.network, one.hardware, one.costs, one.workload);
    check(one, observed);
    ++checked;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(checked, 200);
}

void expect_nothing_lost(const WorkloadRun& run, const Analysis& found) {
  ASSERT_TRUE(found.traffic.exact);
  for (const ProcessorId id : ids<ProcessorId>(found.processors.size())) {
    EXPECT_EQ(found.processors[id].total(), run.until * run.hardware.processors()[id].streams);
    for (const Time each : found.processors[id].waiting) EXPECT_GE(each, Time{0});
    EXPECT_EQ(found.processors[id].waited(Cause::Unknown), Time{0});
  }
  Time sum{0};
  for (const Time each : found.latency.parts) {
    EXPECT_GE(each, Time{0});
    sum += each;
  }
  EXPECT_EQ(sum, found.latency.total);
  EXPECT_EQ(found.latency.parts[static_cast<std::size_t>(Cause::Unknown)], Time{0});
  EXPECT_EQ(found.latency.parts[static_cast<std::size_t>(Cause::Done)], Time{0});
  Time parts{0};
  for (const PartTime& part : found.parts) {
    EXPECT_NE(part.part.kind, PartKind::Unknown);
    parts += part.time;
  }
  Time end{0};
  for (std::size_t i = 0; i < found.path.size(); ++i) {
    EXPECT_EQ(found.path[i].from, end);
    EXPECT_LT(found.path[i].from, found.path[i].until);
    end = found.path[i].until;
  }
  EXPECT_EQ(parts, end);
}

TEST(RandomWorkloads, BusyCopyingAndWaitingAddUp) {
  for_random_workloads([](const Case& one, Observed& observed) {
    const WorkloadRun& run = observed.run();
    const Analysis found(run);
    expect_nothing_lost(run, found);
    EXPECT_EQ(found.latency.requests, one.workload.requests.size());
    Time latency{0};
    for (const RequestSpan& span : observed.record().requests)
      latency += span.finish - span.arrival;
    EXPECT_EQ(found.latency.total, latency);
    if (!found.path.empty()) {
      EXPECT_EQ(found.path.back().until, observed.record().makespan);
    }
    for (const MemoryId id : ids<MemoryId>(one.hardware.memories().size())) {
      EXPECT_EQ(found.activity.held[id].peak(), observed.record().memory_peak[id].value);
    }
    // An engine with a queue works.
    for (const EngineId id : ids<EngineId>(one.hardware.engines().size())) {
      const int channels = one.hardware.engines()[id].channels;
      EXPECT_LE(found.activity.serving[id].peak(), channels);
      for (const Series::Point& point : found.activity.queue[id].points()) {
        EXPECT_TRUE(point.value == 0 || found.activity.serving[id].at(point.at) == channels);
      }
    }
  });
}

// Rounded away: 1 mW and 1 B/s of each part, a byte of each flow and the last picosecond of it.
TEST(RandomWorkloads, EnergyIsTheIntegralOfPower) {
  for_random_workloads([](const Case& one, Observed& observed) {
    for (const std::size_t known :
         {observed.timelines().size(), (observed.timelines().size() + 1) / 2}) {
      const WorkloadRun& run = observed.run(known);
      const Analysis found(run);
      for (const Consumed& each : found.consumption.processors) {
        EXPECT_TRUE(each.energy == each.power.integral(Time{0}, run.until));
      }
      Wide flows = 0;
      for (const PlanRun& request : run.requests) {
        flows += static_cast<Wide>(one.network.layer_count() + request.timeline.legs.size() +
                                   request.timeline.interrupted.size());
      }
      const Wide bytes = 2 * flows * (2 + run.until.count() / std::pico::den);
      const auto check = [&](const Consumed& part, EnergyPerByte energy) {
        const Wide apart = part.power.integral(Time{0}, run.until) - part.energy;
        const Wide allowed = run.until.count() + bytes * energy.value;
        EXPECT_TRUE(apart <= allowed && -apart <= allowed) << static_cast<double>(apart);
      };
      for (const MemoryId id : ids<MemoryId>(one.hardware.memories().size())) {
        check(found.consumption.memories[id], one.hardware.memories()[id].energy);
      }
      for (const LinkId id : ids<LinkId>(one.hardware.links().size())) {
        check(found.consumption.links[id], one.hardware.links()[id].energy);
      }
    }
  });
}

// What is known of the first requests is what is true of all until the next one comes.
TEST(RandomWorkloads, APartSaysTheSameAsTheWholeUntilThen) {
  std::size_t cut = 0;
  for_random_workloads([&](const Case& one, Observed& observed) {
    const Analysis whole(observed.run());
    for (std::size_t known = 1; known < observed.timelines().size(); ++known) {
      const WorkloadRun& run = observed.run(known);
      const Analysis part(run);
      expect_nothing_lost(run, part);
      const auto same = [&]<class Id>(const IdVector<Id, Series>& some,
                                      const IdVector<Id, Series>& all) {
        for (const Id id : ids<Id>(some.size())) {
          EXPECT_TRUE(some[id].up_to(run.until - Time{1}).points() ==
                      all[id].up_to(run.until - Time{1}).points());
        }
      };
      if (run.until == Time{0}) continue;
      same(part.activity.running, whole.activity.running);
      same(part.activity.copying, whole.activity.copying);
      same(part.activity.serving, whole.activity.serving);
      same(part.activity.queue, whole.activity.queue);
      same(part.activity.held, whole.activity.held);
      same(part.traffic.rate, whole.traffic.rate);
      for (const ProcessorId id : ids<ProcessorId>(one.hardware.processors().size())) {
        EXPECT_TRUE(part.consumption.processors[id].power.at(run.until - Time{1}) ==
                    whole.consumption.processors[id].power.at(run.until - Time{1}));
      }
      for (const PlanRun& request : run.requests) {
        if (request.timeline.makespan > run.until) ++cut;
      }
    }
  });
  EXPECT_GT(cut, 500u);
}

}  // namespace
}  // namespace partita
