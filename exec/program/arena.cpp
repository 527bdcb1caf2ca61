#include "exec/program/arena.h"

#include <algorithm>
#include <numeric>

namespace partita::exec {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

std::size_t place(std::vector<Lifetime>& buffers) {
  std::vector<std::size_t> by_size(buffers.size());
  std::iota(by_size.begin(), by_size.end(), 0);
  std::stable_sort(by_size.begin(), by_size.end(), [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });
  std::vector<const Lifetime*> placed;  // by offset
  std::size_t whole = 0;
  for (const std::size_t i : by_size) {
    Lifetime& buffer = buffers[i];
    const std::size_t bytes = aligned(buffer.bytes);
    std::size_t at = 0;
    for (const Lifetime* other : placed) {
      if (other->last < buffer.first || buffer.last < other->first) continue;
      if (at + bytes <= other->offset) break;
      at = std::max(at, other->offset + aligned(other->bytes));
    }
    buffer.offset = at;
    whole = std::max(whole, at + bytes);
    const auto behind = std::upper_bound(
        placed.begin(), placed.end(), at,
        [](std::size_t offset, const Lifetime* other) { return offset < other->offset; });
    placed.insert(behind, &buffer);
  }
  return whole;
}

}  // namespace partita::exec
