// What a scenario says that others do, done at its times.
#include "exec/runtime/disturber.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include "exec/host/computer.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr ProcessorId kFirst{0}, kSecond{1};

struct Noted : Disturbed {
  std::vector<std::string> calls;
  void slow_down(ProcessorId processor, double factor) override {
    calls.push_back(fmt::format("{} x {}", index(processor), factor));
  }
  void signal_workers(ProcessorId processor, int signal) override {
    calls.push_back(fmt::format("{} signal {}", index(processor), signal));
  }
  std::vector<std::string> taken() { return std::exchange(calls, {}); }
};

// A child that does nothing until it is ended.
class Sleeper {
 public:
  Sleeper() : number_(fork()) {
    if (number_ == 0) {
      pause();
      _exit(0);
    }
  }
  ~Sleeper() {
    kill(number_, SIGKILL);
    waitpid(number_, nullptr, 0);
  }
  int number() const { return number_; }

 private:
  pid_t number_;
};

template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 5000 && !condition(); ++i) std::this_thread::sleep_for(1ms);
  return condition();
}

class DisturberTest : public testing::Test {
 protected:
  Disturber disturber(std::vector<LoadSpec> load, int signal = SIGKILL) {
    return Disturber(hardware_, load, 10s, noted_, away_, signal);
  }
  const Hardware hardware_ = workers(2);
  Noted noted_;
  Away away_{2};
};

// 2 x from 1 s to 3 s and 3 x from 2 s: 2, 6, 3.
TEST_F(DisturberTest, SlowdownsMultiply) {
  Disturber it = disturber({{"a", SlowedDown{kFirst, 2}, 1s, Time{3s}, {}, {}},
                            {"b", SlowedDown{kFirst, 3}, 2s, {}, {}, {}}});
  EXPECT_EQ(it.next(), 1s);
  it.act(Time{1s} - Time{1});
  EXPECT_THAT(noted_.taken(), IsEmpty());
  it.act(1s);
  EXPECT_THAT(noted_.taken(), ElementsAre("0 x 2"));
  EXPECT_EQ(it.next(), 2s);
  it.act(3s);
  EXPECT_THAT(noted_.taken(), ElementsAre("0 x 6", "0 x 3"));
  it.act(100s);
  EXPECT_THAT(noted_.taken(), ElementsAre("0 x 1"));
  EXPECT_EQ(it.next(), Time::max());
}

// One that ends at 1 s is over before another begins then: 2, then 1, 3; not 6.
TEST_F(DisturberTest, WhatEndsIsOverBeforeWhatBegins) {
  Disturber it = disturber({{"b", SlowedDown{kFirst, 3}, 1s, {}, {}, {}},
                            {"a", SlowedDown{kFirst, 2}, 0s, Time{1s}, {}, {}}});
  it.act(1s);
  EXPECT_THAT(noted_.taken(), ElementsAre("0 x 2", "0 x 1", "0 x 3"));
}

// Three times, the last until the end of all.
TEST_F(DisturberTest, WhatHoldsAgainAndAgainDoesSo) {
  Disturber it = disturber({{"saw", SlowedDown{kSecond, 2}, 0s, Time{1s}, Time{2s}, {}}});
  it.act(5s);
  EXPECT_THAT(noted_.taken(), ElementsAre("1 x 2", "1 x 1", "1 x 2", "1 x 1", "1 x 2", "1 x 1"));
}

TEST_F(DisturberTest, WhoIsLostIsEndedAndSoIsWhoeverIsStartedThere) {
  Disturber it = disturber({{"loss", Lost{kSecond}, 1s, Time{2s}, {}, {}}}, SIGSTOP);
  const auto started = [&](ProcessorId processor, std::chrono::milliseconds patience = 20ms) {
    const Sleeper sleeper;
    const auto process = std::make_shared<const Process>(sleeper.number());
    away_.started({processor, process});
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!process->has_ended() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
    return process->has_ended();
  };
  EXPECT_FALSE(started(kSecond));
  it.act(1s);
  EXPECT_THAT(noted_.taken(), ElementsAre("1 x 1", fmt::format("1 signal {}", SIGSTOP)));
  EXPECT_TRUE(started(kSecond, 20s));
  EXPECT_FALSE(started(kFirst));
  it.act(2s);
  EXPECT_THAT(noted_.taken(), ElementsAre("1 x 1"));
  EXPECT_FALSE(started(kSecond));
}

