#include "partition/analyze/histogram.h"

#include <cmath>
#include <cstring>

namespace partita::analyze {

double entropy_bits(std::span<const std::uint64_t> counts) {
  double total = 0, sum = 0;
  for (const std::uint64_t count : counts) {
    if (count == 0) continue;
    const auto n = static_cast<double>(count);
    total += n;
    sum += n * std::log2(n);
  }
  // - sum p log2 p = log2 N - sum n log2 n / N; rounding may leave it just below 0.
  return total == 0 ? 0 : std::max(0.0, std::log2(total) - sum / total);
}

void ByteCounts::add(std::span<const std::byte> bytes) {
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  for (; end - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    for (std::size_t k = 0; k < kTables; ++k) ++tables_[k][(word >> (8 * k)) & 0xff];
  }
  for (; at < end; ++at) ++tables_[0][static_cast<std::uint8_t>(*at)];
  in_tables_ += bytes.size();
  if (in_tables_ >= kFull) flush();
}

void ByteCounts::flush() {
  counts_ = counts();
  tables_ = {};
  in_tables_ = 0;
}

std::array<std::uint64_t, ByteCounts::kBins> ByteCounts::counts() const {
  std::array<std::uint64_t, kBins> sums = counts_;
  for (const auto& table : tables_) {
    for (std::size_t i = 0; i < kBins; ++i) sums[i] += table[i];
  }
  return sums;
}

template <class T>
void ValueCounts::add(std::span<const T> values) {
  constexpr std::size_t kChunk = 512;
  constexpr std::uint32_t kShift = 20;
  std::array<std::uint16_t, kChunk> bins;
  for (std::size_t first = 0; first < values.size(); first += kChunk) {
    const std::size_t count = std::min(kChunk, values.size() - first);
    // Apart from counting, so that this loop becomes one of vectors.
    for (std::size_t i = 0; i < count; ++i) {
      bins[i] = static_cast<std::uint16_t>(
          std::bit_cast<std::uint32_t>(small_number(values[first + i])) >> kShift);
    }
    const std::size_t pairs = count / 2 * 2;
    for (std::size_t i = 0; i < pairs; i += 2) {
      ++tables_[bins[i]];
      ++tables_[kBins + bins[i + 1]];
    }
    if (pairs < count) ++tables_[bins[pairs]];
  }
  in_tables_ += values.size();
  if (in_tables_ >= kFull) flush();
}

void ValueCounts::flush() {
  counts_ = counts();
  tables_.assign(tables_.size(), 0);
  in_tables_ = 0;
}

std::vector<std::uint64_t> ValueCounts::counts() const {
  std::vector<std::uint64_t> sums = counts_;
  for (std::size_t i = 0; i < kBins; ++i) sums[i] += std::uint64_t{tables_[i]} + tables_[kBins + i];
  // Exponents of ones: no numbers. Doubles beyond float32's range land there, too.
  constexpr std::size_t kExponent = 0x7f8, kSign = 0x800;
  for (std::size_t i = 0; i < 8; ++i) sums[kExponent + i] = sums[kSign + kExponent + i] = 0;
  // One zero.
  sums[0] += sums[kSign];
  sums[kSign] = 0;
  return sums;
}

template void ValueCounts::add(std::span<const std::uint16_t>);
template void ValueCounts::add(std::span<const std::int16_t>);
template void ValueCounts::add(std::span<const std::uint32_t>);
template void ValueCounts::add(std::span<const std::int32_t>);
template void ValueCounts::add(std::span<const std::uint64_t>);
template void ValueCounts::add(std::span<const std::int64_t>);
template void ValueCounts::add(std::span<const Half>);
template void ValueCounts::add(std::span<const float>);
template void ValueCounts::add(std::span<const double>);

}  // namespace partita::analyze
