// A service on worker processes that are killed, halted and slowed: every request is answered once,
// with the right answer, and nobody is left behind.
#include "exec/runtime/real_execution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "exec/runtime/serve.h"
#include "tests/exec/replay/fakes.h"
#include "tests/exec/runtime/survivors.h"
#include "tests/support/failure_of.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kDistinct = 5;  // inputs

std::vector<RealRequest> every(Time period, std::size_t count) {
  std::vector<RealRequest> requests;
  for (std::size_t i = 0; i < count; ++i) {
    requests.push_back({period * static_cast<std::int64_t>(i), 0, 0});
  }
  return requests;
}

class RealTest : public testing::Test {
 protected:
  // Serves them, with all configurations at hand.
  void serve_all(std::vector<RealRequest> requests, ServeOptions options = {}) {
    make(std::move(requests));
    serve_them(options);
  }
  void make(std::vector<RealRequest> requests) {
    execution_.emplace(std::vector<const Network*>{&network_}, hardware_, std::move(requests),
                       kDistinct, real_);
    const std::vector<Configuration> standby{*configurations_[1], *configurations_[2]};
    execution_->prepare(*configurations_[0], standby_ ? standby : std::vector<Configuration>{});
    ServiceOptions service;
    service.host_keeps_weights = true;
    service.queue = 1000;
    service_.emplace(network_, hardware_, service, policy_, *execution_);
  }
  void serve_them(ServeOptions options = {}) {
    options.give_up = 20s;
    serve(*service_, *execution_, options);
    for (const RequestRecord& request : service_->record().requests) {
      EXPECT_TRUE(request.done);
      EXPECT_GE(request.answered, request.arrival);
    }
    EXPECT_EQ(service_->record().requests.size(), execution_->requests().size());
    EXPECT_EQ(service_->record().duplicates, 0u);
    EXPECT_THAT(execution_->record().wrong, IsEmpty());
  }
  // The worker of that processor in the crew that serves.
  std::shared_ptr<const Process> worker(std::uint32_t processor) const {
    for (const CrewWorker& each : execution_->workers()) {
      if (each.processor == ProcessorId{processor}) return each.process;
    }
    return nullptr;
  }
  // Something once, when so many requests have been answered.
  ServeOptions when_answered(std::size_t count, std::function<void()> act) {
    ServeOptions options;
    options.after_each = [this, count, act = std::move(act), done = false](Time) mutable {
      if (done || answered() < count) return;
      done = true;
      act();
    };
    return options;
  }
  std::size_t answered() const {
    std::size_t count = 0;
    for (const RequestRecord& request : service_->record().requests) count += request.done;
    return count;
  }
  std::vector<std::string> switches() const {
    std::vector<std::string> names;
    for (const DecisionRecord& decision : service_->record().decisions) {
      if (decision.switched) names.push_back(decision.configuration);
    }
    return names;
  }
  void TearDown() override {
    if (!execution_) return;
    const auto started = execution_->all_started();
    service_.reset();
    execution_.reset();
    for (const auto& process : started) EXPECT_TRUE(process->has_ended()) << process->number();
  }

  RealTest() : RealTest(workers(2, true)) {}
  // Patient: on a busy computer a run may be kept from its cores for a while.
  explicit RealTest(Hardware hardware) : hardware_(std::move(hardware)) {
    real_.crews.least_patience = 2s;
  }

  const Network network_ = branched_cnn();
  const Hardware hardware_;
  const std::vector<std::shared_ptr<const Configuration>> configurations_ =
      all_then_each_alone(network_, hardware_);
  Survivors policy_{network_, hardware_, configurations_};
  RealOptions real_;
  bool standby_ = true;
  std::optional<RealExecution> execution_;
  std::optional<Service> service_;
};

TEST_F(RealTest, RequestsAreAnsweredInTurn) {
  serve_all(every(2ms, 40));
  EXPECT_THAT(switches(), IsEmpty());
  EXPECT_LT(execution_->record().largest_difference, 1e-4);
  EXPECT_EQ(execution_->crews_made(), 3u);
  // Of each layer of each request, and no others.
  EXPECT_THAT(policy_.layers(), SizeIs(40 * network_.layer_count()));
  const Plan& plan = *configurations_[0]->plans[0];
  for (const LayerReading& reading : policy_.layers()) {
    EXPECT_EQ(reading.processor, plan.processor(reading.layer));
    EXPECT_GT(reading.measured, Time{0});
  }
  EXPECT_THAT(policy_.copies(), testing::Not(IsEmpty()));
}

