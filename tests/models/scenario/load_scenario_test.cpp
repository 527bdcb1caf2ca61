// Scenario files: what they say, and what is wrong with them.
#include <configured/source_dir.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/hardware/load_hardware.h"
#include "models/scenario/scenario.h"
#include "tests/support/text_file.h"

namespace partita {
namespace {

using test::complaint;
using test::TextFile;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Hardware two_processors(const Scenario&) {
  return load_hardware(PARTITA_SOURCE_DIR "/hw_configs/two_processors.yaml");
}
LoadedScenario loaded(const std::string& text) {
  const TextFile file("scenario.yaml", text);
  return load_scenario(file.path(), two_processors);
}

const std::string kSmall =
    "scenario: {name: small, about: as little as can be}\n"
    "network: zoo:lenet\n"
    "machine: two_processors\n"
    "arrivals: every 2 ms\n"
    "requests: 10\n";

TEST(LoadScenario, DefaultsAreOneClassInOneQueue) {
  const Scenario scenario = loaded(kSmall).scenario;
  EXPECT_EQ(scenario.name, "small");
  ASSERT_THAT(scenario.classes, SizeIs(1));
  ASSERT_THAT(scenario.mix, SizeIs(1));
  EXPECT_THAT(scenario.mix[0].shares, ElementsAre(1));
  EXPECT_EQ(scenario.in_flight, 1U);
  EXPECT_EQ(scenario.queue, 64U);
  EXPECT_EQ(scenario.monitor, 0ms);
  EXPECT_FALSE(scenario.disturbed());
}

TEST(LoadScenario, EverythingIsRead) {
  const LoadedScenario all =
      loaded(kSmall +
             "inputs: {easy: {leaves_after: c3}, long: {network: 'zoo:lenet?batch=2'}}\n"
             "mix:\n"
             "  - {easy: 0.25, long: 0.75}\n"
             "  - {from: 1 s, easy: 1}\n"
             "analyzer: 0.9\n"
             "in_flight: 3\n"
             "queue: 7\n"
             "monitor: 5 ms\n"
             "load:\n"
             "  hot: {processor: fast, slowdown: 2, from: 1 s, until: 2 s}\n"
             "  gone: {processor: slow, lost: true, from: 3 s, until: 4 s}\n"
             "halts: [gone]\n"
             "adversary: {slowdown: 4, after: 10 ms}\n"
             "seed: 5\n");
  const Scenario& scenario = all.scenario;
  EXPECT_EQ(scenario.classes[0].leaves_after, "c3");
  EXPECT_EQ(scenario.classes[1].network, "zoo:lenet?batch=2");
  EXPECT_THAT(scenario.mix[0].shares, ElementsAre(0.25, 0.75));
  EXPECT_THAT(scenario.mix[1].shares, ElementsAre(1, 0));
  EXPECT_EQ(scenario.mix[1].from, 1000ms);
  EXPECT_EQ(scenario.analyzer, 0.9);
  EXPECT_EQ(scenario.in_flight, 3U);
  EXPECT_EQ(scenario.queue, 7U);
  EXPECT_EQ(scenario.monitor, 5ms);
  EXPECT_THAT(scenario.stops, ElementsAre(false, true));
  EXPECT_EQ(scenario.adversary->slowdown, 4);
  EXPECT_EQ(scenario.adversary->after, 10ms);
  EXPECT_EQ(scenario.seed, 5U);
  // The machine has the scenario's load.
  ASSERT_THAT(all.hardware.load(), SizeIs(2));
  EXPECT_EQ(all.hardware.load()[0].effect, LoadEffect(SlowedDown{ProcessorId{1}, 2}));
  EXPECT_TRUE(scenario.disturbed());
}

TEST(LoadScenario, ArrivalsMayBeSharesOfWhatAMachineServes) {
  const std::string head = kSmall.substr(0, kSmall.find("arrivals"));
  const Scenario poisson = loaded(head + "arrivals: poisson 60 %\nrequests: 1\n").scenario;
  EXPECT_DOUBLE_EQ(poisson.arrivals.share, 0.6);
  const Scenario bursts =
      loaded(head +
             "arrivals: {markov: [{rate: 30 %, stay: 2 s}, {rate: 500/s, stay: 100 ms}]}\n"
             "requests: 1\n")
          .scenario;
  ASSERT_THAT(bursts.arrivals.markov, SizeIs(2));
  EXPECT_DOUBLE_EQ(bursts.arrivals.markov[0].share, 0.3);
  EXPECT_EQ(bursts.arrivals.markov[1].per_second, 500'000'000);
  EXPECT_EQ(bursts.arrivals.markov[1].stay, 100ms);
}

TEST(LoadScenario, AllMistakesAtOnceAlsoThoseOfItsMachine) {
  const TextFile file("scenario.yaml", kSmall + "queue: 0\nanalyzer: 2\nmonitor: 5\n");
  const std::string said = complaint(file, [](const std::string& path) {
    load_scenario(path, [](const Scenario&) -> Hardware {
      throw ConfigError({"machine.yaml", 3, 4}, "no such machine");
    });
  });
  EXPECT_THAT(said, AllOf(HasSubstr("scenario.yaml:6:8: error: queue: '0'"),
                          HasSubstr(":7:11: error: analyzer"), HasSubstr(":8:10: error: monitor"),
                          HasSubstr("machine.yaml:3:4: error: no such machine")));
}

TEST(LoadScenario, SomebodyMustBeLeft) {
  const TextFile file("scenario.yaml", kSmall +
                                           "load: {a: {processor: fast, lost: true, from: 1 s}, b: "
                                           "{processor: slow, lost: true}}\n");
  const std::string said =
      complaint(file, [](const std::string& path) { load_scenario(path, two_processors); });
  EXPECT_THAT(said, HasSubstr("nobody is left to answer"));
}

}  // namespace
}  // namespace partita
