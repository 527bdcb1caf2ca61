#include "exec/devices/cuda/check_cuda.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "exec/device/plugin_device.h"

namespace partita::exec::cuda {
namespace {

// After these nothing works any more in this process (CUDA Runtime API, cudaError).
bool is_final(cudaError_t code) {
  switch (code) {
    case cudaErrorIllegalAddress:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorHardwareStackError:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorDevicesUnavailable:
    case cudaErrorContextIsDestroyed:
    case cudaErrorUnknown: return true;
    default: return false;
  }
}

}  // namespace

void check_cuda(int code, const char* doing) {
  const auto error = static_cast<cudaError_t>(code);
  if (error == cudaSuccess) return;
  cudaGetLastError();  // an error that can be got over must not show up at the next call
  throw DeviceError(
      error == cudaErrorMemoryAllocation ? PARTITA_NO_MEMORY
      : is_final(error)                  ? PARTITA_LOST
                                         : PARTITA_FAILED,
      fmt::format("{}: {} ({})", doing, cudaGetErrorString(error), cudaGetErrorName(error)));
}

}  // namespace partita::exec::cuda
