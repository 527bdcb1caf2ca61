#include "partition/analyze/runs.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

#include "partition/analyze/clones.h"

namespace partita::analyze {
namespace {

constexpr std::size_t kChunk = 64;  // one bit an item
using Flags = std::array<std::uint8_t, kChunk>;

// Bytes of 0 or 1 as bits. The product adds up shifted copies of the eight bytes, of which the top
// byte holds each once: "Bit Twiddling Hacks" (S. E. Anderson), with the multiplication turned round.
std::uint64_t packed(const Flags& flags) {
  std::uint64_t bits = 0;
  for (std::size_t k = 0; k < 8; ++k) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, flags.data() + 8 * k, 8);
    bits |= ((eight * 0x0102040810204080ULL) >> 56) << (8 * k);
  }
  return bits;
}

// Whether there are `length` ones in a row, 1 <= length <= 64: each step joins what is known of the
// neighbours (H. S. Warren, "Hacker's Delight", 2nd edition, section 6-3).
bool has_ones(std::uint64_t bits, int length) {
  while (length > 1 && bits != 0) {
    const int half = length / 2;
    bits &= bits >> half;
    length -= half;
  }
  return bits != 0;
}

}  // namespace

void Runs::merge(const Runs& other) {
  items += other.items;
  starts += other.starts;
  zeros += other.zeros;
  zero_starts += other.zero_starts;
  longest = std::max(longest, other.longest);
}

double Runs::mean() const {
  return static_cast<double>(items) / static_cast<double>(std::max<std::int64_t>(1, starts));
}

double Runs::zero_mean() const {
  return static_cast<double>(zeros) / static_cast<double>(std::max<std::int64_t>(1, zero_starts));
}

RunCounter::RunCounter(std::size_t width, std::size_t channels, bool has_sign)
    : width_(width), channels_(channels), has_sign_(has_sign) {
  if (width * channels > 8) return;
  for (std::size_t i = 0; i < channels; ++i) {
    const std::uint64_t ones = width == 8 ? ~0ULL : (1ULL << (8 * width)) - 1;
    const std::uint64_t sign = has_sign ? 1ULL << (8 * width - 1) : 0;
    magnitude_ |= (ones & ~sign) << (8 * width * i);
  }
}

// Cloned for its counts of bits: one instruction there, else a call of the compiler's library.
PARTITA_CLONED void RunCounter::take(std::uint64_t equal, std::uint64_t zero, std::size_t count) {
  const std::uint64_t all = count == kChunk ? ~0ULL : (1ULL << count) - 1;
  runs_.items += static_cast<std::int64_t>(count);
  runs_.starts += std::popcount(~equal & all);
  runs_.zeros += std::popcount(zero);
  const std::uint64_t before = (zero << 1) | (zero_before_ ? 1U : 0U);
  runs_.zero_starts += std::popcount(zero & ~before);
  zero_before_ = ((zero >> (count - 1)) & 1) != 0;

  const int leading = std::min<int>(std::countr_one(equal), static_cast<int>(count));
  current_ += leading;
  runs_.longest = std::max(runs_.longest, current_);
  if (static_cast<std::size_t>(leading) == count) return;
  // A run that begins and ends inside: one item, and as many ones as it has more.
  runs_.longest = std::max<std::int64_t>(runs_.longest, 1);
  while (runs_.longest < 64 && has_ones(equal, static_cast<int>(runs_.longest))) ++runs_.longest;
  current_ = 1 + std::countl_one(equal << (kChunk - count));
}

template <class Word>
void RunCounter::add_words(const std::byte* data, Range range) {
  const auto magnitude = static_cast<Word>(magnitude_);
  const auto at = [data](std::int64_t i) {
    Word word;
    std::memcpy(&word, data + static_cast<std::size_t>(i) * sizeof(Word), sizeof(Word));
    return word;
  };
  Flags equal, zero;
  for (std::int64_t first = range.begin; first < range.end; first += kChunk) {
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(kChunk, range.end - first));
    if (first == 0 || count < kChunk) {
      equal.fill(0);
      zero.fill(0);
      for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t k = first + static_cast<std::int64_t>(i);
        equal[i] = k > 0 && at(k) == at(k - 1) ? 1 : 0;
        zero[i] = (at(k) & magnitude) == 0 ? 1 : 0;
      }
    } else {
      for (std::size_t i = 0; i < kChunk; ++i) {
        const std::int64_t k = first + static_cast<std::int64_t>(i);
        equal[i] = at(k) == at(k - 1) ? 1 : 0;
      }
      for (std::size_t i = 0; i < kChunk; ++i) {
        zero[i] = (at(first + static_cast<std::int64_t>(i)) & magnitude) == 0 ? 1 : 0;
      }
    }
    take(packed(equal), packed(zero), count);
  }
}

