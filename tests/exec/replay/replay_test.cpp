// Replays against the reference executor and the independent checker.
#include "exec/replay/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "exec/reference/reference.h"
#include "exec/values/values.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr double kClose = 1e-4;

void expect_equal(const std::map<TensorId, TensorValue>& outputs,
                  const std::map<TensorId, TensorValue>& expected, const Network& network) {
  ASSERT_EQ(outputs.size(), expected.size());
  for (const auto& [tensor, value] : expected) {
    const Difference difference = compare(outputs.at(tensor), value);
    EXPECT_LE(difference.relative, kClose) << network.tensor(tensor).name;
  }
}

std::map<TensorId, TensorValue> reference(const Network& network) {
  return run_reference(network, seeded_inputs(network, kSeed), kSeed);
}

struct Case {
  const char* name;
  Network (*network)();
  std::size_t workers;
  bool host;
};
class ReplayTest : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Networks, ReplayTest,
                         testing::Values(Case{"CnnOnOne", branched_cnn, 1, false},
                                         Case{"CnnOnTwo", branched_cnn, 2, false},
                                         Case{"CnnOnThree", branched_cnn, 3, false},
                                         Case{"CnnFromHost", branched_cnn, 2, true},
                                         Case{"AttentionOnTwo", attention_block, 2, false},
                                         Case{"AttentionFromHost", attention_block, 3, true}),
                         [](const auto& each) { return each.param.name; });

TEST_P(ReplayTest, RandomPlansComputeWhatTheReferenceDoesAndKeepTheContract) {
  const Network network = GetParam().network();
  const Hardware hardware = workers(GetParam().workers, GetParam().host);
  const auto expected = reference(network);
  Replayer replayer(network, hardware, kSeed);
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    const Plan plan = random_plan(network, hardware, seed);
    replayer.prepare(plan);
    for (int repetition = 0; repetition < 3; ++repetition) {
      const RunResult run = replayer.run_once();
      EXPECT_EQ(run.timeline.origin, Origin::Measured);
      EXPECT_THAT(violations(run.timeline, network, hardware, plan), testing::IsEmpty());
    }
    expect_equal(replayer.outputs(), expected, network);
  }
}

// Weights that a worker lacks come from the one that has them; what stays is not made again.
TEST(Replay, SwitchingPlansMovesExactlyTheWeightsThatAreNew) {
  const Network network = branched_cnn();
  const Hardware hardware = workers(2);
  const auto expected = reference(network);
  Replayer replayer(network, hardware, kSeed);
  const Plan first = random_plan(network, hardware, 3);
  EXPECT_EQ(replayer.prepare(first).weights_moved, Bytes{0});
  for (std::uint32_t seed = 4; seed < 10; ++seed) {
    const Plan before = random_plan(network, hardware, seed - 1);
    const Plan after = random_plan(network, hardware, seed);
    Bytes moved;
    std::size_t stayed = 0;
    for (const LayerId layer : network.layers()) {
      if (before.processor(layer) == after.processor(layer)) {
        ++stayed;
        continue;
      }
      // No two layers of this network share a weight.
      for (const TensorId input : network.layer(layer).inputs) {
        if (network.tensor(input).kind == TensorKind::Weight) moved += network.tensor(input).size;
      }
    }
    const Preparation& preparation = replayer.prepare(after);
    EXPECT_EQ(preparation.weights_moved, moved);
    EXPECT_LE(preparation.kernels_kept, stayed);
    EXPECT_EQ(preparation.kernels_kept + preparation.kernels_made, network.layer_count());
    replayer.run_once();
    expect_equal(replayer.outputs(), expected, network);
  }
  const Preparation& same = replayer.prepare(random_plan(network, hardware, 9));
  EXPECT_EQ(same.weights_moved, Bytes{0});
  EXPECT_EQ(same.kernels_kept, network.layer_count());
}

TEST(Replay, OtherInputsGiveTheirOwnResults) {
  const Network network = attention_block();
  const Hardware hardware = workers(2);
  Replayer replayer(network, hardware, kSeed);
  replayer.prepare(random_plan(network, hardware, 1));
  replayer.run_once();
  const auto before = replayer.outputs();
  const auto others = seeded_inputs(network, kSeed + 1);
  replayer.set_inputs(others);
  replayer.run_once();
  const auto after = replayer.outputs();
  expect_equal(after, run_reference(network, others, kSeed), network);
  EXPECT_GT(compare(after.rbegin()->second, before.rbegin()->second).relative, 0.01);
  // They stay through a change of plan.
  replayer.prepare(random_plan(network, hardware, 2));
  replayer.run_once();
  expect_equal(replayer.outputs(), after, network);
}

// 1 MB/s: every copy takes at least its bytes in microseconds. Ten times as long: at least nine tenths
// of each layer are waiting, which the thread does awake.
TEST(Replay, AHandicapHoldsUpCopiesAndLayers) {
  const Network network = branched_cnn();
  const Hardware hardware = workers(2);
  const Plan plan = random_plan(network, hardware, 5);
  const auto expected = reference(network);
  ReplayerOptions options;
  options.handicaps.push_back({.slowdown = 10, .copies = Bandwidth{1'000'000}});
  options.handicaps.push_back({});
  Replayer replayer(network, hardware, kSeed, options);
  replayer.prepare(plan);
  const RunResult run = replayer.run_once();
  std::size_t held_up = 0;
  for (const LegSpan& leg : run.timeline.legs) {
    if (leg.copier != ProcessorId{0}) continue;
    const Bytes size = network.tensor(plan.transfers()[leg.transfer].tensor).size;
    EXPECT_GE(leg.finish - leg.start, Time{size.value * 1'000'000});
    ++held_up;
  }
  EXPECT_GT(held_up, 0u);
  EXPECT_THAT(violations(run.timeline, network, hardware, plan), testing::IsEmpty());
  expect_equal(replayer.outputs(), expected, network);
}

