// Messages between the coordinator and its workers: bytes in, the same values out.
//
// Integers travel as they lie in memory: both ends are of one build, which the first message checks
// where they may not be (crew_protocol.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "models/base/diagnostics.h"
#include "models/base/ids.h"

namespace partita::exec {

class Writer {
 public:
  Writer() = default;
  // What another writer wrote.
  explicit Writer(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }
  void put(const std::string& text) {
    put(text.size());
    put_bytes(text.data(), text.size());
  }
  template <class T>
  void put(const std::vector<T>& items) {
    put(items.size());
    if constexpr (std::is_trivially_copyable_v<T>) {
      put_bytes(items.data(), items.size() * sizeof(T));
    } else {
      for (const T& item : items) put(item);
    }
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  void put_bytes(const void* from, std::size_t count) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + count);
    if (count > 0) std::memcpy(bytes_.data() + at, from, count);
  }

  std::vector<std::byte> bytes_;
};

// Reads in the order of writing; a message that is too short is an Error.
class Reader {
 public:
  explicit Reader(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  // All of it, read or not.
  const std::vector<std::byte>& bytes() const { return bytes_; }

  template <class T>
  T get() {
    T value{};
    read(value);
    return value;
  }
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void read(T& value) { std::memcpy(&value, take(sizeof(T)), sizeof(T)); }
  // A number of items that are to follow, each at least a byte: more than there can be is an Error.
  std::size_t get_count() {
    const auto count = get<std::size_t>();
    if (count > bytes_.size() - at_) throw Error("a message between processes is cut short");
    return count;
  }
  void read(std::string& text) {
    const auto size = get<std::size_t>();
    text.assign(reinterpret_cast<const char*>(take(size)), size);
  }
  template <class T>
  void read(std::vector<T>& items) {
    const std::size_t count = get_count();
    if constexpr (std::is_trivially_copyable_v<T>) {
      const std::byte* from = take(count * sizeof(T));
      items.resize(count);
      if (count > 0) std::memcpy(items.data(), from, count * sizeof(T));
    } else {
      items.clear();
      for (std::size_t i = 0; i < count; ++i) items.push_back(get<T>());
    }
  }

 private:
  const std::byte* take(std::size_t count) {
    if (count > bytes_.size() - at_) throw Error("a message between processes is cut short");
    at_ += count;
    return bytes_.data() + at_ - count;
  }

  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
};

}  // namespace partita::exec
