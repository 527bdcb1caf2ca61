#include "exec/devices/cuda/shared_memory.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include "exec/device/plugin_device.h"
#include "exec/devices/cuda/check_cuda.h"

namespace partita::exec::cuda {
namespace {

struct Where {
  std::int32_t process;
  std::int32_t mappable;  // 0: not by other processes
  cudaUUID_t gpu;         // numbers of GPUs differ between processes
  void* address;
  cudaIpcMemHandle_t mapping;
};
static_assert(sizeof(Where) <= sizeof(partita_handle));

cudaUUID_t uuid_of(int gpu) {
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, gpu), "cannot ask for a GPU's properties");
  return properties.uuid;
}

// Its number in this process; absent: this process does not see it.
std::optional<int> gpu_of(const cudaUUID_t& uuid) {
  int count = 0;
  check_cuda(cudaGetDeviceCount(&count), "cannot count the GPUs");
  for (int gpu = 0; gpu < count; ++gpu) {
    const cudaUUID_t other = uuid_of(gpu);
    if (std::memcmp(&other, &uuid, sizeof uuid) == 0) return gpu;
  }
  return std::nullopt;
}

void require_way(int from, int to) {
  int can = 0;
  check_cuda(cudaDeviceCanAccessPeer(&can, from, to), "cannot ask whether GPUs reach each other");
  if (can != 0) return;
  throw DeviceError(PARTITA_UNSUPPORTED,
                    fmt::format("GPU {} cannot reach the memory of GPU {}: no peer-to-peer between "
                                "them, so let the machine stage copies in the host's memory",
                                from, to));
}

}  // namespace

partita_handle SharedMemories::handle_of(void* address) const {
  Where where{};
  where.process = getpid();
  where.gpu = uuid_of(gpu_);
  where.address = address;
  where.mappable = cudaIpcGetMemHandle(&where.mapping, address) == cudaSuccess ? 1 : 0;
  if (where.mappable == 0) cudaGetLastError();  // who is in this process does not need it
  partita_handle handle{};
  std::memcpy(handle.bytes, &where, sizeof where);
  return handle;
}

void* SharedMemories::open(const partita_handle& handle) {
  Where where{};
  std::memcpy(&where, handle.bytes, sizeof where);
  const std::optional<int> owner = gpu_of(where.gpu);
  if (owner && *owner != gpu_) require_way(gpu_, *owner);
  if (where.process == getpid()) {
    if (!owner) throw DeviceError(PARTITA_INVALID, "memory of a GPU that there is not");
    if (*owner == gpu_) return where.address;
    const cudaError_t code = cudaDeviceEnablePeerAccess(*owner, 0);
    if (code == cudaErrorPeerAccessAlreadyEnabled) {
      cudaGetLastError();
    } else {
      check_cuda(code, "cannot let one GPU access another");
    }
    return where.address;
  }
  if (where.mappable == 0) {
    throw DeviceError(PARTITA_UNSUPPORTED,
                      "the driver shares no memory of GPUs between processes here: give their "
                      "processors one 'process'");
  }
  void* address = nullptr;
  check_cuda(cudaIpcOpenMemHandle(&address, where.mapping, cudaIpcMemLazyEnablePeerAccess),
             "cannot map memory of another process's GPU");
  ++mapped_[address];
  return address;
}

void SharedMemories::close(void* address) {
  const auto mapped = mapped_.find(address);
  if (mapped == mapped_.end()) return;  // of this process: it stays where it is
  if (--mapped->second == 0) mapped_.erase(mapped);
  cudaIpcCloseMemHandle(address);
}

}  // namespace partita::exec::cuda
