// Concat: rows copied one after the other, in the blocks that the operands share where they are
// whole; oneDNN's where not.
#include <algorithm>
#include <cstring>

#include "exec/devices/cpu_onednn/kernels.h"

namespace partita::exec {
namespace {

using Side = OnednnKernel::Side;

// Model: `outer` rows, each the operands' rows one after the other. Channels in whole blocks are
//   such rows too: a batch member's blocks of all positions lie one channel block after the other.
class ConcatKernel : public Kernel {
 public:
  ConcatKernel(std::int64_t outer, std::vector<Layout> wants, Layout makes)
      : Kernel("own", wants, {std::move(makes)}), outer_(static_cast<std::size_t>(outer)) {
    for (const Layout& layout : wants) row_bytes_.push_back(layout.bytes() / outer_);
  }
  void prepare(const std::vector<const std::byte*>& inputs,
               const std::vector<std::byte*>& outputs) override {
    inputs_ = inputs;
    output_ = outputs[0];
  }
  void run() override {
    std::byte* y = output_;
    for (std::size_t row = 0; row < outer_; ++row) {
      for (std::size_t i = 0; i < row_bytes_.size(); ++i) {
        std::memcpy(y, inputs_[i] + row * row_bytes_[i], row_bytes_[i]);
        y += row_bytes_[i];
      }
    }
  }

 private:
  std::size_t outer_;
  std::vector<std::size_t> row_bytes_;
  std::vector<const std::byte*> inputs_;
  std::byte* output_ = nullptr;
};

// All operands in the order of the first blocked one, or of what convolutions like if nobody has
// chosen; absent where some shape has no such order.
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

bool without_padding(const Layout& layout) {
  return layout.bytes() == Layout::plain(layout.type(), layout.shape()).bytes();
}

std::unique_ptr<Kernel> make_blocked_concat(const KernelRequest& request) {
  if (request.output().type != DataType::F32) return nullptr;
  const auto wants = shared_order(request);
  if (!wants) return nullptr;
  const Shape& y = request.output().shape;
  const auto makes = wants->front().like_this(y);
  if (!makes) return nullptr;
  const std::int64_t axis = request.attributes().integer("axis");
  const bool by_blocks = makes->text().find('B') != std::string::npos;
  if (axis == 1 && by_blocks && std::all_of(wants->begin(), wants->end(), without_padding)) {
    return std::make_unique<ConcatKernel>(y[0], *wants, *makes);
  }
  std::vector<Desc> srcs;
  std::vector<OnednnKernel::Operand> operands;
  for (std::size_t i = 0; i < wants->size(); ++i) {
    srcs.push_back((*wants)[i].order());
    operands.push_back(
        {DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i), Side::Input, i, (*wants)[i].order()});
  }
  operands.push_back({DNNL_ARG_DST, Side::Output, 0, makes->order()});
  const Primitive made = make_concat(static_cast<int>(axis), srcs, makes->order());
  // Where channels do not fill their blocks oneDNN falls back to moving value by value.
  if (made.implementation.starts_with("ref")) return nullptr;
  return std::make_unique<OnednnKernel>(made.primitive, made.implementation, std::move(operands),
                                        *wants, std::vector{*makes});
}

}  // namespace

std::unique_ptr<Kernel> make_concat_kernel(const KernelRequest& request) {
  if (auto blocked = make_blocked_concat(request)) return blocked;
  const auto axis = static_cast<std::size_t>(request.attributes().integer("axis"));
  return std::make_unique<ConcatKernel>(product(std::span(request.output().shape).first(axis)),
                                        plain_layouts(request.tensors, request.layer.inputs),
                                        plain_layout(request.output()));
}

}  // namespace partita::exec
