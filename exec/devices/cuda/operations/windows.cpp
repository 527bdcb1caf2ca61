#include "exec/devices/cuda/kernels/windows.h"

#include "exec/devices/cuda/operations/operations.h"
#include "exec/devices/cuda/operations/shapes.h"

namespace partita::exec::cuda {
namespace {

WindowShape window_of(const LayerRequest& request, const std::vector<std::int64_t>& kernel) {
  const Shape& in = request.in(0).shape;
  const Shape& out = request.out().shape;
  if (in.size() < 3 || in.size() > 5) {
    unsupported(fmt::format("no CUDA kernel for {} spatial axes (1 to 3)", in.size() - 2));
  }
  const std::size_t axes = in.size() - 2;
  const auto& pads = request.integers("pads");
  WindowShape window;
  for (std::size_t from = 0; from < axes; ++from) {
    WindowAxis& axis = window.axis[3 - axes + from];
    axis.in = index_of(in[2 + from]);
    axis.out = Divisor(index_of(out[2 + from]));
    axis.kernel = index_of(kernel[from]);
    axis.taps = Divisor(axis.kernel);
    axis.stride = index_of(request.integers("strides")[from]);
    axis.pad = index_of(pads[from]);
    axis.pad_end = index_of(pads[axes + from]);
    if (request.layer.attributes.has("dilations")) {
      axis.dilation = index_of(request.integers("dilations")[from]);
    }
  }
  return window;
}

}  // namespace

Convolution convolution_of(const LayerRequest& request) {
  need_float(request.in(0));
  for (std::size_t i = 1; request.has(i); ++i) need_same(request.in(0), request.in(i));
  const Shape& w = request.in(1).shape;
  const std::int64_t groups = request.integer("group");
  const bool transposed = request.layer.kind == OpKind::ConvTranspose;
  for (std::size_t i = 0; i < 2; ++i) elements_of(request.in(i).shape);
  elements_of(request.out().shape);
  return {request.in(0).type,
          transposed,
          index_of(request.in(0).shape[0]),
          index_of(groups),
          index_of(transposed ? w[0] / groups : w[1]),
          index_of(transposed ? w[1] : w[0] / groups),
          window_of(request, {w.begin() + 2, w.end()}),
          nullptr,
          nullptr,
          nullptr,
          nullptr};
}

MadeOperation convolution(const LayerRequest& request) {
  const Convolution convolution = convolution_of(request);
  const bool biased = request.has(2);
  MadeOperation made = one_launch(convolution, [biased](Convolution& own, const Operands& at) {
    own.x = at.in[0];
    own.w = at.in[1];
    if (biased) own.bias = at.in[2];
    own.y = at.out[0];
  });
  // Without tensor cores.
  made.slow = by_product(convolution);
  made.implementation = made.slow ? "own: implicit GEMM" : "own: direct";
  return made;
}

MadeOperation pool(const LayerRequest& request) {
  need_float(request.in(0));
  const bool largest = request.layer.kind == OpKind::MaxPool;
  const Shape& x = request.in(0).shape;
  elements_of(x);
  elements_of(request.out().shape);
  const Pool pool{request.in(0).type,
                  largest,
                  !largest && request.integer("count_include_pad") != 0,
                  index_of(x[0] * x[1]),
                  window_of(request, request.integers("kernel_shape")),
                  nullptr,
                  nullptr};
  return one_launch(pool, [](Pool& own, const Operands& at) {
    own.x = at.in[0];
    own.y = at.out[0];
  });
}

}  // namespace partita::exec::cuda
