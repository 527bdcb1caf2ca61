// What plans cost: the only judge that methods have.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/evaluate/evaluate.h"
#include "partition/problem/constraint_excess.h"
#include "partition/problem/plan_energy.h"
#include "partition/problem/plan_period.h"
#include "partition/problem/problem.h"

namespace partita {

struct Judgement {
  PlanCost cost;     // the latency, and what the objective weighs or a limit is for
  double value = 0;  // by the objective; meaningful where the plan finishes
  bool finishes = true;
  // By how much limits are exceeded (memory capacities, constraints), each in millionths of what is
  // allowed; 0: all are kept.
  std::int64_t excess_ppm = 0;
  std::size_t in_flight = 0;  // inferences at once, that the period is for

  bool feasible() const { return finishes && excess_ppm == 0; }
};

// Judges any number of plans of one problem, by the plain evaluator. One for each thread.
// Where times are uncertain, the value is the statistic over all samples; cost and excess are those
// of the nominal times.
// Keeps a reference: the problem must outlive it.
class CostModel {
 public:
  explicit CostModel(const Problem& problem);
  ~CostModel();

  // With so many inferences in flight where a period counts (PlanPeriod; absent: it tries several).
  Judgement judge(const Plan& plan, std::optional<std::size_t> in_flight = {});
  // What no judgement of the plan is below: at once, but often far below it.
  double least_value(const Plan& plan) const;
  // What happened in the plan judged last; valid until the next call of judge().
  const Timeline& timeline() const { return *timeline_; }
  // Of the plan judged last, which must still be there: which limit is exceeded and by how much, as
  // a sentence; empty where it is feasible.
  std::string why_infeasible() const;

 private:
  struct Sample;

  bool needs(Term term) const;
  void fill(PlanCost& cost, const Plan& plan);
  Time imbalance() const;
  Bytes moved() const;
  std::int64_t beyond_capacity() const;
  std::int64_t beyond_limits(const PlanCost& cost) const;
  // Absent where the plan does not finish in all of them.
  std::optional<double> value_of_samples(const Plan& plan, std::optional<std::size_t> in_flight);

  const Problem& problem_;
  Evaluator evaluator_;
  ConstraintExcess constraints_;
  std::optional<PlanEnergy> energy_;
  std::optional<PlanPeriod> period_;
  std::vector<std::unique_ptr<Sample>> samples_;
  const Plan* plan_ = nullptr;
  const Timeline* timeline_ = nullptr;
  PlanCost cost_;  // of the plan judged last
};

}  // namespace partita
