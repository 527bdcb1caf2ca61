// One inference on one worker: its layers and copies in the order of the execution contract.
#pragma once

#include <cstdint>
#include <vector>

#include "exec/onednn/program.h"
#include "exec/worker/protocol.h"
#include "exec/worker/shared_memory.h"

namespace partita::exec {

// Model: copies that are due come before the next layer, by time queued, then by plan order. A pack
//   is queued when its layer ends; an unpack when this worker sees that its data is there, which it
//   looks for between layers and copies and while it waits for an operand. It waits spinning for a
//   moment, then asleep at its doorbell: a sleeper takes tens of microseconds to wake, a spinner
//   takes a core.
class Runner {
 public:
  // Program and memory must outlive it; the program is prepared for this order.
  Runner(Program& program, const SharedMemory& shared, const PrepareOrder& order);

  // Copies the network's inputs in.
  void fill_inputs();
  // Writes the kept results out.
  void write_results();

  // Waits for the start, runs, waits until all workers have finished. `number` grows by one from
  // run to run, from 1.
  std::vector<Record> run(std::uint32_t number);

 private:
  struct Copy {
    CopyOrder order;
    Relayout relayout;
  };
  // What has been spent when; readings before and after something tell what it took.
  struct Reading {
    std::int64_t time, cpu, switches;
  };
  struct Due {
    std::int64_t queued;
    std::uint32_t transfer;
    std::size_t copy;
    bool pack;
    friend auto operator<=>(const Due&, const Due&) = default;
  };

  static Reading reading();
  void wait_for_start(std::uint32_t number);
  void wait_for_all(std::uint32_t number);
  // Queues the arrivals that this worker has not seen yet; whether there were any.
  bool see_arrivals();
  bool ready(std::size_t step) const;
  void wait_for_arrival();
  void serve(const Due& due);
  void serve_all();
  void run_layer(std::size_t step);
  // Notes what went on since the reading before, and makes the one after.
  void record(Record::Kind kind, std::uint32_t what, std::uint32_t leg, std::int64_t queued);

  Program& program_;
  const SharedMemory& shared_;
  const PrepareOrder order_;
  std::vector<Copy> packs_, unpacks_;
  std::vector<Relayout> inputs_, results_;
  std::vector<std::vector<std::size_t>> packs_after_;  // step -> packs
  std::vector<std::vector<std::size_t>> needed_by_;    // step -> unpacks

  std::uint32_t number_ = 0;
  std::int64_t start_ = 0;
  Reading before_{};
  std::vector<Due> due_;  // sorted
  std::vector<bool> seen_, arrived_;
  std::vector<std::size_t> newly_seen_;
  std::size_t unseen_ = 0;
  std::vector<Record> records_;
};

}  // namespace partita::exec
