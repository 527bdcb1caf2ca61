// Memory that the coordinator and its workers share, and how they wait for each other in it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "exec/worker/channel.h"

namespace partita::exec {

// What this computer can give without taking it from a program; absent: it does not say.
std::optional<std::uint64_t> bytes_available();

// An anonymous file mapped into this process. It is gone when the last process that has it is gone.
class SharedMemory {
 public:
  SharedMemory() = default;
  explicit SharedMemory(std::size_t bytes);          // a new one, zeroed
  SharedMemory(Descriptor file, std::size_t bytes);  // somebody else's
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  std::byte* at(std::uint64_t offset) const { return data_ + offset; }
  template <class T>
  T& as(std::uint64_t offset) const {
    return *reinterpret_cast<T*>(data_ + offset);
  }
  std::size_t size() const { return size_; }
  int descriptor() const { return file_.number(); }

 private:
  void map();

  Descriptor file_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Sleeps while `word` holds `value`, at most until the patience is over; may return early.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value,
                std::chrono::nanoseconds patience);
void futex_wake_all(std::atomic<std::uint32_t>& word);

constexpr std::size_t kCacheLine = 64;

// At the front of the memory of a plan: how a run starts and ends.
struct alignas(kCacheLine) RunControl {
  std::atomic<std::uint32_t> go;        // number of the run that may start
  std::atomic<std::uint32_t> finished;  // workers that have finished, over all runs
  std::atomic<std::int64_t> start;      // of the run, nanoseconds of CLOCK_MONOTONIC
  std::atomic<std::uint32_t> next;      // number of the request that gets the next free seat
};

// Rung when something has arrived for a worker.
struct alignas(kCacheLine) Doorbell {
  std::atomic<std::uint32_t> rings;
  std::atomic<std::uint32_t> asleep;
};

// What a worker does, and since when: for the leader, who has to name the one that hangs and not
// those that wait for it. Each writes its own only.
struct alignas(kCacheLine) Pulse {
  enum class State : std::uint32_t {
    Waits,   // for others; `since` then is renewed with every nap
    Layer,   // has begun the layer `what`
    Copy,    // has begun the copy of the tensor `what`
    Copies,  // waits for what its device copies
  };
  std::atomic<State> state;
  std::atomic<std::uint32_t> what;
  std::atomic<std::int64_t> since;  // now_ns()

  void set(State next, std::uint32_t of, std::int64_t now) {
    since.store(now, std::memory_order_relaxed);
    what.store(of, std::memory_order_relaxed);
    state.store(next, std::memory_order_relaxed);
  }
};

// Who has a seat: buffers for one request under way. Numbers of requests count over all runs.
struct alignas(kCacheLine) SeatState {
  std::atomic<std::uint32_t> request;
  std::atomic<std::uint32_t> finished;  // workers that have finished their part of it
};

// Tells that the data of one copy is there.
struct alignas(kCacheLine) Slot {
  std::atomic<std::uint32_t> request;  // number of the request that it is there for
};

constexpr std::uint64_t doorbell_offset(std::uint32_t worker) {
  return sizeof(RunControl) + worker * sizeof(Doorbell);
}
// Behind the doorbells of all workers.
constexpr std::uint64_t pulse_offset(std::uint32_t workers, std::uint32_t worker) {
  return doorbell_offset(workers) + worker * sizeof(Pulse);
}
// Behind their pulses.
constexpr std::uint64_t seat_offset(std::uint32_t workers, std::uint64_t seat) {
  return pulse_offset(workers, workers) + seat * sizeof(SeatState);
}

// CLOCK_MONOTONIC, the same for all processes.
std::int64_t now_ns();

}  // namespace partita::exec
