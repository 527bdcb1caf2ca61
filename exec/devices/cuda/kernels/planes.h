// Operators on planes of channels: BatchNormalization, LRN, Resize.
#pragma once

#include "exec/devices/cuda/kernels/element.h"
#include "exec/devices/cuda/kernels/portable.h"
#include "exec/devices/cuda/kernels/walk.h"

namespace partita::exec::cuda {

struct BatchNorm {
  DataType type;
  Index count;
  Divisor inner, channels;
  float epsilon;
  const void* x;
  Parameters scale, bias, mean, variance;
  void* y;
};
void launch(const Queue& queue, const BatchNorm& norm);

struct LocalResponseNorm {  // LRN
  DataType type;
  Index count;
  Divisor inner, channels;
  Index before, behind;       // channels around each
  float alpha, beta, offset;  // alpha: already over the size
  const void* x;
  void* y;
};
void launch(const Queue& queue, const LocalResponseNorm& norm);

enum class Coordinate : std::uint8_t { HalfPixel, Asymmetric, AlignCorners, TorchHalfPixel };
enum class Nearest : std::uint8_t { PreferFloor, Floor, Ceil, PreferCeil };

struct ResizeAxis {
  Divisor out;
  Index in = 1, stride = 1;
  double scale = 1;
  bool same = true;  // nothing happens along it
};
struct Resize {
  DataType type;
  bool linear;
  Coordinate coordinate;
  Nearest nearest;
  Index count;
  int axes;
  ResizeAxis axis[kMostAxes];
  const void* x;
  void* y;
};
void launch(const Queue& queue, const Resize& resize);

}  // namespace partita::exec::cuda
