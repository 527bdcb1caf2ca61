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
    const std::size_t at = index(key);
    const std::uint32_t first = at == 0 ? 0 : ends_[at - 1];
    return {items_.data() + first, items_.data() + ends_[at]};
  }

 private:
  std::vector<Item> items_;
  std::vector<std::uint32_t> ends_;
};

}  // namespace partita
