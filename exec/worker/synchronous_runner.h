// A worker whose own thread computes and copies.
#pragma once

#include "exec/worker/runner.h"

namespace partita::exec {

// Model: copies that are due come before the next layer, by time queued, then by plan order. The
//   worker looks for arrivals between layers and copies and while it waits for an operand.
class SynchronousRunner : public Runner {
 public:
  SynchronousRunner(Device& device, Program& program, const SharedMemory& shared,
                    const PrepareOrder& order)
      : Runner(device, program, shared, order) {}

 private:
  // What has been spent when; readings before and after something tell what it took.
  struct Reading {
    std::int64_t time, cpu, switches;
  };

  static Reading reading();
  static void wait_until(std::int64_t time);
  void work() override;
  void serve(const Due& due) override;
  bool ready(std::size_t step) const;
  void run_layer(std::size_t step);
  // Notes what went on since the reading before, and makes the one after.
  void record(Record::Kind kind, std::uint32_t what, std::uint32_t leg, std::int64_t queued);

  Reading before_{};
  std::vector<bool> arrived_;
};

}  // namespace partita::exec
