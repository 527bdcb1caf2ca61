#include "exec/device/buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace partita::exec {

Buffer::Buffer(std::size_t bytes) : size_(bytes) {
  constexpr std::size_t kPage = 4096, kHugePage = std::size_t{1} << 21;
  const std::size_t alignment = bytes >= kHugePage ? kHugePage : kPage;
  const std::size_t whole =
      (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  data_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, whole)));
  if (!data_) throw std::bad_alloc();
  // Fewer page-table misses, and less luck in which physical pages a run gets.
  if (alignment == kHugePage) madvise(data_.get(), whole, MADV_HUGEPAGE);
  std::memset(data_.get(), 0, whole);
}

void Buffer::Free::operator()(std::byte* bytes) const { std::free(bytes); }

}  // namespace partita::exec
