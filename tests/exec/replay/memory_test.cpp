// Processors that compute in one memory, and copies that go straight from one memory into another:
// outputs are the reference's, and timelines keep the contract.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "exec/reference/reference.h"
#include "exec/replay/replay.h"
#include "exec/values/values.h"
#include "models/timeline/checker.h"
#include "tests/exec/replay/fakes.h"
#include "tests/exec/replay/networks.h"
#include "tests/support/failure_of.h"

namespace partita::exec {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kSeed = 7;
constexpr const char* kTimes = "time=20000,copy_setup=30000,copy_ns_per_mb=100000";

using Values = std::map<TensorId, TensorValue>;

void expect_equal(const Values& outputs, const Values& expected, const Network& network) {
  ASSERT_EQ(outputs.size(), expected.size());
  for (const auto& [tensor, value] : expected) {
    EXPECT_LE(compare(outputs.at(tensor), value).relative, 1e-4) << network.tensor(tensor).name;
  }
}

struct Case {
  const char* name;
  Network (*network)();
  Hardware (*hardware)();
};
std::string name_of(const testing::TestParamInfo<Case>& each) { return each.param.name; }

Hardware two_on_one() { return sharing(workers(2), {{1, 0}}); }
Hardware two_of_three() { return sharing(workers(3), {{2, 0}}); }
Hardware two_of_three_from_host() { return sharing(workers(3, true), {{2, 1}}); }
// Two parts of one device beside a processor that computes by itself.
Hardware parts_of_a_device() { return sharing(with_fakes(3, kTimes, false, "gpu"), {{2, 1}}); }
Hardware parts_of_a_device_from_host() {
  return sharing(with_fakes(3, kTimes, true, "gpu"), {{2, 1}});
}
Hardware three_parts() { return sharing(fakes(3, kTimes, "gpu"), {{1, 0}, {2, 0}}); }
Hardware peers() { return linked(fakes(2, kTimes)); }
Hardware peers_of_one_process() { return linked(fakes(3, kTimes, "gpus")); }
Hardware parts_with_a_peer() { return linked(sharing(fakes(3, kTimes, "gpus"), {{1, 0}})); }
Hardware neighbours() { return linked(workers(3)); }
// A device beside a processor whose memory it copies from and to by itself.
Hardware device_beside_its_host() { return linked(with_fakes(2, kTimes)); }

// The network's inputs start in that processor's memory, and its outputs must get there.
Hardware device_and_its_host() {
  HardwareParts parts = device_beside_its_host().parts();
  parts.host = parts.processors[ProcessorId{0}].memory;
  return HardwareBuilder::build(std::move(parts));
}

class Memories : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    All, Memories,
    testing::Values(Case{"CnnOnOne", branched_cnn, two_on_one},
                    Case{"AttentionOnOne", attention_block, two_on_one},
                    Case{"CnnOnTwoOfThree", branched_cnn, two_of_three},
                    Case{"AttentionFromHost", attention_block, two_of_three_from_host},
                    Case{"CnnOnPartsOfADevice", branched_cnn, parts_of_a_device},
                    Case{"CnnOnPartsFromHost", branched_cnn, parts_of_a_device_from_host},
                    Case{"AttentionOnPartsFromHost", attention_block, parts_of_a_device_from_host},
                    Case{"CnnOnThreeParts", branched_cnn, three_parts},
                    Case{"CnnBetweenPeers", branched_cnn, peers},
                    Case{"AttentionBetweenPeersOfOneProcess", attention_block,
                         peers_of_one_process},
                    Case{"CnnOnPartsWithAPeer", branched_cnn, parts_with_a_peer},
                    Case{"CnnBetweenNeighbours", branched_cnn, neighbours},
                    Case{"AttentionBesideTheHost", attention_block, device_beside_its_host},
                    Case{"CnnOnTheHostToo", branched_cnn, device_and_its_host},
                    Case{"AttentionOnTheHostToo", attention_block, device_and_its_host},
                    Case{"CnnBesideTheHost", branched_cnn, device_beside_its_host}),
    name_of);

TEST_P(Memories, RandomPlansComputeWhatTheReferenceDoesAndKeepTheContract) {
  const Network network = GetParam().network();
  const Hardware hardware = GetParam().hardware();
  const Values expected = run_reference(network, seeded_inputs(network, kSeed), kSeed);
  Replayer replayer(network, hardware, kSeed);
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    const Plan plan = random_plan(network, hardware, seed);
    replayer.prepare(plan);
    for (int repetition = 0; repetition < 3; ++repetition) {
      const RunResult run = replayer.run_once();
      EXPECT_THAT(violations(run.timeline, network, hardware, plan), IsEmpty());
    }
    expect_equal(replayer.outputs(), expected, network);
  }
}

