// Runs of neighbours that are equal, and of zeros.
#pragma once

#include <cstdint>
#include <span>

#include "partition/analyze/elements.h"

namespace partita::analyze {

// Model: items in row-major order; a run begins at an item whose bits differ from those of the one
//   before it, and at the first. The sums of ranges give those of the whole; the longest run of
//   ranges that do not follow each other is a lower bound.
struct Runs {
  std::int64_t items = 0, starts = 0;
  std::int64_t zeros = 0, zero_starts = 0;  // items that are 0 in all channels (-0 is 0)
  std::int64_t longest = 0;

  void merge(const Runs& other);
  double mean() const;       // items a run; a run that began before the first item counts as one
  double zero_mean() const;  // 0 without zeros
};

// Counts range after range.
class RunCounter {
 public:
  // `channels` elements of `width` bytes an item; `has_sign`: of floats, -0 is 0.
  RunCounter(std::size_t width, std::size_t channels, bool has_sign);

  // `range` is in items; looks back at the item before it. Any alignment.
  void add(std::span<const std::byte> data, Range range);
  const Runs& runs() const { return runs_; }

 private:
  // Bit i of `equal`: item i equals the one before it; of `zero`: it is 0. Items `count` and on: 0.
  void take(std::uint64_t equal, std::uint64_t zero, std::size_t count);
  template <class Word>
  void add_words(const std::byte* data, Range range);
  void add_any(const std::byte* data, Range range);
  template <std::size_t kSize>
  void add_packed(const std::byte* data, Range range);

  std::size_t width_, channels_;
  bool has_sign_;
  std::uint64_t magnitude_ = 0;  // mask of an item's bits but for signs, if it fits a word
  Runs runs_;
  std::int64_t next_ = -1;    // the item that would follow the last range
  std::int64_t current_ = 0;  // length of the run that the last item belongs to
  bool zero_before_ = false;  // whether the last item is 0
};

}  // namespace partita::analyze
