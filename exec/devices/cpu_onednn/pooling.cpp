// MaxPool, AveragePool and their global forms: in the layout they get.
#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

using Side = OnednnKernel::Side;

Window global_window(const Shape& x) {
  const Dims ones(x.size() - 2, 1), zeros(x.size() - 2, 0);
  return {Dims(x.begin() + 2, x.end()), ones, ones, zeros, zeros};
}

// Pooling in ceil mode reads past the padding behind; oneDNN wants padding that covers it.
Window window_of(const Attributes& attributes, const Shape& x, const Shape& y) {
  const Shape& pads = attributes.integers("pads");
  const auto half = pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2);
  Window window{attributes.integers("kernel_shape"), attributes.integers("strides"),
                Dims(x.size() - 2, 1), Dims(pads.begin(), half), Dims(half, pads.end())};
  if (attributes.has("dilations")) window.dilations = attributes.integers("dilations");
  for (std::size_t i = 0; i < window.kernel.size(); ++i) {
    const std::int64_t span = (window.kernel[i] - 1) * window.dilations[i] + 1;
    const std::int64_t needed = (y[i + 2] - 1) * window.strides[i] + span;
    window.pads_after[i] =
        std::max(window.pads_after[i], needed - x[i + 2] - window.pads_before[i]);
  }
  return window;
}

std::unique_ptr<Kernel> make_window_pool(const KernelRequest& request, dnnl::algorithm algorithm,
                                         const Window& window) {
  const Shape& x = request.input(0).shape;
  const Shape& y = request.output().shape;
  const Layout src = offered_or(request, 0, convolution_layout(x));
  const Primitive made = make_pooling(algorithm, src.order(), any_desc(y), window);
  return std::make_unique<OnednnKernel>(
      made.primitive, made.implementation,
      std::vector<OnednnKernel::Operand>{{DNNL_ARG_SRC, Side::Input, 0, src.order()},
                                         {DNNL_ARG_DST, Side::Output, 0, made.dst}},
      std::vector{src}, std::vector{Layout::blocked(y, made.dst)});
}

}  // namespace

std::unique_ptr<Kernel> make_pool_kernel(const KernelRequest& request) {
  const Shape& x = request.input(0).shape;
  switch (request.layer.kind) {
    case OpKind::GlobalAveragePool:
      return make_window_pool(request, dnnl::algorithm::pooling_avg_include_padding,
                              global_window(x));
    case OpKind::GlobalMaxPool:
      return make_window_pool(request, dnnl::algorithm::pooling_max, global_window(x));
    default: break;
  }
  const Window window = window_of(request.attributes(), x, request.output().shape);
  if (request.layer.kind == OpKind::MaxPool) {
    return make_window_pool(request, dnnl::algorithm::pooling_max, window);
  }
  const bool counts_padding = request.attributes().integer("count_include_pad") != 0;
  return make_window_pool(request,
                          counts_padding ? dnnl::algorithm::pooling_avg_include_padding
                                         : dnnl::algorithm::pooling_avg_exclude_padding,
                          window);
}

}  // namespace partita::exec