TEST_F(RealTest, AKilledWorkerIsLostAndComesBack) {
  std::vector<RealRequest> requests = every(5ms, 40);
  requests.push_back({8s, 0, 0});  // long after it is back
  make(std::move(requests));
  serve_them(when_answered(10, [this] { worker(1)->signal(SIGKILL); }));
  const auto& presence = execution_->record().presence;
  ASSERT_THAT(presence, SizeIs(2));
  EXPECT_EQ(presence[0].processor, ProcessorId{1});
  EXPECT_FALSE(presence[0].back);
  EXPECT_TRUE(presence[1].back);
  EXPECT_THAT(switches(), testing::ElementsAre("cpu0 alone", "all"));
  EXPECT_THAT(execution_->record().breaks, SizeIs(1));
  EXPECT_EQ(execution_->record().breaks[0].kind, WorkerFailure::Kind::Died);
}

TEST_F(RealTest, AHaltedWorkerIsTakenForHung) {
  make(every(5ms, 200));
  Time halted{0}, lost{0};
  serve_them(when_answered(10, [&] {
    halted = execution_->now();
    worker(0)->signal(SIGSTOP);
  }));
  ASSERT_THAT(execution_->record().presence, testing::Not(IsEmpty()));
  lost = execution_->record().presence[0].when;
  EXPECT_EQ(execution_->record().presence[0].processor, ProcessorId{0});
  EXPECT_GE(lost - halted, 300ms);
  EXPECT_THAT(switches(), Contains("cpu1 alone"));
}

// Short of the patience: nothing is lost.
TEST_F(RealTest, AWorkerThatGoesOnSoonIsNotLost) {
  make(every(5ms, 100));
  serve_them(when_answered(10, [&] {
    const auto process = worker(1);
    process->signal(SIGSTOP);
    std::this_thread::sleep_for(100ms);
    process->signal(SIGCONT);
  }));
  EXPECT_THAT(execution_->record().presence, IsEmpty());
  EXPECT_THAT(execution_->record().breaks, IsEmpty());
}

TEST_F(RealTest, WithoutCrewsAtHandSurvivorsAreMadeFirst) {
  standby_ = false;
  make(every(5ms, 60));
  EXPECT_EQ(execution_->crews_made(), 1u);
  serve_them(when_answered(10, [this] { worker(0)->signal(SIGKILL); }));
  EXPECT_GE(execution_->crews_made(), 3u);
  EXPECT_THAT(switches(), Contains("cpu1 alone"));
}

// Nobody is lost with the leader: the crew is made again. While it is idle, so that no run tells of
// it.
TEST_F(RealTest, AKilledLeaderCostsACrewOnly) {
  std::vector<RealRequest> requests = every(5ms, 10);
  requests.push_back({2s, 0, 0});
  make(std::move(requests));
  serve_them(when_answered(10, [this] {
    for (const auto& process : execution_->all_started()) {
      const auto all = execution_->workers();
      const bool is_worker = std::any_of(all.begin(), all.end(), [&](const CrewWorker& each) {
        return each.process->number() == process->number();
      });
      if (!is_worker) return process->signal(SIGKILL);
    }
  }));
  EXPECT_THAT(execution_->record().presence, IsEmpty());
  EXPECT_EQ(execution_->crews_made(), 4u);
}

TEST_F(RealTest, ACrewAtHandThatDiesIsMadeAgainAndNobodyIsLost) {
  make(every(5ms, 100));
  serve_them(when_answered(10, [this] {
    execution_->workers().back().process->signal(SIGKILL);  // of the last crew that was made
  }));
  EXPECT_THAT(execution_->record().presence, IsEmpty());
  EXPECT_THAT(switches(), IsEmpty());
  EXPECT_EQ(execution_->crews_made(), 4u);
}

// While a crew is made that is at hand only: one has answered and dies, the other is halted.
TEST_F(RealTest, AHaltedWorkerIsNoticedAlsoWhereAnotherHasDied) {
  standby_ = false;
  std::thread killer;
  int workers = 0;  // one of the crew that is made first, two of the other
  std::shared_ptr<const Process> first;
  real_.crews.started = [&](const CrewWorker& worker) {
    if (++workers == 2) first = worker.process;
    if (workers != 3) return;
    worker.process->signal(SIGSTOP);
    killer = std::thread([first] {
      std::this_thread::sleep_for(100ms);
      first->signal(SIGKILL);
    });
  };
  execution_.emplace(std::vector<const Network*>{&network_}, hardware_, every(1ms, 1), kDistinct,
                     real_);
  const Time begin = execution_->now();
  execution_->prepare(*configurations_[1], {*configurations_[0]});
  EXPECT_LT(execution_->now() - begin, 20s);
  EXPECT_EQ(execution_->crews_made(), 3u);
  killer.join();
}

