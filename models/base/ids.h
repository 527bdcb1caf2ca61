// Typed indices: a ProcessorId cannot be used where a LayerId is wanted, and an IdVector<Id, T> can
// be indexed by nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace partita {

enum class ProcessorId : std::uint32_t {};
enum class MemoryId : std::uint32_t {};
enum class LinkId : std::uint32_t {};
enum class SwitchId : std::uint32_t {};
enum class EngineId : std::uint32_t {};
enum class LayerId : std::uint32_t {};
enum class TensorId : std::uint32_t {};

template <class Id>
constexpr std::size_t index(Id id) {
  return static_cast<std::size_t>(id);
}

template <class Id, class T>
class IdVector {
 public:
  using value_type = T;

  IdVector() = default;
  explicit IdVector(std::size_t size, const T& value = T{}) : items_(size, value) {}
  IdVector(std::initializer_list<T> items) : items_(items) {}

  decltype(auto) operator[](Id id) { return items_[index(id)]; }
  decltype(auto) operator[](Id id) const { return items_[index(id)]; }
  decltype(auto) at(Id id) const { return items_.at(index(id)); }

  Id push_back(T item) {
    items_.push_back(std::move(item));
    return static_cast<Id>(items_.size() - 1);
  }
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  void assign(std::size_t size, const T& value) { items_.assign(size, value); }
  void resize(std::size_t size) { items_.resize(size); }
  void clear() { items_.clear(); }

  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

  friend bool operator==(const IdVector&, const IdVector&) = default;

 private:
  std::vector<T> items_;
};

// for (LayerId id : ids<LayerId>(count)) ...
template <class Id>
class ids {
 public:
  explicit constexpr ids(std::size_t count) : count_(count) {}

  struct Iterator {
    std::size_t at;
    constexpr Id operator*() const { return static_cast<Id>(at); }
    constexpr Iterator& operator++() { return ++at, *this; }
    friend constexpr bool operator==(Iterator, Iterator) = default;
  };
  constexpr Iterator begin() const { return {0}; }
  constexpr Iterator end() const { return {count_}; }

 private:
  std::size_t count_;
};

}  // namespace partita
