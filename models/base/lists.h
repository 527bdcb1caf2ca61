// Lists of varying length, one after another in one array.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/base/ids.h"

namespace partita {

// Filled list by list, then only read.
template <class Key, class Item>
class Lists {
 public:
  void add(Item item) { items_.push_back(item); }
  void finish_list() { ends_.push_back(static_cast<std::uint32_t>(items_.size())); }
  void clear() {
    items_.clear();
    ends_.clear();
  }
  std::span<const Item> operator[](Key key) const {
    return {items_.data() + first(key), items_.data() + ends_[index(key)]};
  }
  // Its place among the items of all lists.
  std::uint32_t first(Key key) const { return index(key) == 0 ? 0 : ends_[index(key) - 1]; }
  std::size_t items() const { return items_.size(); }

 private:
  std::vector<Item> items_;
  std::vector<std::uint32_t> ends_;
};

}  // namespace partita
