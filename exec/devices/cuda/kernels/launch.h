// The three shapes that all kernels here have: each element by itself, each row by a block of
// threads, each tile of a matrix product by a block of threads. Compiled by nvcc they are CUDA
// kernels; compiled by another compiler the same steps run one thread after the other, so that what
// is tested without a GPU is the algorithm that runs on one.
#pragma once

#include <vector>

#include "exec/devices/cuda/kernels/portable.h"
#include "exec/devices/cuda/kernels/walk.h"

#ifdef __CUDACC__
#include <cuda_runtime.h>

#include "exec/devices/cuda/check_cuda.h"
#endif

namespace partita::exec::cuda {

#ifdef __CUDACC__
// kernel<<<blocks, threads>>>(arguments...), whose return code cannot be overlooked.
template <class... Arguments>
void queue_kernel(const Queue& queue, int blocks, int threads, void (*kernel)(Arguments...),
                  Arguments... arguments) {
  void* pointers[] = {&arguments...};
  check_cuda(
      cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(static_cast<unsigned>(blocks)),
                       dim3(static_cast<unsigned>(threads)), pointers, 0,
                       static_cast<cudaStream_t>(queue.stream)),
      "cannot queue a kernel");
}
#endif

// --- each element -------------------------------------------------------------------------------
// F: operator()(i), which writes result i and nothing else.

#ifdef __CUDACC__
template <class F>
__global__ void element_kernel(Index count, F f) {
  // 64 bits: the last step may lead beyond 2^31.
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count;
       i += std::int64_t{gridDim.x} * blockDim.x) {
    f(static_cast<Index>(i));
  }
}
#endif

template <class F>
void for_each_element(const Queue& queue, Index count, const F& f) {
  if (count == 0) return;
#ifdef __CUDACC__
  constexpr int kThreads = 256, kMostBlocks = 1 << 16;
  const int blocks = static_cast<int>((std::int64_t{count} + kThreads - 1) / kThreads);
  queue_kernel(queue, blocks < kMostBlocks ? blocks : kMostBlocks, kThreads, element_kernel<F>,
               count, f);
#else
  (void)queue;
  for (Index i = 0; i < count; ++i) f(i);
#endif
}

// --- each row -----------------------------------------------------------------------------------
// R: Partial                      what a thread knows of its share of a row
//    Index length(), results()    operands and results of one row
//    Partial none()               ... of no operand
//    void take(partial, row, i)   adds operand i; a thread takes its own in ascending order
//    void join(partial, other)    adds what another thread knows, which may lie before or behind
//    void finish(row, total, i)   writes result i

constexpr int kRowThreads = 256;

// Short rows need fewer threads; a power of two, for the tree.
inline int row_threads(Index length) {
  int threads = 32;
  while (threads < length && threads < kRowThreads) threads *= 2;
  return threads;
}

#ifdef __CUDACC__
template <class R>
__global__ void row_kernel(R r) {
  using Partial = typename R::Partial;
  __shared__ __align__(16) unsigned char memory[sizeof(Partial) * kRowThreads];
  Partial* partials = reinterpret_cast<Partial*>(memory);
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  const auto row = static_cast<Index>(blockIdx.x);
  Partial mine = r.none();
  for (Index i = thread; i < r.length(); i += threads) r.take(mine, row, i);
  partials[thread] = mine;
  for (int half = threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half) r.join(partials[thread], partials[thread + half]);
  }
  __syncthreads();
  for (Index i = thread; i < r.results(); i += threads) r.finish(row, partials[0], i);
}
#endif

template <class R>
void for_each_row(const Queue& queue, Index rows, const R& r) {
  if (rows == 0) return;
  const int threads = row_threads(r.length() > r.results() ? r.length() : r.results());
#ifdef __CUDACC__
  queue_kernel(queue, rows, threads, row_kernel<R>, r);
#else
  (void)queue;
  std::vector<typename R::Partial> partials(static_cast<std::size_t>(threads));
  for (Index row = 0; row < rows; ++row) {
    for (int thread = 0; thread < threads; ++thread) {
      typename R::Partial mine = r.none();
      for (Index i = thread; i < r.length(); i += threads) r.take(mine, row, i);
      partials[static_cast<std::size_t>(thread)] = mine;
    }
    for (int half = threads / 2; half > 0; half /= 2) {
      for (int thread = 0; thread < half; ++thread) {
        r.join(partials[static_cast<std::size_t>(thread)],
               partials[static_cast<std::size_t>(thread + half)]);
      }
    }
    for (int thread = 0; thread < threads; ++thread) {
      for (Index i = thread; i < r.results(); i += threads) r.finish(row, partials[0], i);
    }
  }
#endif
}

// --- each tile of a product ---------------------------------------------------------------------
// P: Index batches, rows, columns, depth
//    Column, Column column(batch, j)      what is worth knowing of column j of the right operand
//    float left(batch, i, p)
//    float right(column, p)
//    void store(batch, i, j, sum)
//
// Model: a block of 256 threads makes a tile of 64 x 64 sums, 4 x 4 a thread, from slices of depth
//   16 that it brings into shared memory. Sums are f32, whatever the operands are.
// Left out: tensor cores, asynchronous copies, double buffering; cuBLASLt and cuDNN have them.

