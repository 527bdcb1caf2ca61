#include "partition/runtime/policies/estimates.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/partition/runtime/policies/two_processors.h"

namespace partita {
namespace {

class EstimatesTest : public testing::Test, protected test::TwoProcessors {
 protected:
  // Layers 0 to 3 on p, 4 to 7 on q, stretched.
  std::vector<LayerReading> request(double p, double q, std::uint32_t input_class = 0) const {
    std::vector<LayerReading> made;
    for (std::uint32_t i = 0; i < kLayers; ++i) {
      const ProcessorId on = i < 4 ? kP : kQ;
      made.push_back({LayerId{i}, on, input_class, scaled(100us, on == kP ? p : q)});
    }
    return made;
  }
  void calm(Estimates& estimates) const {
    for (int i = 0; i < 10; ++i) estimates.observe(request(1, 1), {});
  }
  // One plan for each of so many classes: four layers on each processor.
  std::vector<std::shared_ptr<const Plan>> plans(std::size_t classes) const {
    const auto plan = std::make_shared<const Plan>(
        test::plan_of(*network, *hardware, {{0, 1, 2, 3}, {4, 5, 6, 7, 8}}));
    return {classes, plan};
  }
  // 1,000 B at 1 B a ns take 1 us.
  CopyReading copy(Time measured, bool back = false) const {
    return {network->layer(LayerId{0}).inputs.front(), MemoryId{back ? 1u : 0u},
            MemoryId{back ? 0u : 1u}, measured};
  }
  Estimates estimates_{problem, *hardware};
};

// Three of four layers of q are slow: somebody may have had a turn there.
TEST_F(EstimatesTest, BelieveTheSecondSurpriseAndNotTheFirst) {
  calm(estimates_);
  std::vector<LayerReading> most = request(1, 3);
  most.back().measured = 100us;
  estimates_.observe(most, {});
  EXPECT_NEAR(estimates_.slowdown(kQ), 1, 0.01);
  estimates_.observe(most, {});
  EXPECT_GT(estimates_.slowdown(kQ), 1.5);
  EXPECT_NEAR(estimates_.slowdown(kP), 1, 0.01);
}

TEST_F(EstimatesTest, BelieveAtOnceWhatAllLayersShow) {
  calm(estimates_);
  estimates_.observe(request(1, 3), {});
  EXPECT_NEAR(estimates_.slowdown(kQ), 3, 0.15);
  EXPECT_NEAR(estimates_.slowdown(kP), 1, 0.01);
}

// One batch that holds two requests is two requests, the second of which is believed.
TEST_F(EstimatesTest, TellRequestsOfOneBatchApart) {
  calm(estimates_);
  std::vector<LayerReading> both = request(1, 3);
  both.back().measured = 100us;
  const std::vector<LayerReading> second = both;
  both.insert(both.end(), second.begin(), second.end());
  estimates_.observe(both, {});
  EXPECT_GT(estimates_.slowdown(kQ), 1.5);
}

// What a plan takes with contention is what is expected of it, and no slowdown.
TEST_F(EstimatesTest, ExpectWhatThePlanInForceTakes) {
  CandidateMaker maker(problem);
  Candidate candidate = maker.make("", {std::make_shared<Plan>(test::plan_of(
                                           *network, *hardware, {{0, 1, 2, 3, 8}, {4, 5, 6, 7}}))});
  for (const LayerId layer : network->layers()) candidate.classes[0].spent[layer] = 150us;
  estimates_.expect(candidate);
  for (int i = 0; i < 10; ++i) estimates_.observe(request(1.5, 1.5), {});
  EXPECT_NEAR(estimates_.slowdown(kP), 1, 1e-9);
  EXPECT_NEAR(estimates_.slowdown(kQ), 1, 1e-9);
}

// Copies that meet others take longer: only when the fastest of four is slow, the link is.
TEST_F(EstimatesTest, ALinkIsAsSlowAsTheFastestOfItsLatestCopies) {
  for (const Time time : {4us, 4us, 1us, 4us}) {
    const std::vector<CopyReading> copies{copy(time)};
    estimates_.observe({}, copies);
  }
  EXPECT_DOUBLE_EQ(estimates_.link_slowdown(LinkId{0}), 1);
  for (int i = 0; i < 3; ++i) {
    const std::vector<CopyReading> copies{copy(4us)};
    estimates_.observe({}, copies);
  }
  EXPECT_DOUBLE_EQ(estimates_.link_slowdown(LinkId{0}), 4);
  const std::vector<CopyReading> well{copy(1us)};
  estimates_.observe({}, well);
  EXPECT_DOUBLE_EQ(estimates_.link_slowdown(LinkId{0}), 1);
}

// The way back is as fast as ever, so it is not the link.
TEST_F(EstimatesTest, ALinkIsNotSlowerThanTheFastestOfItsWays) {
  std::vector<CopyReading> copies(4, copy(4us));
  estimates_.observe({}, copies);
  EXPECT_DOUBLE_EQ(estimates_.link_slowdown(LinkId{0}), 4);
  copies.assign(4, copy(2us, true));
  estimates_.observe({}, copies);
  EXPECT_DOUBLE_EQ(estimates_.link_slowdown(LinkId{0}), 2);
}

// 100 a second are expected, 200 come: after 64 arrivals, twice the memory, 1 - e^-2 of the
// difference of gaps has been learned: 10 ms - 5 ms * 0.87 = 5.66 ms.
TEST_F(EstimatesTest, LearnHowOftenRequestsCome) {
  EXPECT_DOUBLE_EQ(estimates_.rate(Time{0}), 100);
  Time now{0};
  for (int i = 0; i <= 64; ++i) estimates_.arrived(now = 5ms * i, 0);
  EXPECT_NEAR(1 / estimates_.rate(now), 5.66e-3, 0.05e-3);
  // When nobody comes for 50 ms, no more than 20 a second do.
  EXPECT_NEAR(estimates_.rate(now + 50ms), 20, 1e-9);
}

TEST_F(EstimatesTest, LearnWhichInputsCome) {
  problem.classes.push_back(problem.classes.front());
  Estimates two(problem, *hardware);
  EXPECT_DOUBLE_EQ(two.shares()[1], 0.5);
  for (int i = 0; i < 64; ++i) two.arrived(1ms * i, 1);
  // (1 - 1 / 32)^64 / 2 of the other is left.
  EXPECT_NEAR(two.shares()[0], 0.5 * std::pow(31.0 / 32, 64), 1e-12);
  EXPECT_NEAR(two.shares()[0] + two.shares()[1], 1, 1e-12);
}

// The second class takes three times as long: none of its readings says anything of a processor.
TEST_F(EstimatesTest, ClassesHaveCostsOfTheirOwn) {
  CostTable longer(network->layer_count(), 2);
  for (const LayerId layer : network->layers()) {
    for (const ProcessorId p : {kP, kQ}) longer.set(layer, p, LayerCost{300us, Bytes{}});
  }
  problem.classes.push_back({&*network, &longer, 1});
  Estimates two(problem, *hardware);
  for (int i = 0; i < 10; ++i) {
    two.observe(request(1, 1, 0), {});
    two.observe(request(3, 3, 1), {});
  }
  EXPECT_NEAR(two.slowdown(kP), 1, 1e-9);
  two.observe(request(2, 1, 0), {});
  two.observe(request(6, 3, 1), {});
  EXPECT_NEAR(two.slowdown(kP), 2, 0.1);
}

// Of those that seem to be of the first class, half take three times as long: 200 us are expected. When
// they have run, it is known which, and that nothing is slow.
TEST_F(EstimatesTest, ReadingsAreHeldAgainstWhatTheInputWas) {
  CostTable longer = *costs, mean = *costs;
  for (const LayerId layer : network->layers()) {
    for (const ProcessorId p : {kP, kQ}) {
      longer.set(layer, p, LayerCost{300us, Bytes{}});
      mean.set(layer, p, LayerCost{200us, Bytes{}});
    }
  }
  problem.classes = {{&*network, &mean, 1, &*network, &*costs},
                     {&*network, &mean, 1, &*network, &longer}};
  Estimates two(problem, *hardware);
  two.expect(CandidateMaker(problem).make("half each", plans(2)));
  for (int i = 0; i < 10; ++i) {
    two.observe(request(1, 1, 0), {});
    two.observe(request(3, 3, 1), {});
  }
  EXPECT_NEAR(two.slowdown(kP), 1, 1e-9);
  EXPECT_NEAR(two.factor(1, LayerId{0}, kP), 1, 1e-9);
}

// p and q in one package, whose processors take 1.5 x as long while both are busy: a request on p took
// 150 us a layer while another ran on q. Who is told of p alone has to believe that it is slow; who is
// told of both knows better. In the end q has no company, and is slow.
TEST_F(EstimatesTest, ALayerThatHadCompanyWasNotSlow) {
  HardwareParts parts = hardware->parts();
  parts.packages.push_back({"package", 1.5, {}});
  for (ProcessorSpec& each : parts.processors) each.package = 0;
  const Hardware together = HardwareBuilder::build(std::move(parts));
  problem.hardware = &together;
  problem.in_flight = 2;
  Estimates estimates(problem, together);
  Time now{0};
  const auto layers = [&](ProcessorId on, Time each, std::uint32_t run) {
    std::vector<LayerReading> made;
    for (std::uint32_t i = 0; i < 4; ++i)
      made.push_back({LayerId{i}, on, 0, each, now + each * static_cast<int>(i), run});
    return made;
  };
  for (std::uint32_t i = 0; i < 10; ++i, now += 1ms) {
    estimates.observe(layers(kP, 150us, 2 * i), {});
    estimates.observe(layers(kQ, 150us, 2 * i + 1), {});
  }
  EXPECT_NEAR(estimates.slowdown(kQ), 1, 0.01);
  EXPECT_NEAR(estimates.slowdown(kP), 1.5, 0.1);
  for (std::uint32_t i = 0; i < 10; ++i, now += 1ms) {
    std::vector<LayerReading> both = layers(kP, 150us, 100 + 2 * i);
    const std::vector<LayerReading> other = layers(kQ, 150us, 101 + 2 * i);
    both.insert(both.end(), other.begin(), other.end());
    estimates.observe(both, {});
  }
  EXPECT_NEAR(estimates.slowdown(kQ), 1, 0.01);
  EXPECT_NEAR(estimates.slowdown(kP), 1, 0.05);
  for (std::uint32_t i = 0; i < 4; ++i, now += 1ms)
    estimates.observe(layers(kQ, 150us, 200 + i), {});
  EXPECT_NEAR(estimates.slowdown(kQ), 1.5, 0.1);
}

// Somebody takes 3/4 of q, whose layers take 4 times as long; all that is in force is on p. When he
// takes half of it, they take 2 times as long, and none of them has to say so.
TEST_F(EstimatesTest, WhatOthersUseTellsOfProcessorsThatAreNotUsed) {
  calm(estimates_);
  const auto say = [&](ProcessorId processor, double share) {
    estimates_.others(std::vector<LoadReading>{{processor, share}});
  };
  say(kQ, 0.75);
  for (int i = 0; i < 3; ++i) estimates_.observe(request(1, 4), {});
  Candidate all_on_p = library()->candidates.front();
  all_on_p.configuration = std::make_shared<const Configuration>(
      Configuration{"p",
                    {std::make_shared<const Plan>(
                        test::plan_of(*network, *hardware, {{0, 1, 2, 3, 4, 5, 6, 7, 8}, {}}))},
                    {}});
  estimates_.expect(all_on_p);
  EXPECT_NEAR(estimates_.slowdown(kQ), 4, 0.2);
  say(kQ, 0.5);
  EXPECT_NEAR(estimates_.slowdown(kQ), 2, 0.1);
  say(kQ, 0);
  EXPECT_NEAR(estimates_.slowdown(kQ), 1, 0.05);
}

TEST_F(EstimatesTest, AProcessorMayBeFasterThanExpected) {
  for (int i = 0; i < 10; ++i) estimates_.observe(request(0.5, 1), {});
  EXPECT_NEAR(estimates_.slowdown(kP), 0.5, 0.05);
  EXPECT_NEAR(estimates_.factor(0, LayerId{0}, kP), 0.5, 0.05);
}

// p and q are in use. Layers of p are as ever, as none of them met those who have two thirds of it, who
// must have held up others; so whatever it is told is at least three times as long. Layers of q
// take four times as long, which is more than half of it explains; that stays when it is not in use.
TEST_F(EstimatesTest, NothingIsFasterThanWhatOthersLeave) {
  calm(estimates_);
  estimates_.others(std::vector<LoadReading>{{kP, 2.0 / 3}, {kQ, 0.5}});
  for (int i = 0; i < 3; ++i) estimates_.observe(request(1, 4), {});
  EXPECT_NEAR(estimates_.slowdown(kP), 3, 0.01);
  EXPECT_NEAR(estimates_.factor(0, LayerId{0}, kP), 3, 0.2);
  EXPECT_NEAR(estimates_.slowdown(kQ), 4, 0.2);
  Candidate neither = library()->candidates.front();
  neither.configuration = std::make_shared<const Configuration>(Configuration{"neither", {}, {}});
  neither.classes.clear();
  estimates_.expect(neither);
  EXPECT_NEAR(estimates_.slowdown(kP), 3, 0.01);
  estimates_.others(std::vector<LoadReading>{{kP, 0}, {kQ, 0}});
  EXPECT_NEAR(estimates_.slowdown(kP), 1, 0.05);
  EXPECT_NEAR(estimates_.slowdown(kQ), 2, 0.1);
}

// Four times as long while others have half of q; when they have left it, it is as expected until it is
// read again. They leave p, too, of which readings said nothing else.
TEST_F(EstimatesTest, WhatOthersLeftIsNotKnownOfAProcessorInUse) {
  estimates_.expect(library()->candidates.front());
  calm(estimates_);
  estimates_.others(std::vector<LoadReading>{{kP, 0.5}, {kQ, 0.5}});
  for (int i = 0; i < 8; ++i) estimates_.observe(request(1, 4), {});
  EXPECT_NEAR(estimates_.slowdown(kQ), 4, 0.2);
  estimates_.others(std::vector<LoadReading>{{kP, 0.4}, {kQ, 0.4}});
  EXPECT_NEAR(estimates_.slowdown(kQ), 4, 0.2);
  estimates_.others(std::vector<LoadReading>{{kP, 0}, {kQ, 0}});
  EXPECT_EQ(estimates_.slowdown(kQ), 1);
  EXPECT_EQ(estimates_.slowdown(kP), 1);
  for (int i = 0; i < 3; ++i) estimates_.observe(request(1, 2), {});
  EXPECT_NEAR(estimates_.slowdown(kQ), 2, 0.1);
}

TEST_F(EstimatesTest, NothingIsKnownOfAProcessorThatComesBack) {
  calm(estimates_);
  for (int i = 0; i < 3; ++i) estimates_.observe(request(1, 5), {});
  EXPECT_GT(estimates_.slowdown(kQ), 4);
  estimates_.lost(kQ);
  EXPECT_FALSE(estimates_.present(kQ));
  estimates_.back(kQ);
  EXPECT_TRUE(estimates_.present(kQ));
  EXPECT_EQ(estimates_.slowdown(kQ), 1);
}

// Forgotten after three requests without a reading; it is slow still, so six the next time.
TEST_F(EstimatesTest, WhoWasForgottenInVainIsRememberedForLonger) {
  EstimateOptions options;
  options.forget_after = 3;
  Estimates estimates(problem, *hardware, options);
  calm(estimates);
  const auto without_q = [&] {
    std::vector<LayerReading> all = request(1, 1);
    all.resize(4);
    return all;
  };
  const auto forgets_after = [&] {
    int count = 0;
    while (estimates.slowdown(kQ) > 2 && count < 100) {
      estimates.observe(without_q(), {});
      ++count;
    }
    return count;
  };
  for (int i = 0; i < 3; ++i) estimates.observe(request(1, 5), {});
  EXPECT_EQ(forgets_after(), 3);
  for (int i = 0; i < 3; ++i) estimates.observe(request(1, 5), {});
  EXPECT_EQ(forgets_after(), 6);
}

}  // namespace
}  // namespace partita
