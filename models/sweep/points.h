// The points of a sweep: made one by one when they are asked for, so that a million take no room.
#pragma once

#include <compare>
#include <cstdint>
#include <iterator>
#include <vector>

#include "models/sweep/sweep.h"

namespace partita {

// One value for each axis of the sweep, in the order of the axes.
struct SweepPoint {
  std::size_t number = 0;      // its place in the sweep: repetitions of one stand together
  std::size_t repetition = 0;  // from 0
  std::uint64_t seed = 0;      // of the sweep's seed, all options and the repetition (point_seed.h)
  std::vector<SweepValue> values;
};

// All of them, in order. `sweep` must outlive it.
class SweepPoints {
 public:
  class Iterator;

  std::size_t size() const { return rows() * sweep_->repeat; }
  bool empty() const { return size() == 0; }
  // Of positions that were asked for: rows that `exclude` and `only` leave out, ascending.
  std::vector<std::size_t> left_out() const;
  SweepPoint operator[](std::size_t number) const;
  Iterator begin() const;
  Iterator end() const;

 private:
  friend SweepPoints points_of(const Sweep& sweep);
  friend SweepPoints points_at(const Sweep& sweep,
                               const std::vector<std::vector<double>>& positions);

  explicit SweepPoints(const Sweep& sweep);
  std::size_t rows() const { return is_filtered_ ? kept_.size() : all_rows_; }
  void leave_out();
  bool is_meant(const std::vector<SweepValue>& values) const;
  std::vector<SweepValue> values(std::size_t row) const;
  SweepValue value(std::size_t row, std::size_t axis) const;
  std::size_t listed(std::size_t row, std::size_t axis) const;
  bool is_listed(std::size_t axis) const;
  double position(std::size_t row, std::size_t axis) const;
  std::uint64_t hash(std::size_t row, std::size_t axis, const SweepValue& value) const;

  const Sweep* sweep_;
  std::size_t all_rows_ = 0;
  // Product: how many rows one value of an axis stays, by axis.
  std::vector<std::size_t> stays_;
  // Otherwise: positions, row after row, and which of a row's are an axis's.
  std::vector<double> positions_;
  std::vector<std::size_t> column_;
  std::size_t columns_ = 0;
  // Samples: walked ranges give their values, not what lies between; others are rounded.
  bool from_lists_ = true;
  bool is_filtered_ = false;
  std::vector<std::uint32_t> kept_;  // rows
  std::uint64_t fixed_hash_ = 0;
  std::vector<std::vector<std::uint64_t>> hashes_;  // of the values of lists, by axis
};

class SweepPoints::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = SweepPoint;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = SweepPoint;

  Iterator(const SweepPoints& points, std::size_t number) : points_(&points), number_(number) {}
  SweepPoint operator*() const { return (*points_)[number_]; }
  Iterator& operator++() { return ++number_, *this; }
  Iterator operator++(int) { return {*points_, number_++}; }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.number_ == b.number_; }

 private:
  const SweepPoints* points_;
  std::size_t number_;
};

inline SweepPoints::Iterator SweepPoints::begin() const { return {*this, 0}; }
inline SweepPoints::Iterator SweepPoints::end() const { return {*this, size()}; }

// Whether all axes have values to go through, or the sweep is sampled: else it has no points of its
// own, only positions that somebody asks for.
bool has_points(const Sweep& sweep);

// Product or samples, less what is left out, repeated. Same file, same points. Throws ConfigError
// where the sweep has none: ranges without `points`, or everything excluded.
SweepPoints points_of(const Sweep& sweep);
SweepPoints points_of(Sweep&&) = delete;

// The points at given positions (rows of a value in [0, 1] for each axis), each repeated as the
// sweep says, less what is left out: maybe none.
SweepPoints points_at(const Sweep& sweep, const std::vector<std::vector<double>>& positions);
SweepPoints points_at(Sweep&&, const std::vector<std::vector<double>>& positions) = delete;

}  // namespace partita