// Items of 3, 5, 6 or 7 bytes are made words first: strides of 3 are no vectors.
template <std::size_t kSize>
void RunCounter::add_packed(const std::byte* data, Range range) {
  using Word = std::conditional_t<kSize <= 4, std::uint32_t, std::uint64_t>;
  const auto magnitude = static_cast<Word>(magnitude_);
  // Two loads that overlap: put together in memory, the word would wait for both stores.
  using Part = std::conditional_t<kSize == 3, std::uint16_t, std::uint32_t>;
  const auto at = [data](std::int64_t i) {
    const std::byte* item = data + static_cast<std::size_t>(i) * kSize;
    Part head, tail;
    std::memcpy(&head, item, sizeof(Part));
    std::memcpy(&tail, item + kSize - sizeof(Part), sizeof(Part));
    return static_cast<Word>(Word{head} | Word{tail} << 8 * (kSize - sizeof(Part)));
  };
  std::array<Word, kChunk + 1> words{};
  Flags equal, zero;
  words[kChunk] = range.begin > 0 ? at(range.begin - 1) : 0;
  for (std::int64_t first = range.begin; first < range.end; first += kChunk) {
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(kChunk, range.end - first));
    words[0] = words[kChunk];
    for (std::size_t i = 0; i < count; ++i) words[i + 1] = at(first + static_cast<std::int64_t>(i));
    for (std::size_t i = 0; i < kChunk; ++i) equal[i] = words[i + 1] == words[i] ? 1 : 0;
    for (std::size_t i = 0; i < kChunk; ++i) zero[i] = (words[i + 1] & magnitude) == 0 ? 1 : 0;
    const std::uint64_t all = count == kChunk ? ~0ULL : (1ULL << count) - 1;
    const std::uint64_t known = first == 0 ? all & ~1ULL : all;  // the first has none before it
    take(packed(equal) & known, packed(zero) & all, count);
  }
}

// Items of more than 8 bytes. What is no 0 says so in its first bytes, nearly always.
void RunCounter::add_any(const std::byte* data, Range range) {
  const std::size_t size = width_ * channels_;
  const auto is_zero = [&](const std::byte* item) {
    for (std::size_t i = 0; i < size; ++i) {
      const bool holds_sign = has_sign_ && i % width_ == width_ - 1;
      if ((item[i] & (holds_sign ? std::byte{0x7f} : std::byte{0xff})) != std::byte{0})
        return false;
    }
    return true;
  };
  for (std::int64_t first = range.begin; first < range.end; first += kChunk) {
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(kChunk, range.end - first));
    std::uint64_t equal = 0, zero = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* item = data + (static_cast<std::size_t>(first) + i) * size;
      const bool same = item != data && std::memcmp(item, item - size, size) == 0;
      equal |= std::uint64_t{same} << i;
      zero |= std::uint64_t{is_zero(item)} << i;
    }
    take(equal, zero, count);
  }
}

void RunCounter::add(std::span<const std::byte> data, Range range) {
  if (range.size() <= 0) return;
  if (range.begin != next_) {
    // The run that the first item may continue began at the item before, as far as is known.
    current_ = range.begin == 0 ? 0 : 1;
    zero_before_ = false;
    if (range.begin > 0) {
      RunCounter before(width_, channels_, has_sign_);
      before.next_ = range.begin - 1;
      before.add(data, {range.begin - 1, range.begin});
      zero_before_ = before.zero_before_;
    }
  }
  switch (width_ * channels_) {
    case 1: add_words<std::uint8_t>(data.data(), range); break;
    case 2: add_words<std::uint16_t>(data.data(), range); break;
    case 4: add_words<std::uint32_t>(data.data(), range); break;
    case 8: add_words<std::uint64_t>(data.data(), range); break;
    case 3: add_packed<3>(data.data(), range); break;
    case 5: add_packed<5>(data.data(), range); break;
    case 6: add_packed<6>(data.data(), range); break;
    case 7: add_packed<7>(data.data(), range); break;
    default: add_any(data.data(), range); break;
  }
  next_ = range.end;
}

}  // namespace partita::analyze