constexpr int kTile = 64, kSlice = 16, kTileThreads = 256, kEach = 4;

struct TileMemory {
  // A column more than is used: what neighbouring threads write lies in different banks.
  float left[kSlice][kTile + 1];
  float right[kSlice][kTile];
};

template <class P>
struct TileThread {
  Index batch, first_row, first_column;
  typename P::Column column;  // of the right operand that this thread brings
  float sum[kEach][kEach];
};

template <class P>
PARTITA_HOST_DEVICE void begin_tile(const P& p, Index block, int thread, TileThread<P>& own) {
  const Index across = (p.columns + kTile - 1) / kTile, down = (p.rows + kTile - 1) / kTile;
  own.first_column = block % across * kTile;
  own.first_row = block / across % down * kTile;
  own.batch = block / across / down;
  const Index j = own.first_column + thread % kTile;
  own.column = p.column(own.batch, j < p.columns ? j : 0);
  for (int i = 0; i < kEach; ++i) {
    for (int j2 = 0; j2 < kEach; ++j2) own.sum[i][j2] = 0;
  }
}

template <class P>
PARTITA_HOST_DEVICE void load_slice(const P& p, Index first, int thread, const TileThread<P>& own,
                                    TileMemory& memory) {
  for (int done = 0; done < kTile * kSlice; done += kTileThreads) {
    // Neighbouring threads read neighbouring elements of a row-major left operand ...
    const int deep = (thread + done) % kSlice, i = (thread + done) / kSlice;
    const bool inside = own.first_row + i < p.rows && first + deep < p.depth;
    memory.left[deep][i] = inside ? p.left(own.batch, own.first_row + i, first + deep) : 0;
  }
  for (int done = 0; done < kTile * kSlice; done += kTileThreads) {
    // ... and of a row-major right one; a thread stays in its column.
    const int j = thread % kTile, deep = (thread + done) / kTile;
    const bool inside = own.first_column + j < p.columns && first + deep < p.depth;
    memory.right[deep][j] = inside ? p.right(own.column, first + deep) : 0;
  }
}

template <class P>
PARTITA_HOST_DEVICE void multiply_slice(int thread, TileThread<P>& own, const TileMemory& memory) {
  const int row = thread / (kTile / kEach) * kEach, column = thread % (kTile / kEach) * kEach;
  for (int deep = 0; deep < kSlice; ++deep) {
    for (int i = 0; i < kEach; ++i) {
      for (int j = 0; j < kEach; ++j) {
        own.sum[i][j] += memory.left[deep][row + i] * memory.right[deep][column + j];
      }
    }
  }
}

template <class P>
PARTITA_HOST_DEVICE void store_tile(const P& p, int thread, const TileThread<P>& own) {
  const Index row = own.first_row + thread / (kTile / kEach) * kEach;
  const Index column = own.first_column + thread % (kTile / kEach) * kEach;
  for (int i = 0; i < kEach; ++i) {
    for (int j = 0; j < kEach; ++j) {
      if (row + i < p.rows && column + j < p.columns) {
        p.store(own.batch, row + i, column + j, own.sum[i][j]);
      }
    }
  }
}

#ifdef __CUDACC__
template <class P>
__global__ void __launch_bounds__(kTileThreads) tile_kernel(P p) {
  __shared__ TileMemory memory;
  TileThread<P> own;
  const int thread = static_cast<int>(threadIdx.x);
  begin_tile(p, static_cast<Index>(blockIdx.x), thread, own);
  for (Index first = 0; first < p.depth; first += kSlice) {
    load_slice(p, first, thread, own, memory);
    __syncthreads();
    multiply_slice(thread, own, memory);
    __syncthreads();
  }
  store_tile(p, thread, own);
}
#endif

template <class P>
void for_each_tile(const Queue& queue, const P& p) {
  const Index blocks = (p.columns + kTile - 1) / kTile * ((p.rows + kTile - 1) / kTile) * p.batches;
  if (blocks == 0) return;
#ifdef __CUDACC__
  queue_kernel(queue, blocks, kTileThreads, tile_kernel<P>, p);
#else
  (void)queue;
  std::vector<TileThread<P> > threads(kTileThreads);
  TileMemory memory;
  for (Index block = 0; block < blocks; ++block) {
    for (int t = 0; t < kTileThreads; ++t) begin_tile(p, block, t, threads[std::size_t(t)]);
    for (Index first = 0; first < p.depth; first += kSlice) {
      for (int t = 0; t < kTileThreads; ++t)
        load_slice(p, first, t, threads[std::size_t(t)], memory);
      for (int t = 0; t < kTileThreads; ++t) multiply_slice(t, threads[std::size_t(t)], memory);
    }
    for (int t = 0; t < kTileThreads; ++t) store_tile(p, t, threads[std::size_t(t)]);
  }
#endif
}

}  // namespace partita::exec::cuda
