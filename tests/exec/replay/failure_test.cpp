// Workers that die, hang or fail, and what is left behind: nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "exec/replay/replay.h"
#include "exec/values/values.h"
#include "exec/worker/worker_failure.h"
#include "tests/exec/replay/networks.h"
#include "tests/support/failure_of.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::uint64_t kSeed = 7;

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Processes whose parent is this one, zombies included.
std::vector<int> children() {
  std::vector<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    int process = 0, parent = 0;
    std::string name;
    char state = 0;
    if (stat >> process >> name >> state >> parent && parent == getpid()) found.push_back(process);
  }
  return found;
}

// Soon: whoever is told to end takes a moment.
bool is_gone(int process) {
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  const auto gone = [process] {
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    int number = 0;
    std::string name;
    char state = 'X';
    stat >> number >> name >> state;
    return state == 'X' || state == 'Z';
  };
  while (!gone() && std::chrono::steady_clock::now() < give_up) usleep(1000);
  return gone();
}

class FailureTest : public testing::Test {
 protected:
  const Network network_ = branched_cnn();
  const Hardware hardware_ = workers(2);
  const Plan plan_ = random_plan(network_, hardware_, 2);
};

TEST_F(FailureTest, AKilledWorkerEndsTheReplayAndIsNamed) {
  for (const ProcessorId victim : {ProcessorId{0}, ProcessorId{1}}) {
    Replayer replayer(network_, hardware_, kSeed);
    replayer.prepare(plan_);
    replayer.run_once();
    kill(replayer.worker_processes()[victim], SIGKILL);
    const std::string message = failure_of([&] { replayer.run_once(); });
    EXPECT_THAT(message, HasSubstr("worker '" + hardware_.processors()[victim].name + "'"));
    EXPECT_THAT(message, HasSubstr("signal 9"));
    EXPECT_TRUE(children().empty());
    EXPECT_THAT(failure_of([&] { replayer.run_once(); }), HasSubstr("the replay has ended"));
  }
}

TEST_F(FailureTest, WhoIsToBlameIsAValue) {
  Replayer replayer(network_, hardware_, kSeed);
  replayer.prepare(plan_);
  kill(replayer.worker_processes()[ProcessorId{1}], SIGKILL);
  try {
    replayer.run_once();
    FAIL() << "nobody noticed";
  } catch (const WorkerFailure& e) {
    EXPECT_EQ(e.worker(), 1u);
    EXPECT_EQ(e.kind(), WorkerFailure::Kind::Died);
  }
}

// Much less than what the crew was started with.
TEST_F(FailureTest, RunsMayHaveLessPatience) {
  Replayer replayer(network_, hardware_, kSeed);
  replayer.prepare(plan_);
  replayer.run_once();
  replayer.set_run_patience(200ms);
  kill(replayer.worker_processes()[ProcessorId{0}], SIGSTOP);
  try {
    replayer.run_once();
    FAIL() << "nobody noticed";
  } catch (const WorkerFailure& e) {
    EXPECT_EQ(e.worker(), 0u);
    EXPECT_EQ(e.kind(), WorkerFailure::Kind::Hung);
  }
}

