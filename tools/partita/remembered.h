// What was loaded once, for those who name it again: points of a sweep have most of their inputs in
// common.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace partita::command {

// Only where enable(true) was said: people's commands load everything once anyway. For one thread.
template <class T>
class Remembered {
 public:
  static Remembered& instance() {
    static Remembered all;
    return all;
  }

  void enable(bool wanted) {
    is_wanted_ = wanted;
    entries_.clear();
  }

  // What `load` gives for `key`; loaded again where the file of that name, if it is one, is another
  // by now.
  template <class Load>
  T of(const std::string& file, const std::string& key, Load load) {
    if (!is_wanted_) return load();
    const Stamp stamp = stamp_of(file);
    for (const Entry& entry : entries_) {
      if (entry.key == key && entry.stamp == stamp) return entry.value;
    }
    T value = load();
    if (entries_.size() == kMost) entries_.pop_front();
    entries_.push_back({key, stamp, value});
    return value;
  }

 private:
  using Stamp = std::pair<std::filesystem::file_time_type, std::uintmax_t>;
  struct Entry {
    std::string key;
    Stamp stamp;
    T value;
  };
  static constexpr std::size_t kMost = 16;

  static Stamp stamp_of(const std::string& file) {
    std::error_code none;
    const auto time = std::filesystem::last_write_time(file, none);
    if (none) return {};
    return {time, std::filesystem::file_size(file, none)};
  }

  bool is_wanted_ = false;
  std::deque<Entry> entries_;
};

}  // namespace partita::command
