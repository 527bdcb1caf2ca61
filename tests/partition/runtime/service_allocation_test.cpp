#include <gtest/gtest.h>

#include "partition/runtime/service.h"
#include "tests/partition/runtime/two_memories.h"
#include "tests/support/allocations.h"

namespace partita {
namespace {

// Neither allocates.
class Contented : public Policy {
 public:
  explicit Contented(std::shared_ptr<const Configuration> only) : only_(std::move(only)) {}
  std::shared_ptr<const Configuration> first() override { return only_; }
  void observe(Time, std::span<const LayerReading>, std::span<const CopyReading>) override {}
  void arrived(Time, std::uint32_t) override {}
  void answered(Time, Time) override {}
  void lost(Time, ProcessorId) override {}
  void back(Time, ProcessorId) override {}
  Decision decide(const Situation&) override { return Stay{"all is well"}; }
  std::shared_ptr<const Plan> plan_for(Time, std::uint32_t) override { return nullptr; }

 private:
  std::shared_ptr<const Configuration> only_;
};
class Idle : public Execution {
 public:
  void start(RunId run, std::size_t, const std::shared_ptr<const Plan>&) override {
    running.push_back(run);
  }
  void cancel(RunId run) override { std::erase(running, run); }
  void relocate(RelocationId, const Relocation&, const Configuration&) override {}
  void cancel(RelocationId) override {}
  void call_at(Time) override {}

  std::vector<RunId> running;
};

class ServiceAllocationTest : public test::TwoMemories {};

TEST_F(ServiceAllocationTest, OnlyRecordsGrowWhileNothingSwitches) {
  Contented policy(configuration("pqp"));
  Idle execution;
  Service service(*network_, *hardware_, {.in_flight = 4, .queue = 8, .monitor_every = 10us},
                  policy, execution);
  service.begin(Time{0});
  const std::vector<LayerReading> layers(3);
  const std::vector<CopyReading> copies(2);
  std::size_t arrived = 0;
  // Three arrive and one is turned away when the queue is full, two end, a microsecond each.
  const auto go_on = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const Time now = 1us * static_cast<int>(arrived);
      for (int k = 0; k < 3; ++k, ++arrived) service.arrived(now, arrived, arrived % 2);
      for (int k = 0; k < 2; ++k) {
        const RunId oldest = execution.running.front();
        execution.running.erase(execution.running.begin());
        service.run_done(now, oldest, layers, copies);
      }
      if (i % 10 == 0) {
        service.lost(now, ProcessorId{1});
        service.back(now, ProcessorId{1});
      }
      service.timer(now);
    }
  };
  go_on(1'000);
  ASSERT_EQ(service.running(), 4u);
  ASSERT_EQ(service.waiting(), 6u);
  // From 3000 requests to 12000: two doublings, or three; so of the requests of runs.
  const std::size_t before = test::allocations();
  go_on(3'000);
  EXPECT_LE(test::allocations() - before, 6u);
}

}  // namespace
}  // namespace partita