// The signal takes its time: on a core of its own, a process may go on for a moment.
void halt(int process) {
  kill(process, SIGSTOP);
  const auto is_halted = [&] {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(file, text);
    return text.find(") T ") != std::string::npos;
  };
  for (int i = 0; i < 10'000 && !is_halted(); ++i) std::this_thread::sleep_for(1ms);
}

TEST_F(FailureTest, AHungWorkerEndsTheReplayAndIsNamed) {
  Replayer replayer(network_, hardware_, kSeed);
  replayer.prepare(plan_);
  replayer.run_once();
  replayer.set_run_patience(1500ms);
  halt(replayer.worker_processes()[ProcessorId{1}]);
  const std::string message = failure_of([&] { replayer.run_once(); });
  EXPECT_THAT(message, HasSubstr("worker 'cpu1'"));
  EXPECT_THAT(message, HasSubstr("1500 ms"));
  EXPECT_TRUE(children().empty());
}

// Of two that do not answer it is not the one that waits for the other; at whatever moment that
// happens.
TEST_F(FailureTest, WhoeverIsHaltedWheneverIsTheOneThatIsNamed) {
  std::mt19937 random(3);
  for (int i = 0; i < 4; ++i) {
    Replayer replayer(network_, hardware_, kSeed);
    replayer.prepare(plan_);
    replayer.set_run_patience(1000ms);
    const auto victim = static_cast<ProcessorId>(i % 2);
    const int process = replayer.worker_processes()[victim];
    const auto moment = std::chrono::microseconds(random() % 20'000);
    std::thread killer([&] {
      std::this_thread::sleep_for(moment);
      kill(process, SIGSTOP);
    });
    const std::string message = failure_of([&] {
      while (true) replayer.run_once();
    });
    killer.join();
    EXPECT_THAT(message, HasSubstr("worker '" + hardware_.processors()[victim].name +
                                   "' (process " + std::to_string(process) + ")"));
    EXPECT_TRUE(children().empty());
  }
}

// An index that only shows to be wrong when it is used; the other worker waits for the result
// meanwhile.
TEST_F(FailureTest, ALayerThatFailsWhileItRunsIsNamedAndNobodyHangs) {
  const Network network = attention_block();
  IdVector<LayerId, ProcessorId> processor(network.layer_count(), ProcessorId{1});
  IdVector<LayerId, double> rank(network.layer_count());
  processor[LayerId{0}] = ProcessorId{0};
  for (const LayerId layer : network.layers()) rank[layer] = static_cast<double>(index(layer));
  const Plan plan =
      std::get<Plan>(make_plan(network, hardware_, ordered_by(processor, 2, rank), "gather apart"));
  Replayer replayer(network, hardware_, kSeed);
  replayer.prepare(plan);
  auto inputs = seeded_inputs(network, kSeed);
  inputs.begin()->second.as<std::int64_t>()[0] = 1'000'000;
  replayer.set_inputs(inputs);
  const std::string message = failure_of([&] { replayer.run_once(); });
  EXPECT_THAT(message, HasSubstr("worker 'cpu0'"));
  EXPECT_THAT(message, HasSubstr("index 1000000 of a Gather"));
  EXPECT_TRUE(children().empty());
}

// Fifty moments, from the first plan's preparation to the middle of a run.
TEST_F(FailureTest, WhoeverIsKilledWheneverTheReplayEndsAndNobodyIsLeft) {
  std::mt19937 random(11);
  for (int i = 0; i < 50; ++i) {
    Replayer replayer(network_, hardware_, kSeed);
    // A worker, or the leader of all.
    const auto workers = replayer.worker_processes();
    const int leader = children().at(0);
    const int victim = i % 5 == 0 ? leader : workers[static_cast<ProcessorId>(i % 2)];
    const auto moment = std::chrono::microseconds(random() % 20'000);
    std::thread killer([&] {
      std::this_thread::sleep_for(moment);
      kill(victim, SIGKILL);
    });
    const std::string message = failure_of([&] {
      while (true) {
        replayer.prepare(plan_);
        for (int k = 0; k < 20; ++k) replayer.run_once();
      }
    });
    killer.join();
    EXPECT_THAT(message, HasSubstr(victim == leader ? "the leader of the workers has ended"
                                                    : "was ended by signal 9"));
    EXPECT_TRUE(children().empty());
    for (const int process : workers) EXPECT_TRUE(is_gone(process)) << process;
  }
}

TEST_F(FailureTest, NothingIsLeftBehind) {
  const auto cycle = [&](std::uint32_t seed) {
    Replayer replayer(network_, hardware_, kSeed);
    for (std::uint32_t i = 0; i < 4; ++i) {
      replayer.prepare(random_plan(network_, hardware_, seed + i));
      replayer.run_once();
    }
    EXPECT_EQ(children().size(), 1u);  // the leader, whose children the workers are
  };
  cycle(0);
  const std::size_t before = open_descriptors();
  for (std::uint32_t i = 0; i < 4; ++i) cycle(i);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_TRUE(children().empty());
}

// The coordinator's death ends its workers, even those that do not get to read their sockets.
TEST_F(FailureTest, WorkersDoNotOutliveTheirCoordinator) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t coordinator = fork();
  if (coordinator == 0) {
    Replayer replayer(network_, hardware_, kSeed);
    for (const int process : replayer.worker_processes()) {
      if (write(ends[1], &process, sizeof process) < 0) _exit(1);
    }
    pause();
  }
  close(ends[1]);
  std::vector<int> workers(2);
  for (int& process : workers)
    ASSERT_EQ(read(ends[0], &process, sizeof process), ssize_t{sizeof process});
  close(ends[0]);
  for (const int process : workers) kill(process, SIGSTOP);
  kill(coordinator, SIGKILL);
  waitpid(coordinator, nullptr, 0);
  for (const int process : workers) {
    EXPECT_TRUE(is_gone(process)) << process;
  }
}

TEST_F(FailureTest, AWorkerProgramThatIsNotThereIsNamed) {
  setenv("PARTITA_WORKER", "/no/such/worker", 1);
  const std::string message = failure_of([&] { Replayer(network_, hardware_, kSeed); });
  unsetenv("PARTITA_WORKER");
  EXPECT_THAT(message, HasSubstr("/no/such/worker"));
  EXPECT_TRUE(children().empty());
}

}  // namespace
}  // namespace partita::exec
