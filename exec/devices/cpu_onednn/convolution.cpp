// Conv and ConvTranspose: oneDNN chooses the layouts of data and weights.
#include "exec/devices/cpu_onednn/kernels.h"

namespace partita::exec {
namespace {

using Side = OnednnKernel::Side;

Window window_of(const Attributes& attributes) {
  const Shape& pads = attributes.integers("pads");
  const auto half = pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2);
  return {attributes.integers("kernel_shape"), attributes.integers("strides"),
          attributes.integers("dilations"), Dims(pads.begin(), half), Dims(half, pads.end())};
}

// The weights as oneDNN's axes [group,] out, in, spatial over the bytes of the ONNX tensor: Conv
// stores out x in/group, ConvTranspose in x out/group.
Desc weights_view(const Shape& shape, std::int64_t groups, bool transposed) {
  const Shape strides = row_major_strides(shape);
  Dims dims, steps;
  if (groups > 1) {
    dims.push_back(groups);
    steps.push_back(strides[0] * (shape[0] / groups));
  }
  const std::size_t out = transposed ? 1 : 0, in = transposed ? 0 : 1;
  for (const std::size_t axis : {out, in}) {
    dims.push_back(axis == 0 ? shape[0] / groups : shape[1]);
    steps.push_back(strides[axis]);
  }
  dims.insert(dims.end(), shape.begin() + 2, shape.end());
  steps.insert(steps.end(), strides.begin() + 2, strides.end());
  return Desc(dims, dnnl::memory::data_type::f32, steps);
}

}  // namespace

std::unique_ptr<Kernel> make_convolution_kernel(const KernelRequest& request) {
  const Tensor& x = request.input(0);
  const Tensor& w = request.input(1);
  const Tensor& y = request.output();
  const bool transposed = request.layer.kind == OpKind::ConvTranspose;
  Window window = window_of(request.attributes());
  if (transposed) {
    // oneDNN knows no output padding; it is padding behind that is that much smaller.
    for (std::size_t i = 0; i < window.kernel.size(); ++i) {
      const std::int64_t span = (window.kernel[i] - 1) * window.dilations[i] + 1;
      window.pads_after[i] =
          (x.shape[i + 2] - 1) * window.strides[i] + span - y.shape[i + 2] - window.pads_before[i];
    }
  }
  const Desc view = weights_view(w.shape, request.attributes().integer("group"), transposed);
  const bool has_bias = request.layer.inputs.size() > 2;
  const std::optional<Desc> bias =
      has_bias ? std::optional(plain_desc(request.input(2).shape)) : std::nullopt;
  const Primitive made = transposed ? make_deconvolution(any_desc(x.shape), any_desc(dims_of(view)),
                                                         bias, any_desc(y.shape), window)
                                    : make_convolution(any_desc(x.shape), any_desc(dims_of(view)),
                                                       bias, any_desc(y.shape), window);

  std::vector<Layout> wants{Layout::blocked(x.shape, made.src),
                            Layout::blocked(w.shape, view, made.weights)};
  std::vector<OnednnKernel::Operand> operands{{DNNL_ARG_SRC, Side::Input, 0, made.src},
                                              {DNNL_ARG_WEIGHTS, Side::Input, 1, made.weights},
                                              {DNNL_ARG_DST, Side::Output, 0, made.dst}};
  if (has_bias) {
    wants.push_back(plain_layout(request.input(2)));
    operands.push_back({DNNL_ARG_BIAS, Side::Input, 2, *bias});
  }
  return std::make_unique<OnednnKernel>(made.primitive, made.implementation, std::move(operands),
                                        std::move(wants),
                                        std::vector{Layout::blocked(y.shape, made.dst)});
}

}  // namespace partita::exec
