// Softmax and LogSoftmax over one axis, or over several neighbours flattened into one.
#include "exec/devices/cpu_onednn/kernels.h"

namespace partita::exec {

std::unique_ptr<Kernel> make_softmax_kernel(const KernelRequest& request) {
  using Side = OnednnKernel::Side;
  const Shape& axes = request.attributes().integers("axes");
  const Shape& x = request.input(0).shape;
  const std::span<const std::int64_t> all(x);
  const auto first = static_cast<std::size_t>(axes.front());
  // Row-major [before, axes, behind]: three axes tell oneDNN everything.
  const Desc data = plain_desc({product(all.first(first)), product(all.subspan(first, axes.size())),
                                product(all.subspan(first + axes.size()))});
  const Primitive made = make_softmax(data, 1, request.layer.kind == OpKind::LogSoftmax);
  return std::make_unique<OnednnKernel>(
      made.primitive, made.implementation,
      std::vector<OnednnKernel::Operand>{{DNNL_ARG_SRC, Side::Input, 0, data},
                                         {DNNL_ARG_DST, Side::Output, 0, data}},
      plain_layouts(request.tensors, request.layer.inputs),
      plain_layouts(request.tensors, request.layer.outputs));
}

}  // namespace partita::exec
