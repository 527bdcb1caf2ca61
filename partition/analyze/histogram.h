// How often each byte, and each value, occurs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "partition/analyze/elements.h"

namespace partita::analyze {

// Entropy of the shares of `counts`, in bits; 0 of nothing. Shannon (1948), section 6.
double entropy_bits(std::span<const std::uint64_t> counts);

// Counts of one thing in several tables at once: the same bin twice in a row would wait for its own
// store (store-to-load forwarding), which neighbours in different tables do not.
class ByteCounts {
 public:
  static constexpr std::size_t kBins = 256, kTables = 8;

  void add(std::span<const std::byte> bytes);
  std::array<std::uint64_t, kBins> counts() const;

 private:
  static constexpr std::uint32_t kFull = 1U << 30;
  void flush();

  std::array<std::array<std::uint32_t, kBins>, kTables> tables_{};
  std::array<std::uint64_t, kBins> counts_{};
  std::uint64_t in_tables_ = 0;
};

// Values of types wider than a byte fall into the bins of a float32's first 12 bits: sign, exponent,
// and three bits behind the point, 8 bins an octave. NaN and infinities are left out.
class ValueCounts {
 public:
  static constexpr std::size_t kBins = 4096, kTables = 2;

  template <class T>
  void add(std::span<const T> values);
  std::vector<std::uint64_t> counts() const;

 private:
  static constexpr std::uint64_t kFull = 1ULL << 30;
  void flush();

  std::vector<std::uint32_t> tables_ = std::vector<std::uint32_t>(kTables * kBins);
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(kBins);
  std::uint64_t in_tables_ = 0;
};

}  // namespace partita::analyze
