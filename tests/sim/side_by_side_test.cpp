#include "sim/side_by_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "models/base/diagnostics.h"
#include "sim/simulate.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

using testing::HasSubstr;

std::string error_of(std::size_t workers, std::size_t count,
                     const std::function<Time(std::size_t)>& task) {
  try {
    sim::side_by_side(workers, count, task);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(SideBySide, GivesResultsInTheOrderOfTheTasks) {
  for (const std::size_t workers : {0, 1, 3, 50}) {
    std::vector<std::size_t> told;
    const std::vector<Time> times = sim::side_by_side(
        workers, 20,
        [](std::size_t i) {
          if (i % 3 == 0) usleep(2000);  // so that others overtake it
          return Time{static_cast<std::int64_t>(i * i)};
        },
        [&](std::size_t over) { told.push_back(over); });
    ASSERT_EQ(times.size(), 20u);
    for (std::size_t i = 0; i < times.size(); ++i) {
      EXPECT_EQ(times[i], Time{static_cast<std::int64_t>(i * i)});
    }
    ASSERT_EQ(told.size(), 20u);
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
    EXPECT_EQ(told.back(), 20u);
  }
  EXPECT_TRUE(sim::side_by_side(2, 0, [](std::size_t) { return Time{1}; }).empty());
}

// A machine of its own in each process, also after one was simulated here, and as this process says.
TEST(SideBySide, SimulatesAnotherMachineInEach) {
  const auto makespan = [](std::size_t i) {
    const Hardware hardware = test::random_hardware(i);
    const Network network = test::random_network(i);
    const CostTable costs = test::random_costs(i, network, hardware);
    return sim::Simulator(network, hardware, costs)
        .run(test::random_plan(i, network, hardware))
        .makespan;
  };
  std::vector<Time> alone;
  for (std::size_t i = 0; i < 30; ++i) alone.push_back(makespan(i));
  EXPECT_EQ(sim::side_by_side(3, 30, makespan), alone);
}

TEST(SideBySide, SaysHowAProcessEnded) {
  EXPECT_THAT(error_of(2, 10,
                       [](std::size_t i) -> Time {
                         if (i == 4) raise(SIGKILL);
                         return Time{1};
                       }),
              HasSubstr("was killed by signal 9"));
  EXPECT_THAT(error_of(2, 10,
                       [](std::size_t i) -> Time {
                         if (i == 4) _exit(7);
                         return Time{1};
                       }),
              HasSubstr("ended by itself with exit code 7"));
}

TEST(SideBySide, LeavesNobodyBehind) {
  sim::side_by_side(4, 8, [](std::size_t) { return Time{1}; });
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace partita