TEST_F(DisturberTest, WhatCannotBeDoneHereIsRefusedAllOfIt) {
  HardwareParts parts = hardware_.parts();
  parts.processors[kFirst].execution->core.reset();
  parts.processors[kSecond].execution.reset();
  const Hardware other = HardwareBuilder::build(std::move(parts));
  const std::vector<LoadSpec> load{
      {"fine", SlowedDown{kFirst, 2}, 0s, {}, {}, {"load.yaml", 3, 5}},
      {"net",
       LinkTraffic{LinkId{0}, TrafficWay::Both, Bandwidth{1}},
       0s,
       {},
       {},
       {"load.yaml", 4, 5}},
      {"mem", MemoryTraffic{MemoryId{0}, Bandwidth{1}}, 0s, {}, {}, {"load.yaml", 5, 5}},
      {"busy", BusyShare{kFirst, 0.5}, 0s, {}, {}, {"load.yaml", 6, 5}},
      {"slow", SlowedDown{kSecond, 2}, 0s, {}, {}, {"load.yaml", 7, 5}}};
  try {
    refuse_what_nobody_can_do(load, other);
    FAIL() << "nothing was refused";
  } catch (const ConfigError& e) {
    EXPECT_EQ(e.diagnostics().size(), 4u);
    EXPECT_THAT(e.what(), HasSubstr("load.yaml:4:5: error: load 'net' cannot be done to this "
                                    "computer: traffic of others on links and memories is only "
                                    "simulated"));
    EXPECT_THAT(e.what(), HasSubstr("load.yaml:6:5: error: load 'busy' cannot be done to this "
                                    "computer: processor 'cpu0' is pinned to no core"));
    EXPECT_THAT(e.what(), HasSubstr("load.yaml:7:5"));
  }
  refuse_what_nobody_can_do({load[0]}, other);
}

// One gets a half from one that always wants the core, two get two thirds.
TEST(CoRunner, AsManyAsTheShareNeeds) {
  EXPECT_EQ(co_run_for(0.5).runners, 1);
  EXPECT_DOUBLE_EQ(co_run_for(0.5).duty, 1);
  EXPECT_EQ(co_run_for(0.25).runners, 1);
  EXPECT_DOUBLE_EQ(co_run_for(0.25).duty, 0.5);
  EXPECT_EQ(co_run_for(0.6).runners, 2);
  EXPECT_DOUBLE_EQ(co_run_for(0.6).duty, 0.9);
  EXPECT_EQ(co_run_for(0.75).runners, 3);
  EXPECT_DOUBLE_EQ(co_run_for(0.75).duty, 1);
}

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The part of some time that the process had a core for.
double share_in(std::chrono::milliseconds time, int process) {
  clockid_t clock{};
  EXPECT_EQ(clock_getcpuclockid(process, &clock), 0);
  const double before = seconds(clock), begin = seconds(CLOCK_MONOTONIC);
  std::this_thread::sleep_for(time);
  return (seconds(clock) - before) / (seconds(CLOCK_MONOTONIC) - begin);
}

TEST(CoRunner, WantsTheCoreForAPartOfTheTime) {
  const int core = this_computer().cores.back();
  const CoRunner half(core, 0.5);
  std::this_thread::sleep_for(50ms);
  const double share = share_in(400ms, half.process());
  EXPECT_GT(share, 0.002);  // others may be there
  EXPECT_LT(share, 0.65);
}

// Whoever waits for the other end of a pipe to close does not wait for a co-runner.
TEST(CoRunner, HoldsNothingOpen) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const CoRunner runner(this_computer().cores.front());
  for (const int end : ends) {
    const std::string open = fmt::format("/proc/{}/fd/{}", runner.process(), end);
    EXPECT_TRUE(soon([&] { return !std::filesystem::is_symlink(open); }));
  }
  close(ends[0]);
  close(ends[1]);
}

TEST(Processes, AreHaltedGoOnAndEnd) {
  const auto sleeper = std::make_unique<Sleeper>();
  const Process process(sleeper->number());
  EXPECT_FALSE(process.has_ended());
  EXPECT_FALSE(process.is_halted());
  process.signal(SIGSTOP);
  EXPECT_TRUE(soon([&] { return process.is_halted(); }));
  process.signal(SIGCONT);
  EXPECT_TRUE(soon([&] { return !process.is_halted(); }));
  process.signal(SIGKILL);
  EXPECT_TRUE(soon([&] { return process.has_ended(); }));
  EXPECT_FALSE(process.is_halted());
}

TEST(Processes, OneThatThereIsNotHasEnded) {
  int number = 0;
  {
    const Sleeper sleeper;
    number = sleeper.number();
  }
  const Process process(number);
  EXPECT_TRUE(process.has_ended());
  process.signal(SIGKILL);  // reaches nobody
}

}  // namespace
}  // namespace partita::exec
