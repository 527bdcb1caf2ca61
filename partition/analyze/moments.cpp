#include "partition/analyze/moments.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "partition/analyze/clones.h"
#include "partition/analyze/lanes.h"

namespace partita::analyze {
namespace {

// 8 bits: exact integers. 2^16 x 255^2 < 2^32.
template <class T>
[[gnu::always_inline]] inline Moments exact(std::span<const T> block) {
  std::int32_t sum = 0, magnitude = 0, zeros = 0;
  std::uint32_t square = 0;
  T least = block[0], most = block[0];
  for (const T value : block) {
    const std::int32_t x = value;
    sum += x;
    square += static_cast<std::uint32_t>(x * x);
    if constexpr (std::is_signed_v<T>) magnitude += std::abs(x);
  }
  for (const T value : block) {
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  // As many as a byte can count at a time: bytes are added as vectors four times as long.
  constexpr std::size_t kCounted = 255 * 32;
  for (std::size_t first = 0; first < block.size(); first += kCounted) {
    const auto part = block.subspan(first, std::min(kCounted, block.size() - first));
    std::array<std::uint8_t, 32> counts{};
    const std::size_t whole = part.size() / counts.size() * counts.size();
    for (std::size_t i = 0; i < whole; i += counts.size()) {
      for (std::size_t k = 0; k < counts.size(); ++k) {
        counts[k] = static_cast<std::uint8_t>(counts[k] + (part[i + k] == 0 ? 1 : 0));
      }
    }
    for (const std::uint8_t count : counts) zeros += count;
    for (std::size_t i = whole; i < part.size(); ++i) zeros += part[i] == 0 ? 1 : 0;
  }
  if constexpr (!std::is_signed_v<T>) magnitude = sum;
  // The deviation, too, as integers: n sum x^2 - (sum x)^2 is below 2^50.
  const auto n = static_cast<std::int64_t>(block.size());
  const std::int64_t scaled = n * square - static_cast<std::int64_t>(sum) * sum;
  Moments moments;
  moments.elements = moments.finite = n;
  moments.zeros = zeros;
  moments.mean = static_cast<double>(sum) / static_cast<double>(n);
  moments.squares = static_cast<double>(scaled) / static_cast<double>(n);
  moments.magnitudes = magnitude;
  moments.least = least;
  moments.most = most;
  return moments;
}

// Takes all for finite. Where something is not, `magnitudes` is not, either.
template <class T>
[[gnu::always_inline]] inline Moments of_finite(std::span<const T> block) {
  using Small = Comparable<T>;
  // As wide as what is compared.
  using Count = std::conditional_t<sizeof(Small) == 8, std::int64_t, std::int32_t>;
  const Small first = comparable(block[0]);
  const auto shift = static_cast<double>(first);
  Lanes<double> sum{}, square{}, magnitude{};
  Lanes<Small> least, most;
  least.fill(first);
  most.fill(first);
  Count zeros = 0;
  const std::size_t whole = block.size() / kLanes * kLanes;
  // Three loops over what the first cache holds: together they would need more registers than there
  // are.
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const double x = number(block[i + k]), away = x - shift;
      sum[k] += away;
      square[k] += away * away;
      magnitude[k] += std::abs(x);
    }
  }
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const Small small = comparable(block[i + k]);
      least[k] = small < least[k] ? small : least[k];
      most[k] = small > most[k] ? small : most[k];
    }
  }
  for (std::size_t i = 0; i < whole; ++i) zeros += comparable(block[i]) == 0 ? 1 : 0;
  Moments moments;
  moments.least = static_cast<double>(first);
  moments.most = static_cast<double>(first);
  for (std::size_t k = 0; k < kLanes; ++k) {
    moments.least = std::min(moments.least, static_cast<double>(least[k]));
    moments.most = std::max(moments.most, static_cast<double>(most[k]));
  }
  moments.zeros = zeros;
  double all = sum_of(sum), squares = sum_of(square), magnitudes = sum_of(magnitude);
  for (std::size_t i = whole; i < block.size(); ++i) {
    const double x = number(block[i]);
    moments.least = std::min(moments.least, x);
    moments.most = std::max(moments.most, x);
    moments.zeros += x == 0 ? 1 : 0;
    all += x - shift;
    squares += (x - shift) * (x - shift);
    magnitudes += std::abs(x);
  }
  const auto n = static_cast<double>(block.size());
  moments.elements = moments.finite = static_cast<std::int64_t>(block.size());
  moments.mean = shift + all / n;
  moments.squares = std::max(0.0, squares - all * all / n);
  moments.magnitudes = magnitudes;
  return moments;
}

// The slow way, for blocks in which something is no number.
template <class T>
Moments skipping(std::span<const T> block) {
  std::array<double, 256> kept;
  std::size_t count = 0;
  Moments moments;
  const auto flush = [&] {
    if (count == 0) return;
    moments.merge(of_finite(std::span<const double>(kept.data(), count)));
    count = 0;
  };
  std::int64_t left_out = 0, nans = 0;
  for (const T value : block) {
    const double x = number(value);
    if (std::isfinite(x)) {
      kept[count++] = x;
      if (count == kept.size()) flush();
    } else {
      ++left_out;
      nans += std::isnan(x) ? 1 : 0;
    }
  }
  flush();
  moments.elements += left_out;
  moments.nans = nans;
  return moments;
}

template <class T>
[[gnu::always_inline]] inline Moments usual(std::span<const T> block) {
  if constexpr (sizeof(T) == 1) {
    return exact(block);
  } else {
    return of_finite(block);
  }
}

PARTITA_CLONED Moments cloned(std::span<const std::uint8_t> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const std::int8_t> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const std::uint16_t> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const std::int16_t> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const std::uint32_t> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const std::int32_t> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const std::uint64_t> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const std::int64_t> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const Half> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const float> block) { return usual(block); }
PARTITA_CLONED Moments cloned(std::span<const double> block) { return usual(block); }

}  // namespace

void Moments::merge(const Moments& other) {
  elements += other.elements;
  zeros += other.zeros;
  nans += other.nans;
  magnitudes += other.magnitudes;
  least = std::min(least, other.least);
  most = std::max(most, other.most);
  if (other.finite == 0) return;
  const auto mine = static_cast<double>(finite), theirs = static_cast<double>(other.finite);
  const double both = mine + theirs, apart = other.mean - mean;
  squares += other.squares + apart * apart * (mine / both) * theirs;
  mean += apart * (theirs / both);
  finite += other.finite;
}

template <class T>
Moments moments_of(std::span<const T> block) {
  if (block.empty()) return {};
  const Moments moments = cloned(block);
  return std::isfinite(moments.magnitudes) ? moments : skipping(block);
}

template Moments moments_of(std::span<const std::uint8_t>);
template Moments moments_of(std::span<const std::int8_t>);
template Moments moments_of(std::span<const std::uint16_t>);
template Moments moments_of(std::span<const std::int16_t>);
template Moments moments_of(std::span<const std::uint32_t>);
template Moments moments_of(std::span<const std::int32_t>);
template Moments moments_of(std::span<const std::uint64_t>);
template Moments moments_of(std::span<const std::int64_t>);
template Moments moments_of(std::span<const Half>);
template Moments moments_of(std::span<const float>);
template Moments moments_of(std::span<const double>);

}  // namespace partita::analyze
