#include "partition/analyze/moments.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace partita::analyze {
namespace {

// Sums side by side: the compiler may not reorder one sum of doubles, so the order is written here
// once, and is the same on every machine.
constexpr std::size_t kLanes = 8;

struct Lanes {
  std::array<double, kLanes> sum{}, square{}, magnitude{};
  double total(const std::array<double, kLanes>& lanes) const {
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
           ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
  }
};

Moments from_sums(std::size_t finite, double shift, double sum, double square, double magnitude) {
  const auto n = static_cast<double>(finite);
  Moments moments;
  moments.finite = static_cast<std::int64_t>(finite);
  moments.mean = shift + sum / n;
  moments.squares = std::max(0.0, square - sum * sum / n);
  moments.magnitudes = magnitude;
  return moments;
}

// 8 bits: exact integers. 2^16 x 255^2 < 2^32.
template <class T>
Moments exact(std::span<const T> block) {
  std::int32_t sum = 0, magnitude = 0, zeros = 0;
  std::uint32_t square = 0;
  T least = block[0], most = block[0];
  for (const T value : block) {
    const std::int32_t x = value;
    sum += x;
    square += static_cast<std::uint32_t>(x * x);
    if constexpr (std::is_signed_v<T>) magnitude += x < 0 ? -x : x;
  }
  for (const T value : block) {
    zeros += value == 0 ? 1 : 0;
    least = value < least ? value : least;
    most = value > most ? value : most;
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

// All of them are finite.
template <class T>
Moments of_finite(std::span<const T> block) {
  const double shift = number(block[0]);
  Lanes lanes;
  const std::size_t whole = block.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const double x = number(block[i + k]);
      const double away = x - shift;
      lanes.sum[k] += away;
      lanes.square[k] += away * away;
      lanes.magnitude[k] += std::abs(x);
    }
  }
  for (std::size_t i = whole; i < block.size(); ++i) {
    const double x = number(block[i]);
    const double away = x - shift;
    lanes.sum[i - whole] += away;
    lanes.square[i - whole] += away * away;
    lanes.magnitude[i - whole] += std::abs(x);
  }
  Moments moments = from_sums(block.size(), shift, lanes.total(lanes.sum),
                              lanes.total(lanes.square), lanes.total(lanes.magnitude));
  moments.elements = static_cast<std::int64_t>(block.size());
  return moments;
}

// The least, the largest and the zeros of finite values.
template <class T>
void order(std::span<const T> block, Moments& moments) {
  using Small = std::conditional_t<std::is_same_v<T, Half>, float, T>;
  const auto small = [](T value) {
    if constexpr (std::is_same_v<T, Half>) {
      return to_float(value);
    } else {
      return value;
    }
  };
  std::array<Small, kLanes> least, most;
  least.fill(small(block[0]));
  most.fill(small(block[0]));
  std::array<std::uint32_t, kLanes> zeros{};
  const std::size_t whole = block.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const Small x = small(block[i + k]);
      least[k] = x < least[k] ? x : least[k];
      most[k] = x > most[k] ? x : most[k];
      zeros[k] += x == 0 ? 1U : 0U;
    }
  }
  for (std::size_t i = whole; i < block.size(); ++i) {
    const Small x = small(block[i]);
    least[0] = std::min(least[0], x);
    most[0] = std::max(most[0], x);
    zeros[0] += x == 0 ? 1U : 0U;
  }
  moments.least = static_cast<double>(*std::min_element(least.begin(), least.end()));
  moments.most = static_cast<double>(*std::max_element(most.begin(), most.end()));
  for (const std::uint32_t count : zeros) moments.zeros += count;
}

template <class T>
bool all_finite(std::span<const T> block) {
  using Bits = std::conditional_t<
      sizeof(T) == 2, std::uint16_t,
      std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
  constexpr Bits kExponent = sizeof(T) == 2   ? Bits{0x7c00}
                             : sizeof(T) == 4 ? static_cast<Bits>(0x7f800000U)
                                              : static_cast<Bits>(0x7ff0000000000000ULL);
  constexpr Bits kUlp = kExponent & static_cast<Bits>(~kExponent + 1);
  constexpr Bits kTop = static_cast<Bits>(Bits{1} << (8 * sizeof(Bits) - 1));
  // An exponent of ones carries into the sign's place when 1 is added to it.
  Bits carried = 0;
  for (const T value : block) {
    const Bits exponent = std::bit_cast<Bits>(value) & kExponent;
    carried = static_cast<Bits>(carried | static_cast<Bits>(exponent + kUlp));
  }
  return (carried & kTop) == 0;
}

// The slow way, for blocks in which something is no number.
template <class T>
Moments skipping(std::span<const T> block) {
  std::array<double, 256> kept;
  std::size_t count = 0;
  Moments moments;
  const auto flush = [&] {
    if (count == 0) return;
    const std::span<const double> part(kept.data(), count);
    Moments some = of_finite(part);
    order(part, some);
    moments.merge(some);
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
  if constexpr (sizeof(T) == 1) {
    return exact(block);
  } else {
    if constexpr (kIsFloat<T>) {
      if (!all_finite(block)) return skipping(block);
    }
    Moments moments = of_finite(block);
    order(block, moments);
    return moments;
  }
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
