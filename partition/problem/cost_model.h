// What plans cost: the only judge that methods have.
#pragma once

#include <cstdint>
#include <string>

#include "models/evaluate/evaluate.h"
#include "partition/problem/problem.h"

namespace partita {

struct Judgement {
  PlanCost cost;     // the latency, and what the objective weighs
  double value = 0;  // by the objective; meaningful where the plan finishes
  bool finishes = true;
  // By how much limits are exceeded (memory capacities, constraints), each in millionths of what is
  // allowed; 0: all are kept.
  std::int64_t excess_ppm = 0;

  bool feasible() const { return finishes && excess_ppm == 0; }
};

// Judges any number of plans of one problem, by the plain evaluator. One for each thread.
// Keeps a reference: the problem must outlive it.
class CostModel {
 public:
  explicit CostModel(const Problem& problem);

  Judgement judge(const Plan& plan);
  // What happened in the plan judged last; valid until the next call of judge().
  const Timeline& timeline() const { return *timeline_; }
  // Of the plan judged last: which limit is exceeded and by how much, as a sentence; empty where it
  // is feasible.
  std::string why_infeasible() const;

 private:
  std::int64_t excess(const Timeline& timeline) const;

  const Problem& problem_;
  Evaluator evaluator_;
  const Timeline* timeline_ = nullptr;
};

}  // namespace partita
