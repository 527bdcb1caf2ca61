// A worker's part of one inference or several: layers and copies in the order of the execution
// contract.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "exec/program/program.h"
#include "exec/worker/arenas.h"
#include "exec/worker/shared_memory.h"
#include "exec/worker/worker_protocol.h"

namespace partita::exec {

// Model: a pack is queued when its layer ends; an unpack when this worker sees that its data is
//   there. Whoever waits does so spinning for a moment, then asleep at its doorbell: a sleeper takes
//   tens of microseconds to wake, a spinner takes a core.
//
//   What several workers reach where it lies is not copied: whoever made or brought it tells the
//   others (Handover), for whom it then has arrived.
//
//   Weights of a cold start come with the first request of a run; the others wait until they are
//   there. Their memory is taken from the start.
//
//   Each request under way has a seat: buffers of its own on every worker, and a part of the shared
//   memory. The worker that is the last to finish its part of a request gives the seat to the next
//   one; nobody else has to know. Workers see requests in their order.
class Runner {
 public:
  virtual ~Runner() = default;

  // Copies the network's inputs in, of all seats.
  void fill_inputs();
  // Writes the kept results out, of all seats.
  void write_results();

  // Spoils the weights that runs load, so that each run has to.
  void forget_weights();
  // What can be done before a run starts, so that it takes no time of it.
  virtual void make_ready() {}
  // What the last moments before it are for: some tens of microseconds.
  virtual void stay_awake() {}
  // Waits for the start, runs, waits until all workers have finished.
  Ran run(const RunOrder& order);

 protected:
  struct Copy {
    CopyOrder order;
    std::vector<DeviceCopy> relayouts;  // a weight may be there in several layouts
    void run(partita_queue queue) {
      for (DeviceCopy& relayout : relayouts) relayout.run(queue);
    }
  };
  // What one request at a time uses.
  struct Seat {
    Program* program = nullptr;
    std::uint64_t offset = 0;  // of its part of the shared memory to that of the first seat
    std::vector<Copy> packs, unpacks;
    std::vector<DeviceCopy> inputs, results;
  };
  // A request that this worker has not finished.
  struct Request {
    std::uint32_t number = 0;  // over all runs
    std::size_t seat = 0;
    std::size_t step = 0;                    // its next layer
    std::vector<bool> seen;                  // of its unpacks: announced
    std::vector<bool> arrived;               // of its unpacks: copied
    std::vector<bool> packing;               // of its packs: on their way, or done
    std::size_t unseen = 0, unfinished = 0;  // copies
  };
  struct Due {
    std::int64_t queued;
    std::uint32_t request, transfer;
    std::size_t seat, copy;
    bool pack;
    friend auto operator<=>(const Due&, const Due&) = default;
  };

  // `programs`, of each seat, and memory must outlive it; they are prepared for this order.
  Runner(Device& device, const std::vector<std::unique_ptr<Program>>& programs,
         const SharedMemory& shared, const Arenas& arenas, const PrepareOrder& order);

  // All layers and copies of one run.
  virtual void work() = 0;
  // What a copy that is due comes to.
  virtual void serve(const Due& due) = 0;

  // Whether requests of this run are left to see or to finish.
  bool has_work() const { return next_ != behind_last_ || !under_way_.empty(); }
  std::size_t steps() const { return needed_by_.size(); }
  // Weights come on the seat of the first request.
  std::size_t comes_on(std::size_t seat, std::size_t unpack) const {
    return order_.unpacks[unpack].is_weight ? 0 : seat;
  }
  // For a layer of this request: whether it has been copied.
  bool arrived(const Request& request, std::size_t unpack) const {
    return order_.unpacks[unpack].is_weight ? loaded_[unpack] : request.arrived[unpack];
  }
  bool brings(const Request& request, std::size_t unpack) const {
    return !order_.unpacks[unpack].is_weight || request.number == first_;
  }
  // Copied or, where nothing is copied, seen. Queues the packs that follow.
  void note_arrival(Request& request, std::size_t unpack, std::int64_t now);
  bool takes_part() const {
    return steps() > 0 || !order_.packs.empty() || !order_.unpacks.empty();
  }
  Request& request_on(std::size_t seat) { return on_seat_[seat]; }

  // Queues what has come since it was last asked: requests, with the inputs that are there when they
  // start, and arrivals. Whether there was any.
  bool see_news();
  // Serves all that is due, by time queued, then by request, then by plan order.
  void serve_all();
  // Until something has come. Precondition: something is to come.
  void wait_for_news();
  void queue(const Due& due);
  void announce(const Request& request, std::uint64_t slot, std::uint32_t receiver);
  // All that is told of after this.
  void hand_over(Request& request, const std::vector<std::size_t>& handovers);
  // Tells the leader what this worker is at.
  void note(Pulse::State state, std::uint32_t what, std::int64_t now) {
    shared_.as<Pulse>(pulse_offset(order_.workers, order_.worker)).set(state, what, now);
  }
  // Its part is done; if it was the last, the seat goes to the next request.
  void finish(Request& request);
  std::uint32_t number_in_run(const Request& request) const { return request.number - first_; }

  Device& device_;
  const SharedMemory& shared_;
  const PrepareOrder order_;
  const std::int64_t spin_;  // ns
  std::vector<Seat> seats_;
  std::vector<std::vector<std::size_t>> packs_after_;  // step -> packs
  std::vector<std::vector<std::size_t>> needed_by_;    // step -> unpacks
  std::vector<std::vector<std::size_t>> packs_after_unpack_;
  // What is told of after a step, a pack, an unpack.
  std::vector<std::vector<std::size_t>> told_after_, told_after_pack_, told_after_unpack_;

  double slowdown_ = 1;  // of layers, in this run
  std::int64_t start_ = 0;
  std::vector<Request*> under_way_;  // the oldest first
  std::vector<Due> due_;             // sorted
  std::vector<Record> records_;

 private:
  void wait_for_start(std::uint32_t number);
  void wait_for_all(std::uint32_t number);
  bool see_requests();
  bool see_arrivals();
  std::optional<std::size_t> seat_of(std::uint32_t number) const;
  void begin(std::uint32_t number, std::size_t seat, std::int64_t now);
  void keep_results(const Request& request);
  void ring(std::uint32_t worker);
  std::chrono::nanoseconds nap() const;

  PinnedMemory pinned_;
  std::vector<Request> on_seat_;
  std::vector<std::byte> nothing_;  // what weights are spoilt with
  std::vector<DeviceCopy> forgetting_;
  std::vector<bool> loaded_;  // by unpack; says something of weights only
  std::vector<std::pair<Request*, std::size_t>> newly_seen_;
  std::uint32_t first_ = 0, next_ = 0, behind_last_ = 0;  // requests of this run
  std::vector<std::int64_t> arrivals_;
  std::vector<std::uint32_t> seated_;  // by number in this run
  bool keeps_results_ = false;
};

// The one that fits the device; all must outlive it.
std::unique_ptr<Runner> make_runner(Device& device,
                                    const std::vector<std::unique_ptr<Program>>& programs,
                                    const SharedMemory& shared, const Arenas& arenas,
                                    const PrepareOrder& order);

}  // namespace partita::exec
