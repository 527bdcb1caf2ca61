#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "exec/device/plugin_device.h"
#include "exec/devices/cuda/plugin.h"

PARTITA_PLUGIN_ENTRY(std::uint32_t abi) {
  static const std::string computes =
      fmt::format("CUDA {}.{}", CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
  return partita::exec::cuda::plugin(abi, "cuda", computes.c_str());
}
