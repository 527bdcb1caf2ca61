// Sliding windows on one to three spatial axes: pools and convolutions.
#pragma once

#include "exec/devices/cuda/kernels/element.h"
#include "exec/devices/cuda/kernels/portable.h"
#include "exec/devices/cuda/kernels/walk.h"

namespace partita::exec::cuda {

// Right-aligned: a window on one axis uses the last, and the others have extent 1. Result o and tap
// k meet the operand at  o * stride + k * dilation - pad  (ONNX, operator Conv).
struct WindowAxis {
  Index in = 1, kernel = 1, stride = 1, dilation = 1, pad = 0, pad_end = 0;
  Divisor out, taps;  // of result and kernel extents
};
struct WindowShape {
  WindowAxis axis[3];

  PARTITA_HOST_DEVICE Index in_volume() const { return axis[0].in * axis[1].in * axis[2].in; }
  PARTITA_HOST_DEVICE Index out_volume() const {
    return axis[0].out.by * axis[1].out.by * axis[2].out.by;
  }
  PARTITA_HOST_DEVICE Index kernel_volume() const {
    return axis[0].kernel * axis[1].kernel * axis[2].kernel;
  }
  // Coordinates of result position `flat`; what is left of it is the plane.
  PARTITA_HOST_DEVICE void result(Index& flat, Index (&o)[3]) const {
    for (int a = 2; a >= 0; --a) o[a] = axis[a].out.split(flat);
  }
  // Coordinates of tap `flat`; what is left of it is the channel.
  PARTITA_HOST_DEVICE void tap(Index& flat, Index (&k)[3]) const {
    for (int a = 2; a >= 0; --a) k[a] = axis[a].taps.split(flat);
  }
};

struct Pool {
  DataType type;
  bool largest, count_padding;
  Index planes;
  WindowShape window;
  const void* x;
  void* y;
};
void launch(const Queue& queue, const Pool& pool);

// X [N, C, ...], W [M, C / group, taps...] -> Y [N, M, ...]; transposed: W [C, M / group, taps...].
struct Convolution {
  DataType type;  // of all operands and the result
  bool transposed;
  Index images, groups, in_channels, out_channels;  // channels of one group
  WindowShape window;
  const void* x;
  const void* w;
  const void* bias;  // may be null
  void* y;
};
// Each result by a thread of its own where groups have few channels, else as a matrix product whose
// right operand is gathered as it is needed (implicit GEMM).
void launch(const Queue& queue, const Convolution& convolution);
bool by_product(const Convolution& convolution);

}  // namespace partita::exec::cuda
