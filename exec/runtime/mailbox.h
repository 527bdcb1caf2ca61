// Messages from several threads to one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace partita::exec {

template <class Message>
class Mailbox {
 public:
  void post(Message message) {
    const std::lock_guard lock(mutex_);
    messages_.push_back(std::move(message));
    posted_.notify_one();
  }
  // The oldest; absent: none has come by then.
  std::optional<Message> take(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    posted_.wait_until(lock, until, [this] { return !messages_.empty(); });
    if (messages_.empty()) return std::nullopt;
    std::optional<Message> oldest(std::move(messages_.front()));
    messages_.pop_front();
    return oldest;
  }

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<Message> messages_;
};

}  // namespace partita::exec
