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
//   way to it, at most kMostInFlight. Where the memories cannot hold so many, half as many, and so on;
//   one, whose memory is judged with the latency, in the end. Where the distances of finishes do not
//   recur, their mean, but no less than the largest load (loads/machine_loads.h): some of what ends
//   within a stretch of time was done before it.
// Left out: numbers in flight between those, of which one may fit and be faster.
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

  static constexpr std::size_t kMostInFlight = 64;

 private:
  std::optional<Time> with(const Plan& plan, std::size_t in_flight, bool& fits);
  Time largest_load(const Plan& plan) const;

  const Problem& problem_;
  Evaluator evaluator_;
  std::optional<loads::MachineLoads> loads_;  // absent where no plan is made of candidates
};

}  // namespace partita
