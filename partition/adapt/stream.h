// A stream of inferences, one after another, on anything that can run them: the SystemC machine in
// simulated time, the worker processes in real time. One loop, one policy, two executions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/timeline/timeline.h"
#include "partition/adapt/repartitioner.h"

namespace partita {

// What runs inferences.
class Execution {
 public:
  virtual ~Execution() = default;
  // One inference by the plan in force.
  virtual Timeline infer() = 0;
  // Puts another plan in force, between two inferences: moves the weights that `migration` lists.
  // Returns how long the stream stood still for it.
  virtual Time switch_to(const Plan& plan, const Migration& migration) = 0;
};

struct StreamResult {
  std::vector<Time> latency;  // of each inference
  struct SwitchRecord {
    std::size_t before;  // index of the first inference with the new plan
    std::string reason;
    Migration migration;
    Time stood_still{0};
    Plan plan;
  };
  std::vector<SwitchRecord> switches;
};

// Runs `inferences` of them. After each, the measured layer times go to `policy`, which may answer
// with another plan; without a policy the plan in force stays (static). `before_each` is told the
// index of the inference that comes next: disturbances begin and end there.
StreamResult run_stream(Execution& execution, Repartitioner* policy, std::size_t inferences,
                        const std::function<void(std::size_t)>& before_each);

}  // namespace partita