TEST_P(Memories, StreamsKeepRequestsApart) {
  const Network network = GetParam().network();
  const Hardware hardware = GetParam().hardware();
  constexpr std::size_t kRequests = 7, kSeats = 3;
  Replayer replayer(network, hardware, kSeed);
  std::vector<Values> expected;
  for (std::size_t seat = 0; seat < kSeats; ++seat) {
    const Values inputs = seeded_inputs(network, 100 + seat);
    replayer.set_inputs_of_seat(seat, inputs);
    expected.push_back(run_reference(network, inputs, kSeed));
  }
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    const Plan plan = random_plan(network, hardware, seed);
    replayer.prepare(plan, kSeats, kRequests);
    const Workload workload = Workload::always(plan, kRequests, kSeats);
    const StreamResult stream = undisturbed(replayer, network, hardware, workload, true);
    EXPECT_THAT(violations(stream.record, stream.timelines, network, hardware, workload),
                IsEmpty());
    for (std::size_t i = 0; i < kRequests; ++i) {
      expect_equal(replayer.outputs_of(i), expected.at(stream.seats[i]), network);
    }
  }
}

// Two inferences by some plan.
void try_replay(const Hardware& hardware) {
  const Network network = branched_cnn();
  Replayer replayer(network, hardware, kSeed, {.patience = std::chrono::milliseconds(5'000)});
  replayer.prepare(random_plan(network, hardware, 1));
  replayer.run_once();
  replayer.run_once();
}

TEST(Memories, DevicesThatComputeInDifferentOnesAreRefused) {
  EXPECT_THAT(failure_of([] {
                try_replay(sharing(with_fakes(2, ""), {{1, 0}}));
              }),
              HasSubstr("processor 'cpu1' shares memory 'mem0' with 'cpu0', but their devices "
                        "compute in different memories"));
  EXPECT_THAT(failure_of([] {
                try_replay(sharing(with_fakes(3, ""), {{2, 1}}));
              }),
              HasSubstr("'cpu2' shares memory 'mem1' with 'cpu1': such devices must be of one "
                        "process"));
}

TEST(Memories, ADeviceThatReachesNoPeerSaysSo) {
  EXPECT_THAT(failure_of([] { try_replay(linked(fakes(2, "fault=peer"))); }),
              HasSubstr("cannot reach another device's memory: there is no way to that device"));
  // By way of the host's memory it need not.
  EXPECT_EQ(failure_of([] { try_replay(fakes(2, "fault=peer")); }), "");
}

TEST(Memories, WhatDoesNotFitIsRefusedByTheDevice) {
  EXPECT_THAT(failure_of([] { try_replay(linked(fakes(2, "memory=5000"))); }),
              HasSubstr("the device has 5000 bytes"));
}

// Copies straight to the other device take as long as the device says, and once: 2 ms, where to the
// host and back it would be 60.
TEST(Memories, PeersCopyOnce) {
  const Network network = branched_cnn();
  const Hardware hardware = linked(fakes(2, "copy_setup=30000000,peer_setup=2000000"));
  Replayer replayer(network, hardware, kSeed);
  const Plan plan = random_plan(network, hardware, 1);
  ASSERT_FALSE(plan.transfers().empty());
  replayer.prepare(plan);
  const RunResult run = replayer.run_once();
  ASSERT_EQ(run.timeline.legs.size(), plan.transfers().size());
  std::vector<Time> times;
  for (const LegSpan& leg : run.timeline.legs) {
    EXPECT_EQ(leg.leg, 0u);
    times.push_back(leg.finish - leg.start);
  }
  EXPECT_GE(*std::min_element(times.begin(), times.end()), Time{std::chrono::milliseconds(2)});
  EXPECT_LT(*std::min_element(times.begin(), times.end()), Time{std::chrono::milliseconds(30)});
}

// x -> own -> a ----------> both -> y
// x -> others -> t -> away -> u --^
Network others_needed() {
  NetworkBuilder builder("others needed");
  Tensor tensor;
  tensor.shape = {1, 16};
  const auto add = [&](const char* name, TensorKind kind) {
    tensor.name = name;
    tensor.kind = kind;
    return builder.add_tensor(tensor);
  };
  const TensorId x = add("x", TensorKind::Input), a = add("a", TensorKind::Activation),
                 t = add("t", TensorKind::Activation), u = add("u", TensorKind::Activation),
                 y = add("y", TensorKind::Activation);
  builder.add_layer({"own", OpKind::Neg, {}, {x}, {a}, {}});
  builder.add_layer({"others", OpKind::Abs, {}, {x}, {t}, {}});
  builder.add_layer({"away", OpKind::Relu, {}, {t}, {u}, {}});
  builder.add_layer({"both", OpKind::Add, {}, {a, u}, {y}, {}});
  builder.add_output(y);
  return builder.build({"test"});
}

// 'cpu1' copies t out for 'cpu2'. From 40 to 60 ms it looks whether 'own' has ended, as a driver that
// takes long; t is there at 50. When it then has queued the copy, it is all that 'cpu1' has to do.
TEST(Memories, ACopyForAnotherThatCameDuringALookIsToldOf) {
  const Network network = others_needed();
  HardwareParts parts = sharing(with_fakes(3, "", false, "gpu"), {{2, 1}}).parts();
  parts.processors[ProcessorId{1}].execution->options = "time=30000000,look=20000000";
  parts.processors[ProcessorId{2}].execution->options = "time=50000000";
  const Hardware hardware = HardwareBuilder::build(std::move(parts));
  const IdVector<LayerId, ProcessorId> on{ProcessorId{1}, ProcessorId{2}, ProcessorId{0},
                                          ProcessorId{1}};
  const IdVector<LayerId, double> rank{0, 1, 2, 3};
  const Plan plan = std::get<Plan>(
      make_plan(network, hardware, ordered_by(on, hardware.processors().size(), rank), "test"));
  Replayer replayer(network, hardware, kSeed, {.patience = std::chrono::milliseconds(5'000)});
  replayer.prepare(plan);
  for (int repetition = 0; repetition < 3; ++repetition) {
    EXPECT_THAT(violations(replayer.run_once().timeline, network, hardware, plan), IsEmpty());
  }
  expect_equal(replayer.outputs(), run_reference(network, seeded_inputs(network, kSeed), kSeed),
               network);
}

// --- sequences -----------------------------------------------------------------------------------

TEST(Sequences, ComputeTheSameAndTellTheTimeOfEachLayer) {
  const Network network = branched_cnn();
  const Values expected = run_reference(network, seeded_inputs(network, kSeed), kSeed);
  for (const std::size_t processors : {1u, 2u, 3u}) {
    const Hardware hardware = fakes(processors, std::string("graphs=1,") + kTimes);
    Replayer replayer(network, hardware, kSeed);
    for (std::uint32_t seed = 0; seed < 4; ++seed) {
      const Plan plan = random_plan(network, hardware, seed);
      replayer.prepare(plan);
      for (int repetition = 0; repetition < 3; ++repetition) {
        const RunResult run = replayer.run_once();
        EXPECT_THAT(violations(run.timeline, network, hardware, plan), IsEmpty());
        for (const LayerSpan& span : run.timeline.layers) {
          EXPECT_GE(span.finish - span.start, Time{std::chrono::microseconds(20)});
        }
      }
      expect_equal(replayer.outputs(), expected, network);
      // Several requests go layer by layer.
      replayer.prepare(plan, 2);
      const Workload workload = Workload::always(plan, 4, 2);
      const StreamResult stream = undisturbed(replayer, network, hardware, workload);
      EXPECT_THAT(violations(stream.record, stream.timelines, network, hardware, workload),
                  IsEmpty());
    }
  }
}

TEST(Sequences, ThatADeviceCannotMakeAreAnError) {
  EXPECT_THAT(failure_of([] { try_replay(fakes(1, "graphs=1,fault=sequence")); }),
              HasSubstr("cannot begin a sequence of layers: layers cannot be noted"));
  EXPECT_EQ(failure_of([] { try_replay(fakes(1, "fault=sequence")); }), "");
}

// A device of 100 W counts 100 uJ a microsecond.
TEST(Counters, OfADeviceComeWithEachRun) {
  const Network network = branched_cnn();
  const Hardware hardware = with_fakes(2, "watts=100,clock_khz=1980000");
  Replayer replayer(network, hardware, kSeed);
  replayer.prepare(plan_on(network, hardware, ProcessorId{1}));
  const auto first = replayer.run_once().counters, second = replayer.run_once().counters;
  EXPECT_EQ(first[ProcessorId{0}].microjoules, 0u);  // counts nothing
  EXPECT_EQ(second[ProcessorId{1}].clock_khz, 1'980'000u);
  EXPECT_GT(second[ProcessorId{1}].microjoules, first[ProcessorId{1}].microjoules);
}

// On one memory nothing is sent, whoever makes it and reads it.
TEST(Memories, ProcessorsOfOneSendNothing) {
  const Network network = branched_cnn();
  const Hardware hardware = two_on_one();
  Replayer replayer(network, hardware, kSeed);
  const Plan plan = random_plan(network, hardware, 1);
  EXPECT_TRUE(plan.transfers().empty());
  EXPECT_FALSE(plan.order(ProcessorId{0}).empty());
  EXPECT_FALSE(plan.order(ProcessorId{1}).empty());
  replayer.prepare(plan);
  EXPECT_TRUE(replayer.run_once().timeline.legs.empty());
}

TEST(Memories, WeightsOfAColdStartThatTwoProcessorsReadAreRefused) {
  const Network network = branched_cnn();
  const Hardware hardware = two_of_three_from_host();
  const Network cold = with_cold_weights(network);
  std::string failures;
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    const Plan plan =
        std::get<Plan>(with_cold_start(cold, hardware, random_plan(network, hardware, seed)));
    failures += failure_of([&] { Replayer(network, hardware, kSeed).prepare(plan); });
  }
  EXPECT_THAT(failures, HasSubstr("weights of a cold start come to one processor of a memory"));
}

}  // namespace
}  // namespace partita::exec
