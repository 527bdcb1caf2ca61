// Memory of the host, for tensors.
#pragma once

#include <cstddef>
#include <memory>

namespace partita::exec {

// Memory for one tensor or an arena, aligned to a page, zeroed.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t bytes);
  std::byte* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  // The memory is the caller's then, who ends it with std::free().
  std::byte* release() { return data_.release(); }

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace partita::exec
