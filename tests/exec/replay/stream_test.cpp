// Several inferences of one plan, pipelined: each computes what the reference does with its own
// inputs, and together they keep the contract.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exec/reference/reference.h"
#include "exec/replay/replay.h"
#include "exec/values/values.h"
#include "tests/exec/replay/fakes.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using testing::IsEmpty;

constexpr std::uint64_t kSeed = 7;
constexpr double kClose = 1e-4;

using Values = std::map<TensorId, TensorValue>;

void expect_equal(const Values& outputs, const Values& expected, const Network& network) {
  ASSERT_EQ(outputs.size(), expected.size());
  for (const auto& [tensor, value] : expected) {
    EXPECT_LE(compare(outputs.at(tensor), value).relative, kClose) << network.tensor(tensor).name;
  }
}

// Each seat has inputs of its own, so that what belongs to another request shows.
std::vector<Values> give_inputs(Replayer& replayer, const Network& network, std::size_t seats) {
  std::vector<Values> expected;
  for (std::size_t seat = 0; seat < seats; ++seat) {
    const Values inputs = seeded_inputs(network, 100 + seat);
    replayer.set_inputs_of_seat(seat, inputs);
    expected.push_back(run_reference(network, inputs, kSeed));
  }
  return expected;
}

Hardware cpus(std::size_t processors, bool host) { return workers(processors, host); }
Hardware fakes(std::size_t processors, bool host) {
  return with_fakes(processors, "time=20000,copy_setup=30000,copy_ns_per_mb=100000", host);
}

struct Case {
  const char* name;
  Network (*network)();
  Hardware (*hardware)(std::size_t processors, bool host);
  std::size_t processors;
  bool host;
  std::size_t in_flight;
};
std::string name_of(const testing::TestParamInfo<Case>& each) { return each.param.name; }

constexpr Case kFromHost[]{{"CnnFromHost", branched_cnn, cpus, 3, true, 2},
                           {"AttentionFromHost", attention_block, cpus, 2, true, 3},
                           {"CnnOneAtATime", branched_cnn, cpus, 2, true, 1},
                           {"CnnWithFakesFromHost", branched_cnn, fakes, 2, true, 2},
                           {"FakesOneAtATime", branched_cnn, fakes, 2, true, 1}};
constexpr Case kWithoutHost[]{{"CnnOnOne", branched_cnn, cpus, 1, false, 2},
                              {"CnnOnTwo", branched_cnn, cpus, 2, false, 3},
                              {"Attention", attention_block, cpus, 2, false, 4},
                              {"CnnWithFakes", branched_cnn, fakes, 3, false, 3},
                              {"AttentionWithFakes", attention_block, fakes, 3, false, 3}};

class Streams : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(FromHost, Streams, testing::ValuesIn(kFromHost), name_of);
INSTANTIATE_TEST_SUITE_P(WithoutHost, Streams, testing::ValuesIn(kWithoutHost), name_of);

class ColdStarts : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(FromHost, ColdStarts, testing::ValuesIn(kFromHost), name_of);

TEST_P(Streams, OfRandomPlansComputeWhatTheReferenceDoesAndKeepTheContract) {
  const Network network = GetParam().network();
  const Hardware hardware = GetParam().hardware(GetParam().processors, GetParam().host);
  const std::size_t in_flight = GetParam().in_flight;
  constexpr std::size_t kRequests = 9;
  Replayer replayer(network, hardware, kSeed);
  const auto expected = give_inputs(replayer, network, in_flight);
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    const Plan plan = random_plan(network, hardware, seed);
    replayer.prepare(plan, in_flight, kRequests);
    const Workload workload = Workload::always(plan, kRequests, in_flight);
    for (int repetition = 0; repetition < 3; ++repetition) {
      const StreamResult stream = undisturbed(replayer, network, hardware, workload, true);
      EXPECT_THAT(violations(stream.record, stream.timelines, network, hardware, workload),
                  IsEmpty());
      for (std::size_t i = 0; i < kRequests; ++i) {
        expect_equal(replayer.outputs_of(i), expected.at(stream.seats[i]), network);
      }
    }
    // One inference of the same preparation.
    const RunResult run = replayer.run_once();
    EXPECT_THAT(violations(run.timeline, network, hardware, plan), IsEmpty());
    expect_equal(replayer.outputs(), expected[0], network);
  }
}

