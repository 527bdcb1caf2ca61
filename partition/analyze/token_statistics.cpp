#include "partition/analyze/token_statistics.h"

#include <algorithm>
#include <array>
#include <vector>

#include "partition/analyze/clones.h"
#include "partition/analyze/distinct_counter.h"
#include "partition/analyze/histogram.h"

namespace partita::analyze {
namespace {

double repetition(double distinct, std::int64_t all) {
  // The sketch may count a little more than there are.
  return all == 0 ? 0 : std::max(0.0, 1 - distinct / static_cast<double>(all));
}

// How many times `length` tokens stand in a row.
std::int64_t grams(std::size_t tokens, std::size_t length) {
  return tokens < length ? 0 : static_cast<std::int64_t>(tokens - length + 1);
}

[[gnu::always_inline]] inline std::uint64_t pair(const std::int32_t* at) {
  return static_cast<std::uint64_t>(at[0]) << 32 | static_cast<std::uint64_t>(at[1]);
}

// Of the `count` pairs that begin at `ids`, `ids` + 1, ... Apart from counting, so that both loops
// become ones of vectors.
PARTITA_CLONED void hash_pairs(const std::int32_t* ids, std::size_t count, std::uint64_t* hashes) {
  for (std::size_t i = 0; i < count; ++i) hashes[i] = DistinctCounter::hash(pair(ids + i));
}

// Of fours, from the hashes of the pairs that they begin with: 128 bits do not fit a key.
PARTITA_CLONED void hash_fours(const std::int32_t* ids, std::size_t count, std::uint64_t* hashes) {
  for (std::size_t i = 0; i < count; ++i) {
    hashes[i] = DistinctCounter::hash(hashes[i] + pair(ids + i + 2));
  }
}

// Counts of ids, of pairs and of fours, a chunk at a time while it is in the first cache.
class TokenCounter {
 public:
  void add(std::span<const std::int32_t> sequence) {
    pairs_all_ += grams(sequence.size(), 2);
    fours_all_ += grams(sequence.size(), 4);
    for (std::size_t first = 0; first < sequence.size(); first += kChunk) {
      const std::size_t count = std::min(kChunk, sequence.size() - first);
      add_ids(sequence.subspan(first, count));
      add_grams(sequence, first, count);
    }
  }

  TokenStatistics statistics() const {
    TokenStatistics found;
    for (const std::uint64_t count : counts_) {
      found.tokens += static_cast<std::int64_t>(count);
      found.distinct += count > 0 ? 1 : 0;
    }
    found.entropy_bits = entropy_bits(counts_);
    found.repetition2 = repetition(pairs_.count(), pairs_all_);
    found.repetition4 = repetition(fours_.count(), fours_all_);
    return found;
  }

 private:
  static constexpr std::size_t kChunk = 512;

  void add_ids(std::span<const std::int32_t> ids) {
    std::int32_t largest = 0;
    for (const std::int32_t id : ids) largest = id > largest ? id : largest;
    const auto most = static_cast<std::size_t>(largest);
    if (most >= counts_.size()) counts_.resize(std::max(most + 1, 2 * counts_.size()));
    for (const std::int32_t id : ids) ++counts_[static_cast<std::size_t>(id)];
  }

  // Those that begin at [first, first + count).
  void add_grams(std::span<const std::int32_t> sequence, std::size_t first, std::size_t count) {
    const std::int32_t* const at = sequence.data() + first;
    const std::size_t left = sequence.size() - first;
    const auto pairs = std::min(count, static_cast<std::size_t>(grams(left, 2)));
    const auto fours = std::min(count, static_cast<std::size_t>(grams(left, 4)));
    std::array<std::uint64_t, kChunk> hashes;
    hash_pairs(at, pairs, hashes.data());
    pairs_.add({hashes.data(), pairs});
    hash_fours(at, fours, hashes.data());
    fours_.add({hashes.data(), fours});
  }

  std::vector<std::uint64_t> counts_;  // by id
  DistinctCounter pairs_, fours_;
  std::int64_t pairs_all_ = 0, fours_all_ = 0;
};

}  // namespace

TokenStatistics token_statistics(std::span<const std::int32_t> ids, std::int64_t length) {
  TokenCounter counter;
  const auto wanted = static_cast<std::size_t>(length);
  for (std::size_t first = 0; first < ids.size(); first += wanted) {
    counter.add(ids.subspan(first, wanted));
  }
  return counter.statistics();
}

}  // namespace partita::analyze
