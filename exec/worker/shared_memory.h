// Memory that the coordinator and its workers share, and how they wait for each other in it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "exec/worker/channel.h"

namespace partita::exec {

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
};

// Rung when something has arrived for a worker.
struct alignas(kCacheLine) Doorbell {
  std::atomic<std::uint32_t> rings;
  std::atomic<std::uint32_t> asleep;
};

// Tells that the data of one copy is there.
struct alignas(kCacheLine) Slot {
  std::atomic<std::uint32_t> run;  // number of the run that it is there for
};

constexpr std::uint64_t doorbell_offset(std::uint32_t worker) {
  return sizeof(RunControl) + worker * sizeof(Doorbell);
}

// CLOCK_MONOTONIC, the same for all processes.
std::int64_t now_ns();

}  // namespace partita::exec
