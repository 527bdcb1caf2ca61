#include "partition/analyze/token_statistics.h"

#include <algorithm>
#include <vector>

#include "partition/analyze/distinct_counter.h"
#include "partition/analyze/histogram.h"

namespace partita::analyze {
namespace {

double repetition(double distinct, std::int64_t all) {
  // The sketch may count a little more than there are.
  return all == 0 ? 0 : std::max(0.0, 1 - distinct / static_cast<double>(all));
}

}  // namespace

TokenStatistics token_statistics(std::span<const std::int32_t> ids, std::int64_t length) {
  TokenStatistics found;
  found.tokens = static_cast<std::int64_t>(ids.size());
  if (ids.empty()) return found;
  const std::int32_t most = *std::max_element(ids.begin(), ids.end());
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(most) + 1);
  DistinctCounter pairs, fours;
  std::int64_t pair_count = 0, four_count = 0;
  const auto wanted = static_cast<std::size_t>(length);
  for (std::size_t first = 0; first < ids.size(); first += wanted) {
    const auto sequence = ids.subspan(first, wanted);
    // `pair` ends at the last token, `pair_before` at the one before it.
    std::uint64_t last = 0, pair = 0, pair_before = 0;
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      const auto id = static_cast<std::uint64_t>(sequence[i]);
      ++counts[id];
      const std::uint64_t older = pair_before;  // ends two tokens before this one
      pair_before = pair;
      pair = (last << 32) | id;
      last = id;
      if (i >= 1) pairs.add(pair);
      // 128 bits do not fit: the older pair is mixed, so that sums are as good as random.
      if (i >= 3) fours.add(DistinctCounter::mixed(older) + pair);
    }
    const auto here = static_cast<std::int64_t>(sequence.size());
    pair_count += std::max<std::int64_t>(0, here - 1);
    four_count += std::max<std::int64_t>(0, here - 3);
  }
  found.distinct = static_cast<std::int64_t>(
      std::count_if(counts.begin(), counts.end(), [](std::uint64_t n) { return n > 0; }));
  found.entropy_bits = entropy_bits(counts);
  found.repetition2 = repetition(pairs.count(), pair_count);
  found.repetition4 = repetition(fours.count(), four_count);
  return found;
}

}  // namespace partita::analyze
