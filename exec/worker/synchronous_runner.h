// A worker whose own thread computes and copies.
#pragma once

#include "exec/worker/runner.h"

namespace partita::exec {

// Model: copies that are due come before the next layer, by time queued, then by request, then by
//   plan order. The next layer is that of the oldest request that can go on. The worker looks for
//   arrivals between layers and copies and while it waits for an operand.
class SynchronousRunner : public Runner {
 public:
  SynchronousRunner(Device& device, const std::vector<std::unique_ptr<Program>>& programs,
                    const SharedMemory& shared, const Arenas& arenas, const PrepareOrder& order)
      : Runner(device, programs, shared, arenas, order) {}

 private:
  // What has been spent when; readings before and after something tell what it took.
  struct Reading {
    std::int64_t time, cpu, switches;
  };

  static Reading reading();
  static void wait_until(std::int64_t time);
  void work() override;
  void serve(const Due& due) override;
  // Whether its next layer could start.
  bool ready(const Request& request) const;
  Request* oldest_ready() const;
  void run_layer(Request& request);
  void run(Program& program, std::size_t step) const;
  bool finish_some();
  // When what has just been done ended.
  std::int64_t end_of_work() const;
  // Notes what went on since the reading before until `finish`, and makes the one after.
  void record(const Request& request, Record::Kind kind, std::uint32_t what, std::uint32_t leg,
              std::int64_t queued, std::int64_t finish);

  Reading before_{};
};

}  // namespace partita::exec
