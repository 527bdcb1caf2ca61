// What several processors do together, on one: AllReduce, ReduceScatter, AllGather, AllToAll,
// Broadcast, GatherToOne, ScatterFromOne.
#include <algorithm>
#include <cstring>

#include "exec/onednn/kernels.h"

namespace partita::exec {
namespace {

// Rows of so many elements lie together behind the axis that is cut or joined.
std::size_t rows_before_axis(const KernelRequest& request) {
  const Shape& shape = request.output().shape;
  const auto axis = static_cast<std::size_t>(request.attributes().integer("axis"));
  return static_cast<std::size_t>(product(std::span(shape).first(axis)));
}

// Every result is the sum, or (scatters) its part of each row of the sum.
template <class T>
class SumKernel : public PlainKernel {
 public:
  explicit SumKernel(const KernelRequest& request)
      : PlainKernel(request),
        operands_(request.layer.inputs.size()),
        results_(request.layer.outputs.size()),
        elements_(static_cast<std::size_t>(request.output().elements())),
        scatters_(request.layer.kind == OpKind::ReduceScatter),
        rows_(scatters_ ? rows_before_axis(request) : 1) {}
  void run() override {
    if (!scatters_) {
      add_up(0, out<T>(), elements_);
      for (std::size_t r = 1; r < results_; ++r) std::copy_n(out<T>(), elements_, out<T>(r));
      return;
    }
    const std::size_t part = elements_ / rows_;
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t r = 0; r < results_; ++r) {
        add_up((row * results_ + r) * part, out<T>(r) + row * part, part);
      }
    }
  }

 private:
  void add_up(std::size_t from, T* to, std::size_t count) {
    std::copy_n(in<T>(0) + from, count, to);
    for (std::size_t i = 1; i < operands_; ++i) {
      const T* x = in<T>(i) + from;
      for (std::size_t at = 0; at < count; ++at) to[at] += x[at];
    }
  }

  std::size_t operands_, results_, elements_;  // elements: of one result
  bool scatters_;
  std::size_t rows_;
};

// Joins parts of the operands, whatever their type.
class MoveKernel : public PlainKernel {
 public:
  explicit MoveKernel(const KernelRequest& request)
      : PlainKernel(request),
        kind_(request.layer.kind),
        operands_(request.layer.inputs.size()),
        results_(request.layer.outputs.size()),
        bytes_(plain_layout(request.output()).bytes()),
        rows_(kind_ == OpKind::Broadcast ? 1 : rows_before_axis(request)) {}
  void run() override {
    const std::size_t part = bytes_ / rows_ / operands_;
    const bool is_cut = kind_ == OpKind::AllToAll || kind_ == OpKind::ScatterFromOne;
    const std::size_t cuts = is_cut ? results_ : 1;
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t i = 0; i < operands_; ++i) {
        for (std::size_t r = 0; r < results_; ++r) {
          const std::size_t from = row * cuts + (cuts > 1 ? r : 0);
          std::memcpy(out<std::byte>(r) + (row * operands_ + i) * part,
                      in<std::byte>(i) + from * part, part);
        }
      }
    }
  }

 private:
  OpKind kind_;
  std::size_t operands_, results_, bytes_, rows_;  // bytes: of one result
};

}  // namespace

std::unique_ptr<Kernel> make_collective_kernel(const KernelRequest& request) {
  const OpKind kind = request.layer.kind;
  if (kind != OpKind::AllReduce && kind != OpKind::ReduceScatter) {
    return std::make_unique<MoveKernel>(request);
  }
  switch (request.input(0).type) {
    case DataType::I32: return std::make_unique<SumKernel<std::int32_t>>(request);
    case DataType::I64: return std::make_unique<SumKernel<std::int64_t>>(request);
    default: return std::make_unique<SumKernel<float>>(request);
  }
}

}  // namespace partita::exec
