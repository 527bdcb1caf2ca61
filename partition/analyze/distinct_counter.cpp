#include "partition/analyze/distinct_counter.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace partita::analyze {

DistinctCounter::DistinctCounter() : slots_(kSlots) {}

void DistinctCounter::add(std::span<const std::uint64_t> hashes) {
  std::size_t i = 0;
  while (i < hashes.size() && registers_.empty()) hold(hashes[i++]);
  // Bytes may alias anything: as members, the registers would be looked up anew for each.
  std::uint8_t* const registers = registers_.data();
  // Eight at a time: of a loop of so few instructions, counting would be a third.
  for (; i + 8 <= hashes.size(); i += 8) {
    for (std::size_t k = 0; k < 8; ++k) sketch(hashes[i + k], registers);
  }
  for (; i < hashes.size(); ++i) sketch(hashes[i], registers);
}

void DistinctCounter::hold(std::uint64_t hash) {
  if (hash == 0) {
    has_zero_ = true;
    return;
  }
  std::size_t slot = hash % kSlots;
  while (slots_[slot] != 0 && slots_[slot] != hash) slot = (slot + 1) % kSlots;
  if (slots_[slot] == hash) return;
  slots_[slot] = hash;
  if (++held_ <= kExact) return;
  registers_.assign(std::size_t{1} << kIndexBits, 0);
  for (const std::uint64_t held : slots_) {
    if (held != 0) sketch(held, registers_.data());
  }
  if (has_zero_) sketch(0, registers_.data());
}

void DistinctCounter::sketch(std::uint64_t hash, std::uint8_t* registers) {
  const std::uint64_t index = hash >> (64 - kIndexBits);
  // Zeros from below, one instruction everywhere; the bit above them keeps the rank finite.
  const std::uint64_t rest = hash | (1ULL << (64 - kIndexBits));
  const auto rank = static_cast<std::uint8_t>(std::countr_zero(rest) + 1);
  // A register seldom grows: not writing it keeps the next reading from waiting for this one.
  if (rank > registers[index]) registers[index] = rank;
}

double DistinctCounter::count() const {
  if (registers_.empty()) return static_cast<double>(held_ + (has_zero_ ? 1 : 0));
  const auto m = static_cast<double>(registers_.size());
  double sum = 0;
  int empty = 0;
  for (const std::uint8_t most : registers_) {
    sum += std::ldexp(1.0, -most);
    empty += most == 0 ? 1 : 0;
  }
  // Flajolet et al., fig. 3: alpha for many registers, and linear counting while some are empty.
  const double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
  return estimate <= 2.5 * m && empty > 0 ? m * std::log(m / empty) : estimate;
}

}  // namespace partita::analyze
