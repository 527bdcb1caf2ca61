// ReduceMean, ReduceSum, ReduceMax over any axes.
#include <limits>

#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

// Axes of the operand, merged where neighbours are both kept or both reduced.
struct Axes {
  Shape extents;
  std::vector<bool> reduced;
};

Axes merged_axes(const Shape& x, const Shape& axes) {
  std::vector<bool> reduced(x.size(), false);
  for (const std::int64_t axis : axes) reduced[static_cast<std::size_t>(axis)] = true;
  Axes merged;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!merged.extents.empty() && merged.reduced.back() == reduced[i]) {
      merged.extents.back() *= x[i];
    } else {
      merged.extents.push_back(x[i]);
      merged.reduced.push_back(reduced[i]);
    }
  }
  return merged;
}

struct Sum {
  template <class T>
  static T start() {
    return 0;
  }
  template <class T>
  static T add(T a, T b) {
    return a + b;
  }
};
struct Largest {
  template <class T>
  static T start() {
    return std::numeric_limits<T>::lowest();
  }
  template <class T>
  static T add(T a, T b) {
    return a < b ? b : a;
  }
};

template <class T, class Operation>
class ReduceKernel : public PlainKernel {
 public:
  ReduceKernel(const KernelRequest& request, bool mean)
      : PlainKernel(request),
        axes_(merged_axes(request.input(0).shape, request.attributes().integers("axes"))),
        results_(static_cast<std::size_t>(request.output().elements())),
        divisor_(mean ? static_cast<T>(request.input(0).elements() / request.output().elements())
                      : T{1}) {}
  void run() override {
    T* y = out<T>();
    std::fill_n(y, results_, Operation::template start<T>());
    reduce(0, in<T>(0), y, product(std::span(axes_.extents)), product_kept(0));
    if (divisor_ != T{1}) {
      for (std::size_t i = 0; i < results_; ++i) y[i] /= divisor_;
    }
  }

 private:
  std::int64_t product_kept(std::size_t from) const {
    std::int64_t n = 1;
    for (std::size_t i = from; i < axes_.extents.size(); ++i) {
      if (!axes_.reduced[i]) n *= axes_.extents[i];
    }
    return n;
  }

  // `values` of the operand and `kept` of the result lie below this axis.
  void reduce(std::size_t axis, const T* x, T* y, std::int64_t values, std::int64_t kept) {
    if (axis == axes_.extents.size()) {
      *y = Operation::add(*y, *x);
      return;
    }
    const std::int64_t n = axes_.extents[axis];
    const bool last = axis + 1 == axes_.extents.size();
    if (last && axes_.reduced[axis]) {
      *y = Operation::add(*y, row(x, n));
    } else if (last) {
      for (std::int64_t i = 0; i < n; ++i) y[i] = Operation::add(y[i], x[i]);
    } else {
      const std::int64_t below = values / n;
      const std::int64_t kept_below = axes_.reduced[axis] ? kept : kept / n;
      for (std::int64_t i = 0; i < n; ++i) {
        reduce(axis + 1, x + i * below, axes_.reduced[axis] ? y : y + i * kept_below, below,
               kept_below);
      }
    }
  }

  // Eight partial results: they vectorise, and a sum of many values loses less than one after the
  // other would.
  static T row(const T* x, std::int64_t n) {
    constexpr std::int64_t kLanes = 8;
    std::array<T, kLanes> lanes;
    lanes.fill(Operation::template start<T>());
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        auto& partial = lanes[static_cast<std::size_t>(lane)];
        partial = Operation::add(partial, x[i + lane]);
      }
    }
    for (; i < n; ++i) lanes[0] = Operation::add(lanes[0], x[i]);
    for (std::size_t lane = 1; lane < kLanes; ++lane)
      lanes[0] = Operation::add(lanes[0], lanes[lane]);
    return lanes[0];
  }

  Axes axes_;
  std::size_t results_;
  T divisor_;
};

template <class T>
std::unique_ptr<Kernel> make_reduce(const KernelRequest& request) {
  if (request.layer.kind == OpKind::ReduceMax) {
    return std::make_unique<ReduceKernel<T, Largest>>(request, false);
  }
  return std::make_unique<ReduceKernel<T, Sum>>(request, request.layer.kind == OpKind::ReduceMean);
}

// The mean over all spatial axes is a global pooling, which oneDNN does in any layout.
std::unique_ptr<Kernel> make_spatial_mean(const KernelRequest& request) {
  const Shape& x = request.input(0).shape;
  if (request.layer.kind != OpKind::ReduceMean || x.size() != 4 || !request.offered[0] ||
      request.offered[0]->is_plain() || request.attributes().integers("axes") != Shape{2, 3} ||
      request.attributes().integer("keepdims") == 0) {
    return nullptr;
  }
  Layer pool = request.layer;
  pool.kind = OpKind::GlobalAveragePool;
  return make_pool_kernel({pool, request.tensors, request.offered});
}

}  // namespace

std::unique_ptr<Kernel> make_reduction_kernel(const KernelRequest& request) {
  if (auto pool = make_spatial_mean(request)) return pool;
  switch (request.input(0).type) {
    case DataType::F32: return make_reduce<float>(request);
    case DataType::I32: return make_reduce<std::int32_t>(request);
    case DataType::I64: return make_reduce<std::int64_t>(request);
    default:
      throw Error("not for operands of type " + std::string(to_string(request.input(0).type)));
  }
}

}  // namespace partita::exec
