#include "sim/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "models/base/diagnostics.h"
#include "models/plan/plan_pack.h"
#include "sim/simulate.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

struct Job {
  Hardware hardware = test::random_hardware(7);
  Network network = test::random_network(7);
  CostTable costs = test::random_costs(7, network, hardware);

  std::vector<Plan> plans(int count) const {
    std::vector<Plan> made;
    for (int i = 0; i < count; ++i) {
      made.push_back(test::random_plan(static_cast<std::uint64_t>(i), network, hardware));
    }
    return made;
  }
};

// Whether no process of that number is there any more, not even as a zombie.
bool gone(pid_t process) { return kill(process, 0) != 0 && errno == ESRCH; }

std::string error_of(sim::Pool& pool, const std::vector<Plan>& plans) {
  try {
    pool.run(plans);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(PlanPack, GivesTheSamePlan) {
  const Job job;
  std::vector<std::uint32_t> words;
  const std::vector<Plan> plans = job.plans(3);
  for (const Plan& plan : plans) pack(plan, words);
  std::span<const std::uint32_t> left = words;
  for (const Plan& plan : plans) {
    const Plan copy = unpack_plan(left);
    EXPECT_EQ(copy.transfers(), plan.transfers());
    EXPECT_EQ(to_json(copy, job.network, job.hardware), to_json(plan, job.network, job.hardware));
  }
  EXPECT_TRUE(left.empty());
}

TEST(Pool, GivesWhatOneSimulatorGivesInTheOrderOfThePlans) {
  const Job job;
  const std::vector<Plan> plans = job.plans(101);
  std::vector<Timeline> alone;
  sim::Simulator simulator(job.network, job.hardware, job.costs);
  for (const Plan& plan : plans) alone.push_back(simulator.run(plan));
  for (const std::size_t workers : {1, 2, 5}) {
    sim::Pool pool(job.network, job.hardware, job.costs, workers);
    EXPECT_EQ(pool.run(plans), alone) << workers;
    EXPECT_EQ(pool.run(plans), alone) << workers << ", again";
    EXPECT_TRUE(pool.run({}).empty());
  }
}

TEST(Pool, LeavesNobodyBehind) {
  const Job job;
  std::vector<pid_t> workers;
  {
    sim::Pool pool(job.network, job.hardware, job.costs, 3);
    pool.run(job.plans(10));
    workers = pool.workers();
  }
  ASSERT_EQ(workers.size(), 3u);
  for (const pid_t worker : workers) EXPECT_TRUE(gone(worker)) << worker;
}

TEST(Pool, NamesTheSignalThatKilledAWorker) {
  const Job job;
  sim::Pool pool(job.network, job.hardware, job.costs, 3);
  const std::vector<pid_t> workers = pool.workers();
  ASSERT_EQ(kill(workers[1], SIGKILL), 0);
  const char* const said = "a worker of the simulation pool was killed by signal 9 (Killed)";
  EXPECT_EQ(error_of(pool, job.plans(100)), said);
  for (const pid_t worker : workers) EXPECT_TRUE(gone(worker)) << worker;
  EXPECT_EQ(error_of(pool, job.plans(1)), said);  // and it stays so
}

TEST(Pool, NoticesAWorkerThatIsKilledAtWork) {
  const Job job;
  sim::Pool pool(job.network, job.hardware, job.costs, 2);
  const std::vector<pid_t> workers = pool.workers();
  // Stopped, it takes plans and never answers; killed a moment later, it has plans in hand.
  ASSERT_EQ(kill(workers[0], SIGSTOP), 0);
  const pid_t killer = fork();
  if (killer == 0) {
    usleep(100'000);
    kill(workers[0], SIGKILL);
    _exit(0);
  }
  EXPECT_THAT(error_of(pool, job.plans(100)), testing::HasSubstr("signal 9"));
  waitpid(killer, nullptr, 0);
  for (const pid_t worker : workers) EXPECT_TRUE(gone(worker)) << worker;
}

// The coordinator dies without a word: its workers notice, and go.
TEST(Pool, WorkersGoWithTheirCoordinator) {
  const Job job;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t coordinator = fork();
  if (coordinator == 0) {
    sim::Pool pool(job.network, job.hardware, job.costs, 2);
    raise(SIGKILL);
  }
  // Workers inherit the pipe's other end: it closes when the last of them has gone.
  close(ends[1]);
  waitpid(coordinator, nullptr, 0);
  char nothing;
  EXPECT_EQ(read(ends[0], &nothing, 1), 0);
  close(ends[0]);
}

TEST(Pool, ThrowsTheErrorOfTheFirstPlanThatFailsAndGoesOn) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  machine.processor("p1", m1);
  machine.link("slow", m0, m1, Bandwidth{1});
  const Hardware hardware = machine.build();
  test::Graph graph;
  graph.layer("b", {graph.layer("a", {}, Bytes{1'000'000'000'000})}, Bytes{1});
  const Network network = graph.build();
  const CostTable costs = test::costs_of({{1us, 1us}, {1us, 1us}});
  sim::Pool pool(network, hardware, costs, 2);
  const Plan good = test::plan_of(network, hardware, {{0, 1}, {}});
  const Plan endless = test::plan_of(network, hardware, {{0}, {1}});
  EXPECT_EQ(error_of(pool, {good, endless, good}), "the plan takes longer than 106 days");
  const std::vector<Timeline> timelines = pool.run({good, good});
  EXPECT_EQ(timelines[1].makespan, 2us);
}

TEST(Pool, NeedsAWorker) {
  const Job job;
  EXPECT_THROW(sim::Pool(job.network, job.hardware, job.costs, 0), Error);
}

}  // namespace
}  // namespace partita
