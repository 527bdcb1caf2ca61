// Several requests, rule 8 of evaluate.h, with times that can be worked out by hand: links of
// 1 GB/s move 1000 B in 1 us.
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
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Bandwidth kWide{100'000'000'000};  // never the narrowest
constexpr Bandwidth kGigabyte{1'000'000'000};
constexpr Bytes kKilobyte{1000};

// Runs workloads, each checked by the independent checker too.
class Site {
 public:
  Site(Graph& graph, const Machine& machine, CostTable with_costs)
      : Site(graph.build(), machine, std::move(with_costs)) {}
  Site(Network of, const Machine& machine, CostTable with_costs)
      : network(std::move(of)),
        hardware(machine.build()),
        costs(std::move(with_costs)),
        evaluator_(network, hardware, costs) {}

  Plan plan(const std::vector<std::vector<int>>& orders) const {
    return plan_of(network, hardware, orders);
  }

  const WorkloadTimeline& run(const Workload& workload) {
    timelines.assign(workload.requests.size(), {});
    const WorkloadTimeline& record = evaluator_.run(
        workload,
        [&](std::size_t number, const Timeline& timeline) { timelines[number] = timeline; });
    EXPECT_THAT(violations(record, timelines, network, hardware, workload), IsEmpty());
    return record;
  }

  const Network network;
  const Hardware hardware;
  const CostTable costs;
  std::vector<Timeline> timelines;

 private:
  Evaluator evaluator_;
};

std::vector<Time> finishes(const WorkloadTimeline& record) {
  std::vector<Time> times;
  for (const RequestSpan& span : record.requests) times.push_back(span.finish);
  return times;
}

// Two processors that share one memory: nothing to copy.
struct Bench : Machine {
  MemoryId m = memory("m", kWide);
  ProcessorId p0 = processor("p0", m), p1 = processor("p1", m);
};
// a feeds b.
struct Chain : Graph {
  Chain() { layer("b", {layer("a", {}, kKilobyte)}, kKilobyte); }
};

Workload all_at_once(const Plan& plan, std::size_t count) {
  return {std::vector<Request>(count, Request{Time{0}, &plan}), Workload::kUnlimited, false};
}

// a takes 2 us on p0, b 5 us on p1: once the first has passed, one is done every 5 us, the time of
// the slowest stage.
TEST(Workload, APipelineIsAsFastAsItsSlowestStage) {
  Chain graph;
  Site site(graph, Bench{}, costs_of({{2us, 2us}, {5us, 5us}}));
  const Plan plan = site.plan({{0}, {1}});
  const WorkloadTimeline& record = site.run(all_at_once(plan, 4));
  EXPECT_THAT(finishes(record), ElementsAre(7us, 12us, 17us, 22us));
  EXPECT_EQ(record.requests[3], (RequestSpan{0us, 0us, 6us, 22us}));
  EXPECT_EQ(record.makespan, 22us);
  EXPECT_THAT(record.busy, ElementsAre(8us, 20us));
  // Before p1 comes to them, all four a wait in memory, then b's result is there as well. At 6 us
  // the fourth a begins: 3 kB made, 1 of them read by the first b, which has made 1: 5 kB. The
  // first b ends at 7 us.
  EXPECT_THAT(record.memory_peak, ElementsAre(Bytes{5000}));
}

TEST(Workload, OneInFlightIsOneAfterAnother) {
  Chain graph;
  Site site(graph, Bench{}, costs_of({{2us, 2us}, {5us, 5us}}));
  const Plan plan = site.plan({{0}, {1}});
  Workload workload = all_at_once(plan, 3);
  workload.in_flight = 1;
  const WorkloadTimeline& record = site.run(workload);
  EXPECT_THAT(record.requests,
              ElementsAre(RequestSpan{0us, 0us, 0us, 7us}, RequestSpan{0us, 7us, 7us, 14us},
                          RequestSpan{0us, 14us, 14us, 21us}));
  EXPECT_THAT(record.memory_peak, ElementsAre(Bytes{2000}));
  // Somebody who always has one at hand asks when there is room.
  const WorkloadTimeline& always = site.run(Workload::always(plan, 2, 1));
  EXPECT_EQ(always.requests[1], (RequestSpan{7us, 7us, 7us, 14us}));
}

// Two in flight: the third is admitted when the first ends, at 7 us, and not when a ends there.
TEST(Workload, RoomIsMadeByTheEndOfARequest) {
  Chain graph;
  Site site(graph, Bench{}, costs_of({{2us, 2us}, {5us, 5us}}));
  const Plan plan = site.plan({{0}, {1}});
  Workload workload = all_at_once(plan, 3);
  workload.in_flight = 2;
  const WorkloadTimeline& record = site.run(workload);
  EXPECT_EQ(record.requests[2], (RequestSpan{0us, 7us, 7us, 17us}));
  // One that arrives at the very instant waits for nothing; a picosecond earlier, it does.
  workload.requests[2].arrival = 7us;
  EXPECT_EQ(site.run(workload).requests[2], (RequestSpan{7us, 7us, 7us, 17us}));
  workload.requests[2].arrival = 7us - 1_ps;
  EXPECT_EQ(site.run(workload).requests[2], (RequestSpan{7us - 1_ps, 7us, 7us, 17us}));
  workload.requests[2].arrival = 7us + 1_ps;
  EXPECT_EQ(site.run(workload).requests[2],
            (RequestSpan{7us + 1_ps, 7us + 1_ps, 7us + 1_ps, 17us}));
}

// a (p0, 4 us) feeds b (p1, 1 us) feeds c (p0, 4 us). While the first waits for b, p0 has 1 us to
// spare and begins the second's a: nobody is interrupted, so the older one's c waits until 8 us. At
// 12 us the second's c, whose b ended at 9 us, goes before the third's a.
TEST(Workload, ARequestOvertakesWhereAnOlderOneWaits) {
  Graph graph;
  graph.layer("c", {graph.layer("b", {graph.layer("a", {}, kKilobyte)}, kKilobyte)}, kKilobyte);
  Site site(graph, Bench{}, costs_of({{4us, 4us}, {1us, 1us}, {4us, 4us}}));
  const Plan plan = site.plan({{0, 2}, {1}});
  const WorkloadTimeline& record = site.run(all_at_once(plan, 3));
  const auto c = [&](std::size_t number) {
    return site.timelines[number].layers[LayerId{2}].start;
  };
  const auto a = [&](std::size_t number) {
    return site.timelines[number].layers[LayerId{0}].start;
  };
  EXPECT_THAT((std::vector{a(0), a(1), a(2)}), ElementsAre(0us, 4us, 16us));
  EXPECT_THAT((std::vector{c(0), c(1), c(2)}), ElementsAre(8us, 12us, 21us));
  EXPECT_THAT(finishes(record), ElementsAre(12us, 16us, 25us));
}

// The first has b (10 us) done by p1, from 4 to 14 us; the second needs nobody but p0: a, b (1 us)
// and c from 4 to 13 us.
TEST(Workload, ARequestMayEndBeforeAnOlderOne) {
  Graph graph;
  graph.layer("c", {graph.layer("b", {graph.layer("a", {}, kKilobyte)}, kKilobyte)}, kKilobyte);
  Site site(graph, Bench{}, costs_of({{4us, 4us}, {1us, 10us}, {4us, 4us}}));
  const Plan split = site.plan({{0, 2}, {1}}), whole = site.plan({{0, 1, 2}, {}});
  const Workload workload{{{0us, &split}, {0us, &whole}}, Workload::kUnlimited, false};
  EXPECT_THAT(finishes(site.run(workload)), ElementsAre(18us, 13us));
}

// Three requests of one layer of 3 us arrive at once every 10 us: latencies 3, 6, 9 in each burst.
TEST(Workload, ABurstWaitsInLine) {
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  Site site(graph, Bench{}, costs_of({{3us, 3us}}));
  const Plan plan = site.plan({{0}, {}});
  Workload workload;
  for (const Time burst : {Time{0us}, Time{10us}}) {
    for (int i = 0; i < 3; ++i) workload.requests.push_back({burst, &plan});
  }
  const WorkloadTimeline& record = site.run(workload);
  std::vector<Time> latencies;
  for (const RequestSpan& span : record.requests) latencies.push_back(span.finish - span.arrival);
  EXPECT_THAT(latencies, ElementsAre(3us, 6us, 9us, 3us, 6us, 9us));
}

// p0 on m0 sends to p1 on m1 by an engine with a set-up of 1 us.
struct TwoSides : Machine {
  TwoSides() {
    engine("dma", m0, 1us);
    link("link", m0, m1, kGigabyte);
  }
  MemoryId m0 = memory("m0", kWide), m1 = memory("m1", kWide);
  ProcessorId p0 = processor("p0", m0), p1 = processor("p1", m1);
};

// Both requests queue two results at 2 us, where two streams of p0 run a at once: the older
// request's go first, then plan order decides.
TEST(Workload, CopiesThatMeetInOneEngineGoByAgeThenByPlanOrder) {
  TwoSides machine;
  machine.parts.processors[machine.p0].streams = 4;
  Graph graph;
  const TensorId a = graph.layer("a", {}, kKilobyte), b = graph.layer("b", {}, kKilobyte);
  graph.layer("c", {a, b}, kKilobyte);
  Site site(graph, machine, costs_of({{2us, 2us}, {2us, 2us}, {1us, 1us}}));
  const Plan plan = site.plan({{0, 1}, {2}});
  const WorkloadTimeline& record = site.run(all_at_once(plan, 2));
  // Each copy: set-up 1 us, data 1 us.
  std::vector<Time> arrived;
  for (const Timeline& timeline : site.timelines) {
    for (const LegSpan& leg : timeline.legs) {
      EXPECT_EQ(leg.queued, 2us);
      arrived.push_back(leg.finish);
    }
  }
  EXPECT_THAT(arrived, ElementsAre(4us, 6us, 8us, 10us));
  EXPECT_THAT(finishes(record), ElementsAre(7us, 11us));
}

// One stream more than the network has layers is of use to the second request.
TEST(Workload, RequestsUseStreamsThatOneCouldNot) {
  Graph graph;
  graph.layer("a", {}, kKilobyte);
  Bench machine;
  machine.parts.processors[machine.p0].streams = 2;
  Site site(graph, machine, costs_of({{3us, 3us}}));
  const Plan plan = site.plan({{0}, {}});
  EXPECT_THAT(finishes(site.run(all_at_once(plan, 3))), ElementsAre(3us, 3us, 6us));
  EXPECT_EQ(site.timelines[1].layers[LayerId{0}].stream, 1);
}

// Requests of different plans: p1 runs the second as a whole, beside the first.
TEST(Workload, EveryRequestHasItsOwnPlan) {
  Chain graph;
  Site site(graph, Bench{}, costs_of({{2us, 3us}, {5us, 4us}}));
  const Plan first = site.plan({{0, 1}, {}}), second = site.plan({{}, {0, 1}});
  Workload workload{{{0us, &first}, {1us, &second}}, Workload::kUnlimited, false};
  const WorkloadTimeline& record = site.run(workload);
  EXPECT_EQ(record.requests[0], (RequestSpan{0us, 0us, 0us, 7us}));
  EXPECT_EQ(record.requests[1], (RequestSpan{1us, 1us, 1us, 8us}));
}

// w (4000 B) is read on m0 by one plan and on m1 by the other, by three requests in all: once in
// each memory. The input (1000 B) waits in the host's memory m0 from its request's admission on;
// the result (500 B) goes when the request has ended.
TEST(Workload, WeightsAreHeldOnceAndActivationsAddUp) {
  TwoSides machine;
  machine.parts.host = machine.m0;
  Graph graph;
  const TensorId x = graph.input("x", kKilobyte), w = graph.weight("w", Bytes{4000});
  graph.output(graph.layer("a", {x, w}, Bytes{500}));
  Site site(graph, machine, costs_of({{6us, 6us}}));
  const Plan here = site.plan({{0}, {}}), there = site.plan({{}, {0}});
  Workload workload{{{0us, &here}, {0us, &here}, {20us, &there}}, Workload::kUnlimited, false};
  const WorkloadTimeline& both = site.run(workload);
  // m0 at 0 us: w, two inputs, one result. m1: w, the copy of x, the result.
  EXPECT_THAT(both.memory_peak, ElementsAre(Bytes{6500}, Bytes{5500}));
  workload.requests.pop_back();
  EXPECT_THAT(site.run(workload).memory_peak, ElementsAre(Bytes{6500}, Bytes{0}));
  // A second later, nothing is left of the first.
  workload.requests[1].arrival = 6us;
  EXPECT_THAT(site.run(workload).memory_peak, ElementsAre(Bytes{5500}, Bytes{0}));
}

// The same machine, cold: w starts on m0, and the engine takes 1 + 4 us for it.
struct ColdSite : Site {
  static Graph& graph() {
    static Graph one = [] {
      Graph made;
      made.layer("a", {made.weight("w", Bytes{4000})}, Bytes{500});
      return made;
    }();
    return one;
  }
  static Machine machine() {
    TwoSides made;
    made.parts.host = made.m0;
    return made;
  }
  ColdSite() : Site(with_cold_weights(graph().build()), machine(), costs_of({{6us, 6us}})) {}

  const LegSpan& leg(std::size_t number) const { return timelines[number].legs.at(0); }
};

// w is there at 5 us; the first two wait for it, and p1 runs one after the other. The third comes
// much later, and finds it. On m0 it lies once.
TEST(ColdWorkload, AWeightComesOnceForAll) {
  ColdSite site;
  const Plan plan = site.plan({{}, {0}});
  const Workload workload{{{0us, &plan}, {4us, &plan}, {30us, &plan}}, Workload::kUnlimited, false};
  const WorkloadTimeline& record = site.run(workload);
  EXPECT_THAT(finishes(record), ElementsAre(11us, 17us, 36us));
  EXPECT_TRUE(site.leg(0).engine);
  for (const auto& [number, there] : {std::pair{1u, 5us}, std::pair{2u, 30us}}) {
    const LegSpan& shared = site.leg(number);
    EXPECT_FALSE(shared.engine || shared.copier);
    EXPECT_THAT((std::vector{shared.queued, shared.start, shared.data, shared.finish}),
                testing::Each(there));
  }
  EXPECT_THAT(record.memory_peak, ElementsAre(Bytes{4000}, Bytes{4500}));
}

// One who is admitted at the very instant at which it comes waits for nothing.
TEST(ColdWorkload, AWeightThatComesAtThatInstantIsThere) {
  ColdSite site;
  const Plan plan = site.plan({{}, {0}});
  for (const Time arrival : {5us - 1_ps, Time{5us}, 5us + 1_ps}) {
    site.run({{{0us, &plan}, {arrival, &plan}}, Workload::kUnlimited, false});
    EXPECT_EQ(site.leg(1).finish, std::max(arrival, Time{5us}));
  }
}

// The second plan reads w on m0, where it lies; the third as the first, on m1.
TEST(ColdWorkload, EveryPlanNeedsItWhereItReads) {
  ColdSite site;
  const Plan there = site.plan({{}, {0}}), here = site.plan({{0}, {}});
  const Workload workload{
      {{0us, &here}, {1us, &there}, {2us, &there}}, Workload::kUnlimited, false};
  const WorkloadTimeline& record = site.run(workload);
  EXPECT_THAT(finishes(record), ElementsAre(6us, 12us, 18us));
  EXPECT_TRUE(site.timelines[0].legs.empty());
  EXPECT_EQ(site.leg(1).queued, 1us);  // it brings it
  EXPECT_EQ(site.leg(2).queued, 6us);
}

// The checker, on what is wrong in one place.
TEST(ColdWorkload, TheCheckerKnowsWhoBringsAWeight) {
  ColdSite site;
  const Plan plan = site.plan({{}, {0}});
  const Workload workload{{{0us, &plan}, {4us, &plan}}, Workload::kUnlimited, false};
  const WorkloadTimeline record = site.run(workload);
  const auto found = [&](auto&& forge) {
    std::vector<Timeline> forged = site.timelines;
    forge(forged);
    return violations(record, forged, site.network, site.hardware, workload);
  };
  EXPECT_THAT(found([](auto& forged) { forged[1].legs[0].finish += 1_ps; }),
              ElementsAre("leg 0 of tensor w to m1 of request 1 is there from 5000000 to 5000001 "
                          "ps, but an older request has brought it at 5000000 ps"));
  // It says that the engine brings it again.
  EXPECT_THAT(found([](auto& forged) { forged[1].legs[0].engine = EngineId{0}; }),
              ElementsAre(HasSubstr("is copied by engine dma, the machine says nobody")));
  // The second starts before it is there.
  EXPECT_THAT(found([](auto& forged) {
                forged[1].layers[LayerId{0}] = {ProcessorId{1}, 0, 4us, 5us};
                forged[1].makespan = 5us;
              }),
              testing::Contains(HasSubstr("its input w is there at 5000000 ps")));
}

TEST(Workload, NoRequestsTakeNoTime) {
  Chain graph;
  Site site(graph, Bench{}, costs_of({{2us, 2us}, {5us, 5us}}));
  const WorkloadTimeline& record = site.run({});
  EXPECT_EQ(record.makespan, 0us);
  EXPECT_THAT(record.requests, IsEmpty());
}

// What is known of past requests is four times each: the lists of those in flight are used again.
TEST(Workload, AHundredThousandRequests) {
  Chain graph;
  Site site(graph, Bench{}, costs_of({{2us, 2us}, {5us, 5us}}));
  const Plan plan = site.plan({{0}, {1}});
  Evaluator evaluator(site.network, site.hardware, site.costs);
  std::size_t told = 0;
  const WorkloadTimeline& record =
      evaluator.run(Workload::always(plan, 100'000, 3),
                    [&](std::size_t number, const Timeline&) { EXPECT_EQ(number, told++); });
  // 2 us until the first b, then 5 us each.
  EXPECT_EQ(record.makespan, 2us + 100'000 * Time{5us});
  EXPECT_EQ(told, 100'000u);
}

// The checker of workloads, on records and timelines that are wrong in one place.
class WorkloadChecker : public testing::Test {
 protected:
  // Two requests of one layer of 3 us; one may be in flight.
  WorkloadChecker() : site_(graph(), Bench{}, costs_of({{3us, 3us}})) {
    workload_.requests.assign(2, Request{Time{0}, &plan_});
    record_ = site_.run(workload_);
  }
  static Graph& graph() {
    static Graph one = [] {
      Graph made;
      made.layer("a", {}, kKilobyte);
      return made;
    }();
    return one;
  }
  std::vector<std::string> found() const {
    return violations(record_, site_.timelines, site_.network, site_.hardware, workload_);
  }

  Site site_;
  const Plan plan_ = site_.plan({{0}, {}});
  Workload workload_;
  WorkloadTimeline record_;
};

TEST_F(WorkloadChecker, AnAdmissionTooLateOrTooEarly) {
  EXPECT_THAT(found(), IsEmpty());
  // Two are in flight although one may be: the second had to wait until 3 us.
  workload_.in_flight = 1;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("request 1 arrives at 0 ps and is admitted at 0 ps, "
                                             "not at 0 and 3000000 ps")));
  // One that arrived later was admitted before.
  workload_.in_flight = Workload::kUnlimited;
  workload_.requests[1].arrival = 1us;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("not at 1000000 and 1000000 ps")));
}

TEST_F(WorkloadChecker, AYoungerRequestThatGoesFirst) {
  std::swap(site_.timelines[0], site_.timelines[1]);
  std::swap(record_.requests[0], record_.requests[1]);
  EXPECT_THAT(found(), ElementsAre("p0 passes over layer a of request 0 at 0 ps for request 1"));
}

// Both arrive at 1 us; the younger runs from 2 to 5 us, the older from 5 to 8 us. A real worker chose
// when it was free, and may have known of neither: before 2 us p0 had nothing to do.
TEST_F(WorkloadChecker, ARealWorkerChoosesWhenItIsFree) {
  const auto run_at = [&](std::size_t number, Time start) {
    Timeline& timeline = site_.timelines[number];
    timeline.layers[LayerId{0}].start = start;
    timeline.layers[LayerId{0}].finish = timeline.makespan = start + 3us;
    workload_.requests[number].arrival = 1us;
    record_.requests[number] = {1us, 1us, start, start + 3us};
  };
  run_at(0, 5us);
  run_at(1, 2us);
  record_.makespan = 8us;
  record_.memory_peak.clear();
  EXPECT_THAT(found(),
              ElementsAre("p0 passes over layer a of request 0 at 2000000 ps for request 1"));
  for (Timeline& timeline : site_.timelines) timeline.origin = Origin::Measured;
  EXPECT_THAT(found(), IsEmpty());
  // A third that arrives with them goes first, until 4 us; then both others are there.
  workload_.requests.push_back(workload_.requests.back());
  site_.timelines.push_back(site_.timelines.back());
  record_.requests.emplace_back();
  run_at(0, 1us);
  run_at(1, 7us);
  run_at(2, 4us);
  record_.makespan = 10us;
  record_.busy[ProcessorId{0}] = 9us;
  EXPECT_THAT(found(),
              ElementsAre("p0 passes over layer a of request 1 at 4000000 ps for request 2"));
}

TEST_F(WorkloadChecker, ARecordThatIsNotOfItsTimelines) {
  ++record_.requests[1].finish;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("request 1 is said to run from 3000000 to 6000001 ps"),
                                   HasSubstr("the last request is said to end at 6000000 ps")));
  --record_.requests[1].finish;
  --record_.busy[ProcessorId{0}];
  EXPECT_THAT(found(), ElementsAre("p0 is said to be busy for 5999999 ps, it is for 6000000 ps"));
  ++record_.busy[ProcessorId{0}];
  ++record_.memory_peak[MemoryId{0}].value;
  EXPECT_THAT(found(), ElementsAre(HasSubstr("memory m is said to hold 1001 B")));
  site_.timelines.pop_back();
  EXPECT_THAT(found(), ElementsAre("2 requests have 2 records and 1 timelines"));
}

// Both run on one stream at the same time.
TEST_F(WorkloadChecker, TwoRequestsAtOnceOnOneStream) {
  site_.timelines[1] = site_.timelines[0];
  record_.requests[1] = record_.requests[0];
  EXPECT_THAT(found(), testing::Contains(HasSubstr("layer a of request 1 starts on stream 0 of p0 "
                                                   "while layer a of request 0 is not over")));
}

}  // namespace
}  // namespace partita