// Weights that start in the host's memory: the first request brings each to every memory where a
// layer needs it, and the others wait for it. What they hold before is spoilt in every run.
TEST_P(ColdStarts, LoadEachWeightOnce) {
  const Network network = GetParam().network();
  const Hardware hardware = GetParam().hardware(GetParam().processors, true);
  const Network cold = with_cold_weights(network);
  const std::size_t in_flight = GetParam().in_flight;
  constexpr std::size_t kRequests = 5;
  Replayer replayer(network, hardware, kSeed);
  const auto expected = give_inputs(replayer, network, in_flight);
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    const Plan warm = random_plan(network, hardware, seed);
    const Plan plan = std::get<Plan>(with_cold_start(cold, hardware, warm));
    ASSERT_GT(plan.transfers().size(), warm.transfers().size());
    replayer.prepare(plan, in_flight, kRequests);
    const Workload workload = Workload::always(plan, kRequests, in_flight);
    for (int repetition = 0; repetition < 2; ++repetition) {
      const StreamResult stream = undisturbed(replayer, cold, hardware, workload, true);
      EXPECT_THAT(violations(stream.record, stream.timelines, cold, hardware, workload), IsEmpty());
      for (std::size_t i = 0; i < kRequests; ++i) {
        expect_equal(replayer.outputs_of(i), expected.at(stream.seats[i]), network);
      }
    }
    const RunResult run = replayer.run_once();
    EXPECT_THAT(violations(run.timeline, cold, hardware, plan), IsEmpty());
    // A warm plan after it finds its weights where they are.
    replayer.prepare(random_plan(network, hardware, seed + 50));
    replayer.run_once();
    expect_equal(replayer.outputs(), expected[0], network);
  }
}

// Two a millisecond apart, then none for 20 ms, then two at once.
TEST(Streams, RequestsWaitForTheirArrivalAndForASeat) {
  const Network network = branched_cnn();
  const Hardware hardware = cpus(2, false);
  const Plan plan = random_plan(network, hardware, 3);
  Replayer replayer(network, hardware, kSeed);
  replayer.prepare(plan, 2, 5);
  const auto expected = give_inputs(replayer, network, 2);
  Workload workload;
  workload.in_flight = 2;
  for (const Time arrival : {Time{0us}, Time{1ms}, Time{21ms}, Time{21ms}, Time{21ms}}) {
    workload.requests.push_back({arrival, &plan});
  }
  const StreamResult stream = undisturbed(replayer, network, hardware, workload, true);
  EXPECT_THAT(violations(stream.record, stream.timelines, network, hardware, workload), IsEmpty());
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(stream.record.requests[i].arrival, workload.requests[i].arrival);
    EXPECT_GE(stream.record.requests[i].start, workload.requests[i].arrival);
    expect_equal(replayer.outputs_of(i), expected.at(stream.seats[i]), network);
  }
  // The fifth waits until one of the two before has ended.
  EXPECT_EQ(stream.record.requests[4].admitted,
            std::min(stream.record.requests[2].finish, stream.record.requests[3].finish));
}

// Layers of 4 ms on two devices: while the second has the first request, the first has the second.
TEST(Streams, AreReallyPipelined) {
  const Network network = branched_cnn();
  const Hardware hardware = with_fakes(3, "time=4000000");
  IdVector<LayerId, ProcessorId> processor(network.layer_count());
  IdVector<LayerId, double> rank(network.layer_count());
  for (const LayerId layer : network.layers()) {
    processor[layer] = ProcessorId{2 * index(layer) < network.layer_count() ? 1u : 2u};
    rank[layer] = static_cast<double>(index(layer));
  }
  const Plan plan =
      std::get<Plan>(make_plan(network, hardware, ordered_by(processor, 3, rank), "halves"));
  Replayer replayer(network, hardware, kSeed);
  replayer.prepare(plan, 2);
  const Workload workload = Workload::always(plan, 4, 2);
  const StreamResult stream = undisturbed(replayer, network, hardware, workload);
  EXPECT_THAT(violations(stream.record, stream.timelines, network, hardware, workload), IsEmpty());
  // Two at once, at least sometimes: a busy computer may keep a worker from seeing its request.
  const std::vector<RequestSpan>& requests = stream.record.requests;
  const auto overlap = [](const RequestSpan& a, const RequestSpan& b) {
    return b.start < a.finish;
  };
  EXPECT_NE(std::adjacent_find(requests.begin(), requests.end(), overlap), requests.end());
  // Never three.
  EXPECT_GE(requests[2].start, requests[0].finish);
}

TEST(Streams, ThousandRequestsLeaveNothingBehind) {
  const Network network = attention_block();
  const Hardware hardware = cpus(2, false);
  const Plan plan = random_plan(network, hardware, 2);
  Replayer replayer(network, hardware, kSeed);
  replayer.prepare(plan, 3);
  const auto expected = give_inputs(replayer, network, 3);
  const StreamResult stream = replayer.run_workload(Workload::always(plan, 1000, 3));
  EXPECT_EQ(stream.record.requests.size(), 1000u);
  expect_equal(replayer.outputs(), expected[0], network);  // of the last on the first seat
  // Other plans, with more seats and fewer, begin anew.
  const Plan other = random_plan(network, hardware, 5);
  for (const std::size_t in_flight : {5u, 1u, 2u}) {
    replayer.prepare(other, in_flight, 6);
    const Workload workload = Workload::always(other, 6, in_flight);
    const StreamResult few = replayer.run_workload(workload, true);
    EXPECT_THAT(violations(few.record, few.timelines, network, hardware, workload), IsEmpty());
    if (few.seats[5] < 3) expect_equal(replayer.outputs_of(5), expected[few.seats[5]], network);
  }
}

}  // namespace
}  // namespace partita::exec
