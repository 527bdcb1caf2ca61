// Networks with exits, run for real: stage after stage on workers, the exit decided on what they
// computed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "exec/replay/replay.h"
#include "partition/inputs/exit_parts.h"

namespace partita::exec {

// One input's way through the network.
struct ExitRun {
  std::size_t exit = 0;               // where it left
  std::vector<double> probabilities;  // the answer there
  Time on_workers{0};                 // the stages' makespans: measured
  Time end_to_end{0};                 // as seen by who asks, with all that lies between: measured
  std::vector<Time> stages;           // end_to_end of each stage that ran, in their order
  bool clean = true;                  // nothing disturbed it (Quality)
};

// exp(logit) / sum of them; e ** 0 for the largest, so that nothing overflows. Precondition: at
// least one.
std::vector<double> softmax(const std::vector<double>& logits);

// Model: each part has workers of its own, which sleep while others run. What one stage made goes
//   through this process to the next, and an answer is sure where its largest probability is at
//   least `confidence`; the last exit's always is.
// Left out: stages that begin before the one before is decided.
//
// Parts, plans and machine must outlive it.
class ExitRunner {
 public:
  struct Plans {
    std::vector<Plan> direct, onward;  // of each part; onward[0] is not used
  };

  // Starts the workers; throws as Replayer does.
  ExitRunner(const inputs::ExitParts& parts, const Plans& plans, const Hardware& hardware,
             std::uint64_t seed);

  // Precondition: the input has the network's type and shape.
  ExitRun run(const TensorValue& input, std::size_t start, double confidence);

  // The answers of all exits, each asked for on its way.
  std::vector<std::vector<double>> all_exits(const TensorValue& input);

  // Only the part that leads directly to this exit.
  ExitRun run_direct(const TensorValue& input, std::size_t exit);

 private:
  struct Stage {
    const Network* network;
    std::unique_ptr<Replayer> replayer;
  };
  struct Made {
    std::vector<double> probabilities;
    TensorValue features;  // empty behind the last exit
  };
  Stage started(const Network& network, const Plan& plan, const Hardware& hardware,
                std::uint64_t seed);
  Made run_stage(Stage& stage, const TensorValue& input, ExitRun& run);

  std::vector<Stage> direct_, onward_;  // onward_[k] leads to exit k + 1
};

}  // namespace partita::exec