TEST_F(RealTest, WithoutMemoryNobodyIsAtHand) {
  real_.least_memory = Bytes{std::numeric_limits<std::int64_t>::max()};
  make(every(1ms, 5));
  EXPECT_EQ(execution_->crews_made(), 1u);
  serve_them();
}

// Both crews are there, and the second would be done long before the first.
TEST_F(RealTest, OneComputesAtATimeInTheOrderOfStarts) {
  make(every(1ms, 2));
  execution_->slow_down(ProcessorId{0}, 300);
  execution_->start(RunId{0}, 0, configurations_[0]->plans[0]);
  EXPECT_FALSE(execution_->next(execution_->now()));
  execution_->slow_down(ProcessorId{0}, 1);
  execution_->start(RunId{1}, 1, configurations_[2]->plans[0]);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const auto told = execution_->next(execution_->now() + 10s);
    ASSERT_TRUE(told);
    EXPECT_EQ(std::get<RunDone>(*told).run, RunId{i});
  }
}

// By the clock of who serves, with the run that they are of.
TEST_F(RealTest, ReadingsSayWhenLayersBegan) {
  make(every(1ms, 2));
  execution_->begin();
  std::this_thread::sleep_for(20ms);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const Time asked = execution_->now();
    execution_->start(RunId{i}, i, configurations_[0]->plans[0]);
    const auto told = execution_->next(asked + 10s);
    ASSERT_TRUE(told);
    const std::vector<LayerReading>& layers = std::get<RunDone>(*told).layers;
    ASSERT_EQ(layers.size(), network_.layer_count());
    for (const LayerReading& reading : layers) {
      EXPECT_EQ(reading.run, i);
      // Makespans are of what workers did: the run itself began no later.
      EXPECT_GT(reading.start, asked);
      EXPECT_LE(reading.start + reading.measured, execution_->now());
    }
    const auto ascend = [&](std::size_t a, std::size_t b) {
      return layers[a].start < layers[b].start;
    };
    EXPECT_TRUE(ascend(0, layers.size() - 1));
  }
}

// As long as it would have taken: measured first.
TEST_F(RealTest, ACancelledRunEndsBeforeTheNextComputes) {
  make(every(1ms, 4));
  // What a first run takes to start is none of the times that are compared.
  execution_->start(RunId{0}, 0, configurations_[0]->plans[0]);
  ASSERT_TRUE(execution_->next(execution_->now() + 20s));
  const auto begin_slow = [&](std::uint32_t run) {
    execution_->slow_down(ProcessorId{0}, 1000);
    execution_->start(RunId{run}, run, configurations_[0]->plans[0]);
    EXPECT_FALSE(execution_->next(execution_->now()));
    execution_->slow_down(ProcessorId{0}, 1);
    return execution_->now();
  };
  Time begin = begin_slow(1);
  ASSERT_TRUE(execution_->next(begin + 20s));
  const Time took = execution_->now() - begin;
  begin = begin_slow(2);
  static_cast<Execution&>(*execution_).cancel(RunId{2});
  execution_->start(RunId{3}, 3, configurations_[2]->plans[0]);
  const auto told = execution_->next(begin + 20s);
  ASSERT_TRUE(told);
  EXPECT_EQ(std::get<RunDone>(*told).run, RunId{3});
  // One that is not slowed takes a thousandth; how long one that is takes depends on what else runs.
  EXPECT_GT(execution_->now() - begin, took / 10);
}

// The loss is told of first; whoever cancels the run then hears no more of it.
TEST_F(RealTest, OfACancelledRunNothingIsTold) {
  make(every(1ms, 1));
  execution_->start(RunId{0}, 0, configurations_[0]->plans[0]);
  execution_->slow_down(ProcessorId{1}, 300);
  EXPECT_FALSE(execution_->next(execution_->now()));
  worker(1)->signal(SIGKILL);
  const auto lost = execution_->next(execution_->now() + 10s);
  ASSERT_TRUE(lost);
  EXPECT_EQ(std::get<ProcessorLost>(*lost).processor, ProcessorId{1});
  static_cast<Execution&>(*execution_).cancel(RunId{0});
  const auto back = execution_->next(execution_->now() + 10s);
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<ProcessorBack>(*back).processor, ProcessorId{1});
  EXPECT_TRUE(execution_->record().breaks[0].at_work);
}

