// Faster ways for some layers, by the vendor's libraries where they are installed.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exec/devices/cuda/operations/operation.h"

namespace partita::exec::cuda {

class VendorWay {
 public:
  virtual ~VendorWay() = default;
  virtual std::string name() const = 0;  // "cuBLASLt 13.0.2"
  // Absent: not a layer that it can do.
  virtual std::optional<MadeOperation> make(const LayerRequest& request) = 0;
};

// Null: not installed, or it does not work here. The calling thread is on the device. What a way
// makes must end before the way does; cuDNN's works in the one queue that is given here.
// multiprocessors: that algorithms are chosen for; 0: all.
std::unique_ptr<VendorWay> cublaslt_products(int multiprocessors);
std::unique_ptr<VendorWay> cudnn_convolutions(const Queue& queue);

// Workspaces are not aligned as these libraries like it.
constexpr std::uint64_t kVendorAlignment = 256;
inline void* aligned_for_vendor(void* address) {
  const auto number = reinterpret_cast<std::uintptr_t>(address);
  return reinterpret_cast<void*>((number + kVendorAlignment - 1) / kVendorAlignment *
                                 kVendorAlignment);
}
inline std::uint64_t vendor_workspace(std::size_t bytes) {
  return bytes == 0 ? 0 : bytes + kVendorAlignment;
}

}  // namespace partita::exec::cuda
