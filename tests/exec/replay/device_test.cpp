// Replays on devices with queues, on several processors of one process, and elsewhere: by way of the
// fake device, which computes what the reference does and fails when it is told to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "exec/reference/reference.h"
#include "exec/replay/replay.h"
#include "exec/values/values.h"
#include "exec/worker/channel.h"
#include "models/timeline/checker.h"
#include "tests/exec/replay/fakes.h"
#include "tests/exec/replay/networks.h"
#include "tests/support/failure_of.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::uint64_t kSeed = 7;

void expect_right(Replayer& replayer, const Network& network) {
  const auto expected = run_reference(network, seeded_inputs(network, kSeed), kSeed);
  const auto outputs = replayer.outputs();
  for (const auto& [tensor, value] : expected) {
    EXPECT_LE(compare(outputs.at(tensor), value).relative, 1e-4) << network.tensor(tensor).name;
  }
}

struct Case {
  const char* name;
  Network (*network)();
  std::size_t processors;
  bool host;
  const char* process;
};
class QueuedDevice : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Networks, QueuedDevice,
                         testing::Values(Case{"Cnn", branched_cnn, 3, false, ""},
                                         Case{"CnnFromHost", branched_cnn, 3, true, ""},
                                         Case{"CnnInOneProcess", branched_cnn, 3, false, "gpu"},
                                         Case{"Attention", attention_block, 2, false, ""}),
                         [](const auto& each) { return each.param.name; });

TEST_P(QueuedDevice, RandomPlansComputeWhatTheReferenceDoesAndKeepTheContract) {
  const Network network = GetParam().network();
  const Hardware hardware =
      with_fakes(GetParam().processors, "time=20000,copy_setup=30000,copy_ns_per_mb=100000",
                 GetParam().host, GetParam().process);
  Replayer replayer(network, hardware, kSeed);
  for (std::uint32_t seed = 0; seed < 6; ++seed) {
    const Plan plan = random_plan(network, hardware, seed);
    replayer.prepare(plan);
    for (int repetition = 0; repetition < 3; ++repetition) {
      const RunResult run = replayer.run_once();
      EXPECT_THAT(violations(run.timeline, network, hardware, plan), testing::IsEmpty());
      for (const LayerId layer : network.layers()) {
        if (plan.processor(layer) == ProcessorId{0}) continue;
        const LayerSpan& span = run.timeline.layers[layer];
        EXPECT_GE(span.finish - span.start, 20us) << network.layer(layer).name;
      }
    }
    expect_right(replayer, network);
  }
}

TEST(QueuedDevice, ProcessorsOfOneProcessShareIt) {
  const Network network = branched_cnn();
  const Hardware hardware = with_fakes(3, "", false, "gpu");
  const Replayer replayer(network, hardware, kSeed);
  const auto processes = replayer.worker_processes();
  EXPECT_NE(processes[ProcessorId{0}], processes[ProcessorId{1}]);
  EXPECT_EQ(processes[ProcessorId{1}], processes[ProcessorId{2}]);
}

struct Broken {
  const char* fault;
  const char* says;
};
class Faults : public testing::TestWithParam<Broken> {};
INSTANTIATE_TEST_SUITE_P(
    All, Faults,
    testing::Values(Broken{"open",
                           "worker 'cpu1': cannot open the processor: the device has fallen"},
                    Broken{"memory", "worker 'cpu1': cannot allocate"},
                    Broken{"fail@2", "failed, as it was told to"},
                    Broken{"hang@2", "has not answered for 1500 ms"},
                    Broken{"crash@2", "was ended by signal 6"},
                    Broken{"backwards@2", "the device's clock went backwards"}),
    [](const auto& each) { return std::string(each.param.fault).substr(0, 4); });

TEST_P(Faults, AreToldInABoundedTimeAndNobodyIsLeft) {
  const Network network = branched_cnn();
  const Hardware hardware = with_fakes(2, std::string("fault=") + GetParam().fault);
  const Plan plan = random_plan(network, hardware, 2);
  EXPECT_THAT(failure_of([&] {
                Replayer replayer(network, hardware, kSeed);
                replayer.prepare(plan);
                replayer.set_run_patience(1500ms);
                replayer.run_once();
              }),
              HasSubstr(GetParam().says));
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // no child
}

