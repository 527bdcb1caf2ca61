// What lets one source be a CUDA kernel under nvcc and a plain loop under any other compiler.
// Everything in this folder is C++17, which every nvcc understands.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define PARTITA_HOST_DEVICE __host__ __device__
#else
#define PARTITA_HOST_DEVICE
#endif

namespace partita::exec::cuda {

// Where kernels are queued. Without a meaning where they are plain loops.
struct Queue {
  void* stream = nullptr;  // a cudaStream_t
  // Kernels cannot throw: what they find wrong with the data they leave here (memory that host and
  // device both see).
  std::uint32_t* complaint = nullptr;
};

enum Complaint : std::uint32_t { kNoComplaint = 0, kIndexOutside = 1 };

}  // namespace partita::exec::cuda
