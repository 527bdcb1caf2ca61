#include "exec/devices/fake/queue.h"

#include <chrono>
#include <ctime>

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kAwake = 100'000;  // ns: what a sleeper may oversleep
constexpr auto kLook = 5ms;               // how often a waiting queue looks whether it shall stop

}  // namespace

std::int64_t fake_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

void sleep_until(std::int64_t time) {
  if (time - fake_now() > kAwake) {
    const std::int64_t nap = time - kAwake;
    const timespec until{nap / 1'000'000'000, nap % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
  }
  while (fake_now() < time) {
  }
}

void Mark::happen(std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  happened_ = true;
  // Not before: whoever asked meanwhile was told that it had not happened.
  time_ = fake_now() + offset;
  changed_.notify_all();
}

bool Mark::happened() const {
  const std::lock_guard lock(mutex_);
  return happened_;
}

std::int64_t Mark::time() const {
  const std::lock_guard lock(mutex_);
  return time_;
}

bool Mark::wait(const std::function<bool()>& stop) const {
  std::unique_lock lock(mutex_);
  while (!happened_) {
    if (stop()) return false;
    changed_.wait_for(lock, kLook);
  }
  return true;
}

FakeQueue::FakeQueue() : thread_([this] { work(); }) {}

FakeQueue::~FakeQueue() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void FakeQueue::put(std::function<void()> task) {
  rethrow();
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  changed_.notify_all();
}

void FakeQueue::wait_for(std::shared_ptr<Mark> mark) {
  put([this, mark = std::move(mark)] { mark->wait([this] { return stopping(); }); });
}

void FakeQueue::drain() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return (tasks_.empty() && !busy_) || !failure_.empty(); });
  }
  rethrow();
}

void FakeQueue::rethrow() const {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) throw DeviceError(PARTITA_LOST, failure_);
}

bool FakeQueue::stopping() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void FakeQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || !tasks_.empty(); });
    if (stop_) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    busy_ = true;
    lock.unlock();
    std::string failure;
    try {
      task();
    } catch (const std::exception& e) {
      failure = e.what();
    }
    lock.lock();
    busy_ = false;
    if (!failure.empty()) {
      failure_ = failure;
      tasks_.clear();
    }
    changed_.notify_all();
  }
}

}  // namespace partita::exec
