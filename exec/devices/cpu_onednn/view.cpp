// Reshape and Identity: the same bytes under another shape.
#include <cstring>

#include "exec/device/lowering.h"
#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/assert.h"

namespace partita::exec {
namespace {

class ViewKernel : public Kernel {
 public:
  ViewKernel(Layout from, Layout to) : Kernel("view", {std::move(from)}, {std::move(to)}) {}
  void prepare(const std::vector<const std::byte*>& inputs,
               const std::vector<std::byte*>& outputs) override {
    PARTITA_ASSERT(inputs[0] == outputs[0], "a view shares its operand's buffer");
  }
  void run() override {}
};

// A constant lies among the weights, not among the activations, so its view needs bytes of its own.
class ConstantCopyKernel : public PlainKernel {
 public:
  explicit ConstantCopyKernel(const KernelRequest& request)
      : PlainKernel(request), bytes_(plain_layout(request.output()).bytes()) {}
  void run() override { std::memcpy(out<std::byte>(), in<std::byte>(0), bytes_); }

 private:
  std::size_t bytes_;
};

}  // namespace

std::unique_ptr<Kernel> make_view_kernel(const KernelRequest& request) {
  if (is_constant(request.input(0))) return std::make_unique<ConstantCopyKernel>(request);
  const Layout plain = plain_layout(request.input(0));
  // Identity keeps the shape, so that any order will do.
  const bool keeps_shape = request.input(0).shape == request.output().shape;
  const Layout from = keeps_shape ? offered_or(request, 0, plain) : plain;
  return std::make_unique<ViewKernel>(from, keeps_shape ? from : plain_layout(request.output()));
}

}  // namespace partita::exec
