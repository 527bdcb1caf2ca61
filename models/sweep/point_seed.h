// Seeds of points: the same for the same options, wherever a point stands and whatever else its
// sweep holds, so that a larger sweep finds old points again.
//
// Model: every option is a line "name=value", numbers in their base unit ("bandwidth=1e+10 B/s"),
// flags "true"; flags that are false, and options that are left out, have none.
//   point = sum over lines of splitmix64(fnv1a(line))   mod 2^64: their order does not matter
//   seed  = splitmix64(splitmix64(splitmix64(seed of the sweep) xor point) + repetition) / 2
// FNV-1a: Fowler, Noll, Vo (RFC 9923), 64 bits. splitmix64: Steele, Lea, Flood, "Fast splittable
// pseudorandom number generators", OOPSLA 2014, one step from the given state. 63 bits: what
// --seed takes.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/sweep/axis.h"

namespace partita {

std::uint64_t fnv1a(std::string_view text);
std::uint64_t splitmix64(std::uint64_t state);

// What an option adds to `point`; `text` as it was written.
std::uint64_t option_hash(std::string_view name, std::string_view text);
// The same of a number of an axis without `as`, which need not be read again.
std::uint64_t option_hash(std::string_view name, double number, std::string_view unit);

std::uint64_t point_seed(std::uint64_t sweep_seed, std::uint64_t point, std::size_t repetition);

}  // namespace partita
