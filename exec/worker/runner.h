// One inference on one worker: its layers and copies in the order of the execution contract.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "exec/program/program.h"
#include "exec/worker/shared_memory.h"
#include "exec/worker/worker_protocol.h"

namespace partita::exec {

// Model: a pack is queued when its layer ends; an unpack when this worker sees that its data is
//   there. Whoever waits does so spinning for a moment, then asleep at its doorbell: a sleeper takes
//   tens of microseconds to wake, a spinner takes a core.
class Runner {
 public:
  virtual ~Runner() = default;

  // Copies the network's inputs in.
  void fill_inputs();
  // Writes the kept results out.
  void write_results();

  // Waits for the start, runs, waits until all workers have finished. `number` grows by one from
  // run to run, from 1.
  std::vector<Record> run(std::uint32_t number);

 protected:
  struct Copy {
    CopyOrder order;
    DeviceCopy relayout;
  };
  struct Due {
    std::int64_t queued;
    std::uint32_t transfer;
    std::size_t copy;
    bool pack;
    friend auto operator<=>(const Due&, const Due&) = default;
  };

  // Program and memory must outlive it; the program is prepared for this order.
  Runner(Device& device, Program& program, const SharedMemory& shared, const PrepareOrder& order);

  // All layers and copies of one run.
  virtual void work() = 0;
  // What a copy that is due comes to.
  virtual void serve(const Due& due) = 0;

  // Queues the arrivals that this worker has not seen yet; whether there were any.
  bool see_arrivals();
  // Serves all that is due, by time queued, then by plan order.
  void serve_all();
  // Until something is due. Precondition: something is still to arrive.
  void wait_for_arrival();
  void queue(const Due& due);
  void announce(const CopyOrder& pack);

  Device& device_;
  Program& program_;
  const SharedMemory& shared_;
  const PrepareOrder order_;
  std::vector<Copy> packs_, unpacks_;
  std::vector<std::vector<std::size_t>> packs_after_;  // step -> packs
  std::vector<std::vector<std::size_t>> needed_by_;    // step -> unpacks

  std::uint32_t number_ = 0;
  std::int64_t start_ = 0;
  std::vector<Due> due_;  // sorted
  std::vector<Record> records_;

 private:
  void wait_for_start(std::uint32_t number);
  void wait_for_all(std::uint32_t number);

  PinnedMemory pinned_;
  std::vector<DeviceCopy> inputs_, results_;
  std::vector<bool> seen_;
  std::vector<std::size_t> newly_seen_;
  std::size_t unseen_ = 0;
};

// The one that fits the device.
std::unique_ptr<Runner> make_runner(Device& device, Program& program, const SharedMemory& shared,
                                    const PrepareOrder& order);

}  // namespace partita::exec
