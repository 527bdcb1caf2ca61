// How many different things there were.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace partita::analyze {

// Model: 64-bit hashes, exact up to kExact different ones (a set); from there on HyperLogLog with
//   2^14 registers, standard error 1.04 / sqrt(2^14) = 0.8 %: Flajolet et al., "HyperLogLog", AofA
//   (2007), theorem 1, with 64-bit hashes and the exact start as in Heule et al., "HyperLogLog in
//   practice", EDBT (2013), sections 5.1 and 5.3.
// Left out: collisions of hashes (one pair in 2^64).
class DistinctCounter {
 public:
  static constexpr std::size_t kExact = 8192;

  DistinctCounter();

  // Of hash().
  void add(std::span<const std::uint64_t> hashes);
  double count() const;

  // Both halves of a product of 128 bits: the mixing step of wyhash (Wang Yi, 2019), with the first
  // two of its constants.
  static std::uint64_t hash(std::uint64_t key) {
    __extension__ using Unsigned = unsigned __int128;
    const Unsigned product =
        static_cast<Unsigned>(key ^ 0xa0761d6478bd642fULL) * 0xe7037ed1a0b428dbULL;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

 private:
  static constexpr int kIndexBits = 14;
  static constexpr std::size_t kSlots = 4 * kExact;

  void hold(std::uint64_t hash);
  static void sketch(std::uint64_t hash, std::uint8_t* registers);

  std::vector<std::uint64_t> slots_;  // open addressing; 0 is free
  bool has_zero_ = false;             // the hash 0 itself
  std::size_t held_ = 0;
  std::vector<std::uint8_t> registers_;  // empty while exact
};

}  // namespace partita::analyze
