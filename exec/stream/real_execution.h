// A stream of inferences on the worker processes of this computer, in real time.
#pragma once

#include "exec/replay/replay.h"
#include "partition/adapt/stream.h"

namespace partita::exec {

// Every run counts, also those that somebody disturbed: that is what a stream is about.
// Keeps a reference to the replayer, which has its workers running.
class RealExecution : public Execution {
 public:
  RealExecution(Replayer& replayer, const Plan& plan);

  Timeline infer() override;
  // The workers move the weights among themselves; returns the real time that this took.
  Time switch_to(const Plan& plan, const Migration& migration) override;

 private:
  Replayer& replayer_;
};

}  // namespace partita::exec
