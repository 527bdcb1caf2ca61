// A plan of an exam, and what was measured when it ran.
#pragma once

#include <string>
#include <vector>

#include "models/base/median_interval.h"
#include "models/cost/cost_table.h"
#include "models/network/network.h"
#include "models/timeline/timeline.h"

namespace partita::exec {

struct ExamPlan {
  std::string name;  // "heft", "random7"; unique within a network
  Plan plan;
  bool held_out = true;  // judges the fit; else it is fitted to
  Timeline measured{};   // of the run with the median makespan
  std::vector<Time> makespans{};
  std::size_t clean = 0, discarded = 0;
  bool trustworthy = false;  // enough clean runs (ReplayResult)
};

// Where its median makespan lies (median_interval.h); with too few runs to tell, all of them.
// Precondition: it was measured.
MedianInterval measured_interval(const ExamPlan& plan);

// One network of an exam.
struct ExamNetwork {
  std::string model;  // where it came from: "zoo:resnet50", "net.onnx"
  Network network;
  CostTable costs;  // on the machine before it is calibrated
  std::vector<ExamPlan> plans;
};

}  // namespace partita::exec
