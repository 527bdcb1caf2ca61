// A part of a GPU: a green context of so many multiprocessors (CUDA Driver API, "Green Contexts").
#pragma once

#include <cuda.h>

#include <cstddef>
#include <vector>

namespace partita::exec::cuda {

// Model: the GPU is split once into as many equal groups as the driver will make; a context has
//   some of them, and no other context of this process the same ones.
// Left out: memory bandwidth, caches and copy engines, which all share; other processes, which do
//   not know of these groups.
class GreenContext {
 public:
  // Precondition: the GPU's primary context is the calling thread's.
  GreenContext(int gpu, int multiprocessors);
  ~GreenContext();
  GreenContext(const GreenContext&) = delete;
  GreenContext& operator=(const GreenContext&) = delete;

  // Makes it the calling thread's; it can be only one thread's at a time.
  void enter() const;
  CUstream make_stream() const;

 private:
  int gpu_;
  std::vector<std::size_t> groups_;
  CUgreenCtx green_ = nullptr;
  CUcontext context_ = nullptr;
};

}  // namespace partita::exec::cuda