// The first of the workers in order waits for it, and does not answer either.
TEST(Faults, AHungLayerIsNamedWithTheWorkerWhoseDeviceItIs) {
  const Network network = branched_cnn();
  const Hardware hardware = with_fakes(2, "fault=hang@2");
  const Plan plan = random_plan(network, hardware, 2);
  // The third layer that runs there.
  const LayerId hung = plan.order(ProcessorId{1}).at(2);
  const std::string message = failure_of([&] {
    Replayer replayer(network, hardware, kSeed);
    replayer.prepare(plan);
    replayer.set_run_patience(1000ms);
    replayer.run_once();
  });
  EXPECT_THAT(message, HasSubstr("worker 'cpu1' (process"));
  EXPECT_THAT(message, HasSubstr("; it began layer '" + network.layer(hung).name + "'"));
}

// What a device computes wrong is for the comparison with the reference to find.
TEST(QueuedDevice, NanShowsInTheOutputs) {
  const Network network = branched_cnn();
  // In the last layer: others may hide it.
  const Hardware hardware = with_fakes(2, "fault=nan@" + std::to_string(network.layer_count() - 1));
  Replayer replayer(network, hardware, kSeed);
  replayer.prepare(plan_on(network, hardware, ProcessorId{1}));
  replayer.run_once();
  const auto expected = run_reference(network, seeded_inputs(network, kSeed), kSeed);
  bool finite = true;
  for (const auto& [tensor, value] : replayer.outputs()) {
    finite = finite && compare(value, expected.at(tensor)).finite;
  }
  EXPECT_FALSE(finite);
}

TEST(QueuedDevice, APlanThatDoesNotFitIsRefusedByTheDevice) {
  const Network network = branched_cnn();
  const Hardware hardware = with_fakes(2, "memory=2000");
  EXPECT_THAT(failure_of([&] {
                Replayer replayer(network, hardware, kSeed);
                replayer.prepare(plan_on(network, hardware, ProcessorId{1}));
              }),
              HasSubstr("the device has 2000 bytes"));
}

// --- elsewhere -----------------------------------------------------------------------------------

std::filesystem::path worker_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "partita-worker";
}

// A worker that listens at a local socket until this ends.
class Listener {
 public:
  explicit Listener(const std::string& path) : process_(fork()) {
    if (process_ != 0) return;
    execl(worker_program().c_str(), "partita-worker", "--listen", path.c_str(), nullptr);
    _exit(127);
  }
  ~Listener() { end(); }
  void end() {
    if (process_ <= 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = -1;
  }

 private:
  pid_t process_;
};

bool is_listened_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const Descriptor caller(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect(caller.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

class Elsewhere : public testing::Test {
 protected:
  Elsewhere()
      : folder_(std::filesystem::temp_directory_path() / ("partita" + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
  }
  ~Elsewhere() override { std::filesystem::remove_all(folder_); }

  void expect_replay(const std::string& where) const {
    const Hardware hardware = with_fakes(2, "");
    Replayer replayer(network_, hardware, kSeed, {.where = where});
    replayer.prepare(random_plan(network_, hardware, 4));
    replayer.run_once();
    expect_right(replayer, network_);
  }

  const Network network_ = branched_cnn();
  const std::filesystem::path folder_;
};

TEST_F(Elsewhere, ThroughALocalSocketOneAfterTheOther) {
  const std::string path = folder_ / "socket";
  Listener server(path);
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  while (!is_listened_at(path) && std::chrono::steady_clock::now() < give_up) usleep(1000);
  expect_replay("unix:" + path);
  expect_replay("unix:" + path);
  server.end();
  EXPECT_THAT(failure_of([&] { expect_replay("unix:" + path); }),
              HasSubstr("no worker listens at"));
}

// A program of the name ssh that runs here what it should run there.
TEST_F(Elsewhere, ThroughStandardInputAndOutput) {
  {
    std::ofstream ssh(folder_ / "ssh");
    ssh << "#!/bin/sh\nshift 3\nexec \"$@\"\n";
  }
  std::filesystem::permissions(folder_ / "ssh", std::filesystem::perms::owner_all);
  const std::string before = std::getenv("PATH");
  setenv("PATH", (folder_.string() + ":" + before).c_str(), 1);
  expect_replay("ssh:somewhere:" + worker_program().string());
  EXPECT_THAT(failure_of([&] { expect_replay("ssh:somewhere:/no/such/program"); }),
              HasSubstr("the workers' leader on somewhere has ended"));
  setenv("PATH", before.c_str(), 1);
}

TEST_F(Elsewhere, PlacesThatAreNoneAreNamed) {
  EXPECT_THAT(failure_of([&] { expect_replay("moon"); }), HasSubstr("'moon' is no place"));
  EXPECT_THAT(failure_of([&] { expect_replay("ssh:-oProxyCommand=x"); }),
              HasSubstr("names no host"));
}

}  // namespace
}  // namespace partita::exec