TEST_F(RealTest, WhatIsLostStaysAwayUntilTheEndOfTheLoss) {
  Away away(2);
  real_.crews.started = [away](const CrewWorker& worker) { away.started(worker); };
  std::vector<RealRequest> requests = every(10ms, 160);
  requests.push_back({8s, 0, 0});  // long after it is back
  make(std::move(requests));
  DisturbedExecution disturbed(*execution_);
  LoadSpec loss{"loss", Lost{ProcessorId{1}}, 100ms, Time{1500ms}, {}, {}};
  Disturber disturber(hardware_, {loss}, 10s, disturbed, away);
  ServeOptions options;
  options.disturber = &disturber;
  serve_them(options);
  const auto& presence = execution_->record().presence;
  ASSERT_THAT(presence, SizeIs(2));
  EXPECT_GE(presence[0].when, 100ms);
  EXPECT_LT(presence[0].when, 1500ms);
  EXPECT_GE(presence[1].when, 1500ms);
  EXPECT_EQ(presence[1].processor, ProcessorId{1});
  // Probes were tried meanwhile, and were killed.
  EXPECT_GT(execution_->record().breaks.size(), 1u);
  EXPECT_EQ(switches().back(), "all");
}

// A hundred times as long from the middle on: of the median layer, as copies stay as they were, and
// others use the cores, too.
TEST_F(RealTest, ASlowedProcessorShowsInTheReadings) {
  make(every(3ms, 60));
  serve_them(when_answered(30, [this] { execution_->slow_down(ProcessorId{0}, 100); }));
  std::map<LayerId, std::vector<Time>> before, after;
  std::map<LayerId, std::size_t> seen;
  for (const LayerReading& reading : policy_.layers()) {
    if (reading.processor != ProcessorId{0}) continue;
    (seen[reading.layer]++ < 30 ? before : after)[reading.layer].push_back(reading.measured);
  }
  std::vector<double> ratios;
  for (const auto& [layer, times] : before) {
    ratios.push_back(static_cast<double>(std::ranges::min(after.at(layer)).count()) /
                     static_cast<double>(std::ranges::min(times).count()));
  }
  ASSERT_FALSE(ratios.empty());
  std::ranges::sort(ratios);
  EXPECT_GT(ratios[ratios.size() / 2], 8);
  EXPECT_LT(ratios[ratios.size() / 2], 400);
}

// CPU time of all threads of all processes, in ticks of 10 ms.
std::uint64_t ticks_of(const std::vector<std::shared_ptr<const Process>>& processes) {
  std::uint64_t sum = 0;
  for (const auto& process : processes) {
    const std::string tasks = "/proc/" + std::to_string(process->number()) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
      std::ifstream file(task.path() / "schedstat");
      std::uint64_t ran = 0;
      file >> ran;
      sum += ran;
    }
  }
  return sum / 10'000'000;
}

TEST_F(RealTest, CrewsThatHaveNothingToDoSleep) {
  make({});
  execution_.emplace(std::vector<const Network*>{&network_}, hardware_, every(1ms, 1), kDistinct,
                     real_);
  execution_->prepare(*configurations_[0], {*configurations_[1], *configurations_[2]});
  execution_->next(execution_->now() + 50ms);
  ASSERT_EQ(execution_->all_started().size(), 7u);  // three leaders, 2 + 1 + 1 workers
  const std::uint64_t before = ticks_of(execution_->all_started());
  ASSERT_GT(before, 0u);
  execution_->next(execution_->now() + 1s);
  EXPECT_LE(ticks_of(execution_->all_started()) - before, 1u);
}

TEST_F(RealTest, ACancelledRelocationHasMadeNothing) {
  standby_ = false;
  make(every(1ms, 1));
  Relocation relocation;
  relocation.moves = {{TensorId{1}, MemoryId{0}, MemoryId{1}}};
  execution_->relocate(RelocationId{0}, relocation, *configurations_[1]);
  static_cast<Execution&>(*execution_).cancel(RelocationId{0});
  const auto cancelled = execution_->next(execution_->now() + 5s);
  ASSERT_TRUE(cancelled);
  EXPECT_THAT(std::get<Relocated>(*cancelled).made, IsEmpty());
  execution_->relocate(RelocationId{1}, relocation, *configurations_[1]);
  const auto done = execution_->next(execution_->now() + 10s);
  ASSERT_TRUE(done);
  EXPECT_EQ(std::get<Relocated>(*done).id, RelocationId{1});
  EXPECT_EQ(std::get<Relocated>(*done).made, relocation.moves);
  EXPECT_EQ(execution_->crews_made(), 2u);
}

