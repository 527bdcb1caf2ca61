// BatchNormalization, LayerNormalization, LRN: in the layout they get.
#include "exec/devices/cpu_onednn/channel_scaling.h"
#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

using Side = OnednnKernel::Side;

std::unique_ptr<Kernel> make_batch_norm(const KernelRequest& request) {
  const Layout data = offered_or(request, 0, convolution_layout(request.input(0).shape));
  if (auto kernel = make_channel_scaling_kernel(request, data)) return kernel;
  const Primitive made = make_batch_normalization(
      data.order(), static_cast<float>(request.attributes().number("epsilon")));
  const Desc channels = plain_desc(request.input(1).shape);
  std::vector<Layout> wants{data};
  for (std::size_t i = 1; i < 5; ++i) wants.push_back(plain_layout(request.input(i)));
  return std::make_unique<OnednnKernel>(
      made.primitive, made.implementation,
      std::vector<OnednnKernel::Operand>{{DNNL_ARG_SRC, Side::Input, 0, data.order()},
                                         {DNNL_ARG_SCALE, Side::Input, 1, channels},
                                         {DNNL_ARG_SHIFT, Side::Input, 2, channels},
                                         {DNNL_ARG_MEAN, Side::Input, 3, channels},
                                         {DNNL_ARG_VARIANCE, Side::Input, 4, channels},
                                         {DNNL_ARG_DST, Side::Output, 0, data.order()}},
      std::move(wants), std::vector{data}, 0);
}

std::unique_ptr<Kernel> make_layer_norm(const KernelRequest& request) {
  const Shape& x = request.input(0).shape;
  const auto axis = static_cast<std::size_t>(request.attributes().integer("axis"));
  const Shape rows{product(std::span(x).first(axis)), product(std::span(x).subspan(axis))};
  if (product(request.input(1).shape) != rows[1]) throw Error("the scale is broadcast");
  const bool shift = request.layer.inputs.size() > 2;
  const Primitive made = make_layer_normalization(
      plain_desc(rows), static_cast<float>(request.attributes().number("epsilon")), shift);
  const Desc scale = plain_desc({rows[1]});
  std::vector<OnednnKernel::Operand> operands{{DNNL_ARG_SRC, Side::Input, 0, made.src},
                                              {DNNL_ARG_SCALE, Side::Input, 1, scale},
                                              {DNNL_ARG_DST, Side::Output, 0, made.dst}};
  if (shift) operands.push_back({DNNL_ARG_SHIFT, Side::Input, 2, scale});
  return std::make_unique<OnednnKernel>(made.primitive, made.implementation, std::move(operands),
                                        plain_layouts(request.tensors, request.layer.inputs),
                                        plain_layouts(request.tensors, request.layer.outputs));
}

std::unique_ptr<Kernel> make_local_response(const KernelRequest& request) {
  const Layout data = offered_or(request, 0, convolution_layout(request.input(0).shape));
  const Attributes& a = request.attributes();
  const Primitive made =
      make_lrn(data.order(), a.integer("size"), static_cast<float>(a.number("alpha")),
               static_cast<float>(a.number("beta")), static_cast<float>(a.number("bias")));
  return std::make_unique<OnednnKernel>(
      made.primitive, made.implementation,
      std::vector<OnednnKernel::Operand>{{DNNL_ARG_SRC, Side::Input, 0, data.order()},
                                         {DNNL_ARG_DST, Side::Output, 0, data.order()}},
      std::vector{data}, std::vector{data});
}

}  // namespace

std::unique_ptr<Kernel> make_normalization_kernel(const KernelRequest& request) {
  switch (request.layer.kind) {
    case OpKind::BatchNormalization: return make_batch_norm(request);
    case OpKind::LayerNormalization: return make_layer_norm(request);
    default: return make_local_response(request);
  }
}

}  // namespace partita::exec
