// How often a plan ends an inference when they stream through.
#pragma once

#include <cstddef>
#include <optional>

#include "models/evaluate/evaluate.h"
#include "partition/loads/machine_loads.h"
#include "partition/problem/problem.h"

namespace partita {

// Model: the steady period (models/workload/statistics.h) of inferences of which always the same number is
//   under way: for each processor that the plan uses, one in each of its streams and one that is on its
//   way to it; four times as many, and so on, at most kMostInFlight (less for very many layers), while that is worth something. Where the
//   memories cannot hold so many, about as many as they can (at least one, whose memory is judged with
//   the latency). Of these numbers, the one that is fastest. Where the distances of finishes do not
//   recur, their mean. No less than the largest load (loads/machine_loads.h): some of what ends
//   within a stretch of time was done before it, and what seems to recur may drift.
// Left out: numbers in between, of which one may be faster.
// Keeps references: the problem must outlive it. One for each thread.
class PlanPeriod {
 public:
  explicit PlanPeriod(const Problem& problem);

  struct Found {
    Time period{0};
    std::size_t in_flight = 1;
  };
  // Absent where the stream never ends.
  std::optional<Found> of(const Plan& plan);
  // With so many in flight; where they do not fit, half of them, and so on. For searches, which look at
  // many plans that are alike.
  std::optional<Found> of(const Plan& plan, std::size_t in_flight);
  // What of() cannot be below.
  Time largest_load(const Plan& plan) const;

  static constexpr std::size_t kMostInFlight = 128;

  // The stream that of() looks at, and what it says of an execution of it, whoever executed it.
  static Workload stream(const Plan& plan, std::size_t in_flight);
  Time period_of(const WorkloadTimeline& record, const Plan& plan) const;

 private:
  std::optional<Time> with(const Plan& plan, std::size_t in_flight, bool& fits);
  std::size_t most_in_flight() const;
  Time busiest(const Plan& plan) const;

  const Problem& problem_;
  Evaluator evaluator_;
  std::optional<loads::MachineLoads> loads_;  // absent where no plan is made of candidates
};

}  // namespace partita
