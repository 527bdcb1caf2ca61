// Random numbers that are the same on every machine: the standard fixes the engines, but not its
// distributions.
#pragma once

#include <cstdint>
#include <random>

#include "models/base/units.h"

namespace partita {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }

  // 0 .. count - 1. Precondition: count > 0. The bias is below count / 2^64.
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>((static_cast<Unsigned>(bits()) * count) >> 64);
  }
  bool one_in(std::size_t count) { return below(count) == 0; }

  // Exponential with mean 1, in units of 2^-32: von Neumann, "Various techniques used in connection
  // with random digits", 1951. It compares and counts, so no library's exp() or log() can change a
  // result.
  std::uint64_t exponential() {
    for (std::uint64_t whole = 0;; ++whole) {
      const std::uint64_t first = bits();
      std::uint64_t last = first;
      bool odd = true;  // length of the run of falling numbers
      for (std::uint64_t next = bits(); next < last; next = bits()) last = next, odd = !odd;
      if (odd) return (whole << 32) + (first >> 32);
    }
  }

 private:
  __extension__ using Unsigned = unsigned __int128;
  std::mt19937_64 engine_;
};

}  // namespace partita