// A crew that nobody needs any more is given each new plan.
TEST_F(RealTest, PlansThatNobodyPreparedRunToo) {
  make(every(1ms, 6));
  for (std::uint32_t i = 0; i < 6; ++i) {
    const auto plan = std::make_shared<const Plan>(random_plan(network_, hardware_, 40 + i));
    execution_->start(RunId{i}, i, plan);
    const auto told = execution_->next(execution_->now() + 10s);
    ASSERT_TRUE(told);
    EXPECT_EQ(std::get<RunDone>(*told).run, RunId{i});
  }
  EXPECT_THAT(execution_->record().wrong, IsEmpty());
  EXPECT_EQ(execution_->crews_made(), 4u);  // the three that were prepared, and one more
}

// The same network with other names, hence other weights, and other answers.
Network renamed(const Network& network) {
  NetworkBuilder builder("renamed");
  for (Tensor tensor : network.tensors()) {
    tensor.name += " renamed";
    tensor.consumers.clear();
    builder.add_tensor(std::move(tensor));
  }
  for (const LayerId id : network.layers()) builder.add_layer(network.layer(id));
  for (const TensorId output : network.outputs()) builder.add_output(output);
  return builder.build({"renamed"});
}

// Two classes, and one request of the second that was taken for the first.
TEST_F(RealTest, EachVariantRunsItsOwnNetwork) {
  const Network other = renamed(network_);
  const auto plan = [this](std::uint32_t seed) {
    return std::make_shared<const Plan>(random_plan(network_, hardware_, seed));
  };
  const auto both =
      std::make_shared<const Configuration>(Configuration{"both", {plan(2), plan(3)}, {}});
  Survivors policy(network_, hardware_, {both});
  std::vector<RealRequest> requests;
  for (std::uint32_t i = 0; i < 20; ++i) requests.push_back({i * 1ms, i % 2, i % 2});
  requests.push_back({20ms, 0, 1});
  execution_.emplace(std::vector<const Network*>{&network_, &other}, hardware_, requests, kDistinct,
                     real_);
  execution_->prepare(*both);
  EXPECT_EQ(execution_->crews_made(), 3u);
  service_.emplace(network_, hardware_, ServiceOptions{}, policy, *execution_);
  serve_them();
  EXPECT_EQ(policy.layers().back().input_class, 1u);  // what it was, not what it seemed
}

class FakeTest : public RealTest {
 protected:
  FakeTest() : RealTest(with_fakes(2, "time=20000,fault=" + fault(), true)) {}
  static std::string fault() {
    return testing::UnitTest::GetInstance()->current_test_info()->name() ==
                   std::string("AKernelThatHangsIsNoticed")
               ? "hang@150"
               : "nan@150";
  }
};

// Whatever is in force hangs after some requests; again when the device is back.
TEST_F(FakeTest, AKernelThatHangsIsNoticed) {
  real_.crews.least_patience = 1500ms;
  make(every(5ms, 80));
  serve_them();
  ASSERT_THAT(execution_->record().breaks, testing::Not(IsEmpty()));
  EXPECT_EQ(execution_->record().breaks[0].kind, WorkerFailure::Kind::Hung);
  EXPECT_EQ(execution_->record().breaks[0].processor, ProcessorId{1});
  EXPECT_THAT(execution_->record().breaks[0].what, testing::HasSubstr("it began layer"));
  EXPECT_THAT(switches(), Contains("cpu0 alone"));
}

TEST_F(FakeTest, AWrongAnswerIsNoticed) {
  make(every(1ms, 60));
  serve(*service_, *execution_);
  EXPECT_THAT(execution_->record().wrong, SizeIs(1));
}

TEST_F(FakeTest, ADeviceThatComputesByItselfIsNotSlowed) {
  make(every(1ms, 1));
  DisturbedExecution disturbed(*execution_);
  LoadSpec load{"hot", SlowedDown{ProcessorId{1}, 2}, 0s, {}, {}, {"hot.yaml", 3, 7}};
  Disturber disturber(hardware_, {load}, 10s, disturbed, Away(2));
  ServeOptions options;
  options.disturber = &disturber;
  EXPECT_THAT(failure_of([&] { serve(*service_, *execution_, options); }),
              testing::HasSubstr("hot.yaml:3:7: error: load 'hot' cannot be done"));
}

}  // namespace
}  // namespace partita::exec
