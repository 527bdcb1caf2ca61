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

  // A bijection of 64 bits: the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, fig. 15).
  static std::uint64_t hash(std::uint64_t key) {
    key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9ULL;
    key = (key ^ (key >> 27)) * 0x94d049bb133111ebULL;
    return key ^ (key >> 31);
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
