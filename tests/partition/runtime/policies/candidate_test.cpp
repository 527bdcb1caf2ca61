#include "partition/runtime/policies/candidate.h"

#include <gtest/gtest.h>

#include "partition/runtime/policies/estimates.h"
#include "partition/runtime/policies/outlook.h"
#include "partition/runtime/policies/plan_library.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

// A chain of eight layers of 100 us, by turns on two processors that make each other take 1.5 times as
// long while both compute.
class CandidateTest : public testing::Test {
 protected:
  CandidateTest() {
    test::Machine machine;
    machine.processor("p", machine.memory("mp", Bandwidth{1'000'000'000'000}));
    machine.processor("q", machine.memory("mq", Bandwidth{1'000'000'000'000}));
    machine.engine("dp", MemoryId{0});
    machine.engine("dq", MemoryId{1});
    machine.link("link", MemoryId{0}, MemoryId{1}, Bandwidth{1'000'000'000});
    machine.package(1.5, {ProcessorId{0}, ProcessorId{1}});
    hardware_.emplace(machine.build());
    test::Graph graph;
    TensorId last{};
    for (int i = 0; i < 8; ++i) {
      const std::vector<TensorId> inputs = i == 0 ? std::vector<TensorId>{} : std::vector{last};
      last = graph.layer("x" + std::to_string(i), inputs, Bytes{1});
    }
    network_.emplace(graph.build());
    costs_.emplace(network_->layer_count(), 2);
    for (const LayerId layer : network_->layers()) {
      for (const ProcessorId p : {ProcessorId{0}, ProcessorId{1}})
        costs_->set(layer, p, LayerCost{100us, Bytes{}});
    }
    problem_.hardware = &*hardware_;
    problem_.classes = {{&*network_, &*costs_, 1}};
  }
  Candidate by_turns() const {
    return CandidateMaker(problem_).make(
        "c", {std::make_shared<const Plan>(
                 test::plan_of(*network_, *hardware_, {{0, 2, 4, 6}, {1, 3, 5, 7}}))});
  }

  std::optional<Hardware> hardware_;
  std::optional<Network> network_;
  std::optional<CostTable> costs_;
  PolicyProblem problem_;
};

// One alone: 800 us and seven copies of 1 ns. Two at once: each processor has 400 us of each, and takes
// 600 beside the other. (While the first and the last run, one is alone: a little less.)
TEST_F(CandidateTest, SeveralAtOnceSlowEachOtherDown) {
  EXPECT_EQ(by_turns().classes[0].stretch, 1);
  problem_.in_flight = 2;
  const Candidate candidate = by_turns();
  EXPECT_NEAR(candidate.classes[0].undisturbed, 800e-6, 0.1e-6);
  EXPECT_NEAR(candidate.classes[0].stretch, 1.5, 0.05);

  PlanLibrary library;
  library.candidates = {candidate};
  const Estimates estimates(problem_, *hardware_);
  const Outlook outlook(problem_, library, estimates);
  EXPECT_NEAR(outlook.times(0).latency, 800e-6, 0.1e-6);
  EXPECT_NEAR(outlook.times(0).period, 600e-6, 20e-6);
}

// Of three, the second says too much where the timeline was made; the first is right: no other is needed.
TEST_F(CandidateTest, CutsThatSayTooMuchGo) {
  Candidate candidate = by_turns();
  std::vector<TimeShares>& cuts = candidate.classes[0].cuts;
  const TimeShares high{900e-6, 0, 0, 0}, low{10e-6, 0, 0, 0};
  cuts.insert(cuts.end(), {high, low});
  ConditionedMachine machine(problem_);
  Slowdowns none;
  fill_slowdowns(Conditions::undisturbed(*hardware_), none);
  CandidateMaker(problem_).add_cut(candidate, 0, machine.run(0, *candidate.configuration->plans[0]),
                                   none);
  ASSERT_EQ(cuts.size(), 2u);
  EXPECT_EQ(cuts[1], low);
}

}  // namespace
}  // namespace partita
