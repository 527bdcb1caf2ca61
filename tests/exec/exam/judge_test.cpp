#include "exec/exam/judge.h"

#include <gmock/gmock.h>

#include "tests/exec/exam/exam_case.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

class JudgeTest : public testing::Test {
 protected:
  JudgeTest() {
    HardwareParts real = test_case::machine();
    real.processors[ProcessorId{1}].time_scale = 1.3;
    real.processors[ProcessorId{0}].copy_setup = 20us;
    truth_.emplace(HardwareBuilder::build(real));
    for (const char* first : {"start", "other"}) {
      Network net = test_case::network(first);
      CostTable table = test_case::costs(net);
      std::vector<ExamPlan> plans = test_case::measured_plans(net, guess_, *truth_, table);
      networks_.push_back({first, std::move(net), std::move(table), std::move(plans)});
    }
  }
  std::size_t held_out() const {
    std::size_t count = 0;
    for (const ExamNetwork& network : networks_) {
      for (const ExamPlan& plan : network.plans) count += plan.held_out && plan.trustworthy;
    }
    return count;
  }

  const Hardware guess_ = HardwareBuilder::build(test_case::machine());
  std::optional<Hardware> truth_;
  std::vector<ExamNetwork> networks_;
};

// The measurements are those of a machine that the fit can find: it predicts and ranks all of them.
TEST_F(JudgeTest, AFitThatFindsTheMachinePassesTheExam) {
  const Verdict verdict = judge(guess_, networks_, {});
  EXPECT_EQ(verdict.after.pairs, held_out());
  EXPECT_GT(verdict.before.mape, 0.05);
  EXPECT_LT(verdict.after.mape, 0.01);
  EXPECT_GT(verdict.tau, 0.97);
  EXPECT_EQ(verdict.told_apart.tau, 1);
  EXPECT_GT(verdict.told_apart.pairs, verdict.told_apart.all / 2);
  for (const JudgedNetwork& network : verdict.networks) {
    EXPECT_TRUE(network.best_is_best);
    EXPECT_LT(network.regret, 0.01);
  }
  EXPECT_EQ(verdict.clean_runs, 2 * 24 * 2u);
  EXPECT_EQ(verdict.discarded_runs, 24 * 2u);
}

// No layer of a held-out plan is looked at: with their spans spoiled, the fit is the same.
TEST_F(JudgeTest, HeldOutPlansAreNotFittedTo) {
  const Verdict before = judge(guess_, networks_, {});
  for (ExamNetwork& network : networks_) {
    for (ExamPlan& plan : network.plans) {
      if (!plan.held_out) continue;
      for (LayerSpan& span : plan.measured.layers) span.finish += 1ms;
      plan.measured.makespan *= 2;
    }
  }
  const Verdict after = judge(guess_, networks_, {});
  ASSERT_EQ(before.calibration.changes.size(), after.calibration.changes.size());
  for (std::size_t i = 0; i < before.calibration.changes.size(); ++i)
    EXPECT_EQ(before.calibration.changes[i].after, after.calibration.changes[i].after);
  EXPECT_GT(after.after.mape, 0.4);
  EXPECT_LT(after.after.bias, -0.4);
}

TEST_F(JudgeTest, PlansWithTooFewCleanRunsNeitherFitNorJudge) {
  const std::size_t all = held_out();
  networks_[0].plans.back().trustworthy = false;
  networks_[0].plans.back().held_out = true;
  networks_[0].plans.back().measured.makespan *= 100;
  const Verdict verdict = judge(guess_, networks_, {});
  EXPECT_EQ(verdict.noisy_plans, 1u);
  EXPECT_EQ(verdict.after.pairs, held_out());
  EXPECT_LE(verdict.after.pairs, all);
  EXPECT_LT(verdict.after.mape, 0.01);
}

// The plan that is predicted to be the best turns out to take a half longer: that is what trusting the
// prediction costs.
TEST_F(JudgeTest, SaysWhatTrustingThePredictionCosts) {
  const Verdict verdict = judge(guess_, networks_, {});
  const std::string best = verdict.networks[0].predicted_best;
  for (ExamPlan& plan : networks_[0].plans) {
    if (plan.name != best) continue;
    plan.held_out = true;
    plan.measured.makespan = plan.measured.makespan * 3 / 2;
    plan.makespans = {plan.measured.makespan};
  }
  const Verdict misled = judge(guess_, networks_, {});
  EXPECT_EQ(misled.networks[0].predicted_best, best);
  EXPECT_NE(misled.networks[0].measured_best, best);
  EXPECT_FALSE(misled.networks[0].best_is_best);
  EXPECT_GT(misled.networks[0].regret, 0.2);
}

// Three runs tell nothing about their median.
TEST_F(JudgeTest, AMeasuredIntervalIsThatOfTheMedianOrAllThereIs) {
  ExamPlan plan = networks_[0].plans[0];
  plan.makespans = {3us, 1us, 2us};
  EXPECT_EQ(measured_interval(plan), (MedianInterval{1us, 3us}));
  plan.makespans = {1us, 2us, 3us, 4us, 5us, 6us, 7us, 8us, 9us};
  EXPECT_EQ(measured_interval(plan), median_interval(plan.makespans));
  EXPECT_GT(measured_interval(plan).low, 1us);
}

// Every measured run has 10 % of waiting at its end that no machine predicts.
TEST_F(JudgeTest, SaysWhereTheErrorComesFrom) {
  for (ExamNetwork& network : networks_) {
    for (ExamPlan& plan : network.plans) {
      if (!plan.held_out) continue;
      plan.measured.origin = Origin::Measured;
      const Time late = plan.measured.makespan / 10;
      for (LayerSpan& span : plan.measured.layers) {
        span.start += late;
        span.finish += late;
      }
      for (LegSpan& leg : plan.measured.legs) {
        leg.queued += late, leg.start += late, leg.data += late, leg.finish += late;
      }
      plan.measured.makespan += late;
    }
  }
  const Verdict verdict = judge(guess_, networks_, {});
  EXPECT_NEAR(verdict.error.waiting, 0.1 / 1.1, 0.01);
  EXPECT_LT(verdict.error.copies, 0.01);
}

}  // namespace
}  // namespace partita::exec
