// What can be said of token ids without knowing their vocabulary.
#pragma once

#include <cstdint>
#include <span>

namespace partita::analyze {

struct TokenStatistics {
  std::int64_t tokens = 0;
  std::int64_t distinct = 0;
  double entropy_bits = 0;                  // of the shares of ids
  double repetition2 = 0, repetition4 = 0;  // features.h; 0 where there are none
};

// `ids`: sequences of `length` tokens, one after another; neighbours belong to one sequence.
// Each is 0 .. kMostTokenId (input.h).
TokenStatistics token_statistics(std::span<const std::int32_t> ids, std::int64_t length);

}  // namespace partita::analyze
