// The exam: a machine fitted to some plans, judged by the others.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exec/calibrate/calibrate.h"
#include "exec/exam/exam_plan.h"
#include "exec/exam/score.h"
#include "exec/exam/time_shares.h"

namespace partita::exec {

struct JudgedPlan {
  const ExamPlan* plan;
  Time before{0}, after{0};  // makespans predicted by the machine before and after calibration
  TimeShares error;          // after - measured
};

struct JudgedNetwork {
  const ExamNetwork* network;
  std::vector<JudgedPlan> plans{};
  double tau = 0;                 // of held-out plans, by the calibrated machine
  RankingToldApart told_apart{};  // of them, by the 95 % intervals of their medians
  std::string predicted_best{};   // of all plans
  std::string measured_best{};
  double regret = 0;  // how much longer the predicted best takes, measured, than the measured best
  // The two are one, or the measurements do not tell them apart: the 95 % intervals of their medians
  // overlap.
  bool best_is_best = false;
};

// Plans without enough clean runs neither fit nor judge.
struct Verdict {
  Calibration calibration;
  std::vector<JudgedNetwork> networks{};
  Score before{}, after{};        // of held-out plans
  double tau = 0;                 // mean over networks
  RankingToldApart told_apart{};  // of all pairs of plans of one network
  TimeShares
      error{};  // mean over held-out plans of |after - measured| by kind, in parts of measured
  std::size_t clean_runs = 0, discarded_runs = 0, noisy_plans = 0;
};

// References into `networks` are kept.
Verdict judge(const Hardware& machine, const std::vector<ExamNetwork>& networks,
              const CalibrateOptions& options);

}  // namespace partita::exec
