// A queue of a device that is not there: a thread that does what is put in, in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "exec/device/plugin_device.h"

namespace partita::exec {

// Nanoseconds of CLOCK_MONOTONIC.
std::int64_t fake_now();
// Asleep for most of it, awake at its end: on time to a few microseconds.
void sleep_until(std::int64_t time);

// What one recording of an event is waiting for.
class Mark {
 public:
  void happen(std::int64_t offset);  // now, by a clock that is so far ahead
  bool happened() const;
  std::int64_t time() const;
  // False: `stop` came first.
  bool wait(const std::function<bool()>& stop) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool happened_ = false;
  std::int64_t time_ = 0;
};

class FakeEvent : public PluginEvent {
 public:
  std::shared_ptr<Mark> mark;  // of the last recording; empty: never recorded
};

// The first task that throws ends the queue's work: the sentence is what every later call answers.
class FakeQueue {
 public:
  FakeQueue();
  // Ends without doing what is left.
  ~FakeQueue();
  FakeQueue(const FakeQueue&) = delete;
  FakeQueue& operator=(const FakeQueue&) = delete;

  void put(std::function<void()> task);
  void wait_for(std::shared_ptr<Mark> mark);
  // Until it is empty, or has failed.
  void drain();
  // Throws what a task threw.
  void rethrow() const;
  // Asked by tasks that take long.
  bool stopping() const;

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool busy_ = false, stop_ = false;
  std::string failure_;
  std::thread thread_;
};

}  // namespace partita::exec
