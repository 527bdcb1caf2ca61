// Concat: oneDNN's in the blocks that the operands share, else rows copied one after the other.
#include <cstring>

#include "exec/onednn/kernels.h"

namespace partita::exec {
namespace {

using Side = OnednnKernel::Side;

class ConcatKernel : public PlainKernel {
 public:
  explicit ConcatKernel(const KernelRequest& request) : PlainKernel(request) {
    const auto axis = static_cast<std::size_t>(request.attributes().integer("axis"));
    const Tensor& y = request.output();
    outer_ = product(std::span(y.shape).first(axis));
    for (std::size_t i = 0; i < request.layer.inputs.size(); ++i) {
      const Tensor& x = request.input(i);
      row_bytes_.push_back(static_cast<std::size_t>(product(std::span(x.shape).subspan(axis))) *
                           static_cast<std::size_t>(info(x.type).bytes));
    }
  }
  void run() override {
    std::byte* y = out<std::byte>();
    for (std::int64_t row = 0; row < outer_; ++row) {
      for (std::size_t i = 0; i < row_bytes_.size(); ++i) {
        std::memcpy(y, in<std::byte>(i) + static_cast<std::size_t>(row) * row_bytes_[i],
                    row_bytes_[i]);
        y += row_bytes_[i];
      }
    }
  }

 private:
  std::int64_t outer_ = 1;
  std::vector<std::size_t> row_bytes_;
};

// All operands in the order of the first blocked one, or of what convolutions like if nobody has chosen; absent where
// some shape has no such order.
std::optional<std::vector<Layout>> shared_order(const KernelRequest& request) {
  std::optional<Layout> model;
  bool any_offered = false;
  for (std::size_t i = 0; i < request.offered.size(); ++i) {
    any_offered = any_offered || request.offered[i];
    if (!model && request.offered[i] && !request.offered[i]->is_plain()) model = request.offered[i];
  }
  if (!model && !any_offered) model = convolution_layout(request.output().shape);
  if (!model || model->is_plain()) return std::nullopt;
  std::vector<Layout> layouts;
  for (std::size_t i = 0; i < request.offered.size(); ++i) {
    const auto like = model->like_this(request.input(i).shape);
    if (!like) return std::nullopt;
    layouts.push_back(*like);
  }
  return layouts;
}

std::unique_ptr<Kernel> make_blocked_concat(const KernelRequest& request) {
  if (request.output().type != DataType::F32) return nullptr;
  const auto wants = shared_order(request);
  if (!wants) return nullptr;
  const Shape& y = request.output().shape;
  const auto made_layout = wants->front().like_this(y);
  if (!made_layout) return nullptr;
  std::vector<Desc> srcs;
  std::vector<OnednnKernel::Operand> operands;
  for (std::size_t i = 0; i < wants->size(); ++i) {
    srcs.push_back((*wants)[i].order());
    operands.push_back(
        {DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i), Side::Input, i, (*wants)[i].order()});
  }
  operands.push_back({DNNL_ARG_DST, Side::Output, 0, made_layout->order()});
  const Primitive made = make_concat(static_cast<int>(request.attributes().integer("axis")), srcs,
                                     made_layout->order());
  // Where channels do not fill their blocks oneDNN falls back to moving value by value.
  if (made.implementation.starts_with("ref")) return nullptr;
  return std::make_unique<OnednnKernel>(made.primitive, made.implementation, std::move(operands),
                                        *wants, std::vector{*made_layout});
}

}  // namespace

std::unique_ptr<Kernel> make_concat_kernel(const KernelRequest& request) {
  if (auto blocked = make_blocked_concat(request)) return blocked;
  return std::make_unique<ConcatKernel>(request);
}

}  // namespace partita::exec