TEST(Replay, ManyRunsAreSummedUp) {
  const Network network = branched_cnn();
  const Hardware hardware = workers(2);
  Replayer replayer(network, hardware, kSeed);
  const Plan plan = random_plan(network, hardware, 5);
  RepeatOptions options;
  options.repetitions = 5;
  int calls = 0;
  options.progress = [&](int done, int wanted) {
    EXPECT_LE(done, wanted);
    ++calls;
  };
  const ReplayResult result = replayer.run(plan, options);
  EXPECT_EQ(static_cast<std::size_t>(calls), result.clean + result.discarded);
  EXPECT_EQ(result.makespans.size(), result.clean > 0 ? result.clean : result.discarded);
  std::vector<Time> sorted = result.makespans;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(result.timeline.makespan, sorted[(sorted.size() - 1) / 2]);
  EXPECT_EQ(result.layers[LayerId{0}].size(), result.makespans.size());
  EXPECT_THAT(violations(result.timeline, network, hardware, plan), testing::IsEmpty());
  EXPECT_THAT(result.preparation.implementations, testing::Each(testing::Not("")));
}

TEST(Replay, GoesOnUntilTheMedianIsKnownOrTheTimeIsOver) {
  const Network network = branched_cnn();
  const Hardware hardware = workers(1);
  Replayer replayer(network, hardware, kSeed);
  const Plan plan = plan_on(network, hardware, ProcessorId{0});
  RepeatOptions options;
  options.warm_up = 0;
  options.repetitions = 1;
  options.time_limit = std::chrono::seconds(2);
  options.half_width = 1e-9;  // never
  const ReplayResult long_one = replayer.run(plan, options);
  EXPECT_GT(long_one.clean + long_one.discarded, 6u);
  EXPECT_LE(long_one.clean, long_one.makespans.size());
  options.half_width = 10;  // as soon as there is an interval
  options.time_limit = std::chrono::seconds(30);
  EXPECT_EQ(replayer.run(plan, options).clean, 6u);
}

TEST(Replay, SaysWhereItRan) {
  const Network network = branched_cnn();
  const Hardware hardware = workers(2);
  const Environment environment = Replayer(network, hardware, kSeed).environment();
  EXPECT_THAT(environment.before.kernel, testing::StartsWith("Linux "));
  EXPECT_GT(environment.before.cores, 0);
  EXPECT_THAT(environment.topology, testing::HasSubstr("core"));
  ASSERT_EQ(environment.processors.size(), 2u);
  EXPECT_EQ(environment.processors[1].name, "cpu1");
  EXPECT_EQ(environment.processors[1].isa, "sse41");
  EXPECT_THAT(environment.processors[0].computes, testing::HasSubstr("oneDNN"));
}

TEST(Replay, PlansInTurnsEachGetTheirOwnResults) {
  const Network network = branched_cnn();
  const Hardware hardware = workers(2);
  const auto expected = reference(network);
  Replayer replayer(network, hardware, kSeed);
  const Plan a = random_plan(network, hardware, 1), b = random_plan(network, hardware, 2);
  ASSERT_NE(a.placement().processor, b.placement().processor);
  RepeatOptions options;
  options.warm_up = 0;
  options.repetitions = 4;
  options.time_limit = std::chrono::seconds(8);  // clean runs may be rare
  std::vector<std::pair<std::size_t, int>> turns;
  const auto results =
      replayer.run_in_turns({&a, &b}, options, 2, [&](std::size_t plan, int round) {
        turns.emplace_back(plan, round);
        expect_equal(replayer.outputs(), expected, network);
      });
  EXPECT_THAT(turns, testing::ElementsAre(std::pair(0u, 0), std::pair(1u, 0), std::pair(0u, 1),
                                          std::pair(1u, 1)));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_THAT(violations(results[0].timeline, network, hardware, a), testing::IsEmpty());
  EXPECT_THAT(violations(results[1].timeline, network, hardware, b), testing::IsEmpty());
  EXPECT_GE(results[0].clean + results[0].discarded, 4u);
}

TEST(Replay, ALayerWithoutAKernelIsNamedBeforeAnythingStarts) {
  NetworkBuilder builder("strange");
  const auto tensor = [&](const std::string& name, TensorKind kind, DataType type) {
    Tensor made;
    made.name = name;
    made.kind = kind;
    made.type = type;
    made.shape = {4};
    return builder.add_tensor(made);
  };
  const TensorId x = tensor("x", TensorKind::Input, DataType::F64);
  const TensorId y = tensor("y", TensorKind::Activation, DataType::F64);
  const TensorId z = tensor("z", TensorKind::Activation, DataType::F64);
  builder.add_layer({"first", OpKind::Relu, {}, {x}, {y}, {}});
  builder.add_layer({"second", OpKind::Exp, {}, {y}, {z}, {}});
  builder.add_output(z);
  const Network network = builder.build({"test"});
  const Hardware hardware = workers(1);
  try {
    Replayer replayer(network, hardware, kSeed);
    FAIL() << "it started";
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(),
                testing::HasSubstr("layer 'first' (Relu): no kernel for operands of type f64"));
    EXPECT_THAT(e.what(), testing::HasSubstr("layer 'second' (Exp)"));
  }
}

}  // namespace
}  // namespace partita::exec
