// Every return code of the CUDA runtime becomes a sentence.
#pragma once

namespace partita::exec::cuda {

// Throws DeviceError with what CUDA says where `code` (a cudaError_t) is not success.
void check_cuda(int code, const char* doing);

}  // namespace partita::exec::cuda
