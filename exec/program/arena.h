// Where in one block of memory each buffer lies, so that buffers that are never needed at once
// share space.
#pragma once

#include <cstddef>
#include <vector>

namespace partita::exec {

// A buffer that is needed from step `first` to step `last`, both included.
struct Lifetime {
  std::size_t bytes = 0;
  std::size_t first = 0, last = 0;
  std::size_t offset = 0;  // filled in by place()
};

// Model: the largest first, each at the lowest offset that no buffer of an overlapping lifetime
// covers ("greedy by size", Pisarchyk and Lee, "Efficient memory management for deep neural net
// inference", 2020). Offsets are multiples of 64 bytes. Returns the bytes of the whole block.
std::size_t place(std::vector<Lifetime>& buffers);

}  // namespace partita::exec
