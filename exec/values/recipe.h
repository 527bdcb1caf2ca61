// How the elements of one tensor are made from nothing but a key: small enough to travel to another
// process, which then has the same values without anything large being sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "models/base/data_type.h"

namespace partita {

// Model: element i is a function of (key, i) alone: a counter-based generator (Salmon et al.,
// "Parallel random numbers: as easy as 1, 2, 3", SC 2011) with the mixing function of SplitMix64
// (Steele, Lea, Flood, OOPSLA 2014). So any part can be made alone, and only integer arithmetic,
// one multiplication and one addition make a value: every machine gives the same bits.
// Left out: tails. Normal is a sum of four uniform numbers (Irwin-Hall), within 3.46 standard
// deviations.
struct Recipe {
  enum class Distribution : std::uint8_t {
    Uniform,  // centre +- spread
    Normal,   // mean centre, standard deviation spread
    Below,    // whole numbers 0 .. bound - 1, each equally likely
    Mask,     // 1 seven times out of eight, else 0
  };

  std::uint64_t key = 0;
  DataType type = DataType::F32;
  Distribution distribution = Distribution::Uniform;
  float centre = 0;
  float spread = 0;
  std::int64_t bound = 0;  // of Below

  friend bool operator==(const Recipe&, const Recipe&) = default;
};

// The same name and seed give the same key on every machine.
std::uint64_t key_of(std::string_view name, std::uint64_t seed);

// Elements first, first + 1, ... until `out` is full. Values are rounded to nearest where the type
// is not f32. Precondition: out.size() is a multiple of the type's size, and `out` is aligned for
// it.
void fill(const Recipe& recipe, std::int64_t first, std::span<std::byte> out);

}  // namespace partita
