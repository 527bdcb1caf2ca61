// Memory of a GPU that other GPUs, or other parts of it, reach.
#pragma once

#include <cstdint>
#include <map>

#include "exec/device/abi.h"

namespace partita::exec::cuda {

// Of one processor. Throws DeviceError; the calling thread is on the processor's GPU.
//
// Model: within a process, addresses hold for all contexts (CUDA C++ Programming Guide, "Unified
//   Virtual Address Space"): those of the same GPU need nothing more, as green contexts share their
//   primary context's memory (CUDA Driver API, cuCtxFromGreenCtx: calls that do not depend on
//   multiprocessors do what they do in a primary context); another GPU must be able to access it
//   (cudaDeviceCanAccessPeer), and is told that it may. Another process maps it by its handle
//   (cudaIpcOpenMemHandle), which enables that access itself.
// Left out: GPUs that cannot reach each other; the driver would stage copies behind one's back, so
//   they are refused.
class SharedMemories {
 public:
  explicit SharedMemories(int gpu) : gpu_(gpu) {}

  // Of memory that cudaMalloc() has given.
  partita_handle handle_of(void* address) const;
  void* open(const partita_handle& handle);
  void close(void* address);

 private:
  const int gpu_;
  std::map<void*, int> mapped_;  // of other processes, and how often
};

// Whole pages of the GPU's: whoever maps them from another process sees nothing else.
constexpr std::uint64_t shareable(std::uint64_t bytes) {
  constexpr std::uint64_t kPage = std::uint64_t{2} << 20;
  return (bytes + kPage - 1) / kPage * kPage;
}

}  // namespace partita::exec::cuda
