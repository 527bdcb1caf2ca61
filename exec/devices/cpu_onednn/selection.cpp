// ArgMax and TopK: rows of values along one axis, compared with each other.
#include <algorithm>
#include <numeric>

#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

// Rows along `axis`: the n values at x[outer * n * inner + i * inner + r].
struct Rows {
  std::int64_t outer, n, inner;
};

Rows rows_along(const Shape& shape, std::int64_t axis) {
  const std::span<const std::int64_t> all(shape);
  const auto at = static_cast<std::size_t>(axis);
  return {product(all.first(at)), shape[at], product(all.subspan(at + 1))};
}

template <class T>
class ArgMaxKernel : public PlainKernel {
 public:
  explicit ArgMaxKernel(const KernelRequest& request)
      : PlainKernel(request),
        rows_(rows_along(request.input(0).shape, request.attributes().integer("axis"))),
        last_(request.attributes().integer("select_last_index") != 0) {}
  void run() override {
    std::int64_t* y = out<std::int64_t>();
    for (std::int64_t o = 0; o < rows_.outer; ++o) {
      for (std::int64_t r = 0; r < rows_.inner; ++r) {
        const T* x = in<T>(0) + o * rows_.n * rows_.inner + r;
        std::int64_t best = 0;
        for (std::int64_t i = 1; i < rows_.n; ++i) {
          const T candidate = x[i * rows_.inner], champion = x[best * rows_.inner];
          if (candidate > champion || (last_ && candidate == champion)) best = i;
        }
        *y++ = best;
      }
    }
  }

 private:
  Rows rows_;
  bool last_;
};

// Of equal values the one with the lower index comes first, as ONNX has it.
template <class T>
class TopKKernel : public PlainKernel {
 public:
  explicit TopKKernel(const KernelRequest& request)
      : PlainKernel(request),
        rows_(rows_along(request.input(0).shape, request.attributes().integer("axis"))),
        k_(request.attributes().integer("k")),
        largest_(request.attributes().integer("largest") != 0),
        two_results_(request.layer.outputs.size() > 1),
        order_(static_cast<std::size_t>(rows_.n)) {}
  void run() override {
    for (std::int64_t o = 0; o < rows_.outer; ++o) {
      for (std::int64_t r = 0; r < rows_.inner; ++r) row(o, r);
    }
  }

 private:
  void row(std::int64_t o, std::int64_t r) {
    const T* x = in<T>(0) + o * rows_.n * rows_.inner + r;
    std::iota(order_.begin(), order_.end(), 0);
    std::partial_sort(order_.begin(), order_.begin() + k_, order_.end(),
                      [&](std::int64_t a, std::int64_t b) {
                        const T at_a = x[a * rows_.inner], at_b = x[b * rows_.inner];
                        if (at_a != at_b) return largest_ ? at_a > at_b : at_a < at_b;
                        return a < b;
                      });
    for (std::int64_t i = 0; i < k_; ++i) {
      const std::int64_t to = (o * k_ + i) * rows_.inner + r;
      const std::int64_t from = order_[static_cast<std::size_t>(i)];
      out<T>(0)[to] = x[from * rows_.inner];
      if (two_results_) out<std::int64_t>(1)[to] = from;
    }
  }

  Rows rows_;
  std::int64_t k_;
  bool largest_, two_results_;
  std::vector<std::int64_t> order_;
};

template <class T>
std::unique_ptr<Kernel> make_selection(const KernelRequest& request) {
  if (request.layer.kind == OpKind::ArgMax) return std::make_unique<ArgMaxKernel<T>>(request);
  return std::make_unique<TopKKernel<T>>(request);
}

}  // namespace

std::unique_ptr<Kernel> make_selection_kernel(const KernelRequest& request) {
  switch (request.input(0).type) {
    case DataType::F32: return make_selection<float>(request);
    case DataType::I32: return make_selection<std::int32_t>(request);
    case DataType::I64: return make_selection<std::int64_t>(request);
    default:
      throw Error("not for operands of type " + std::string(to_string(request.input(0).type)));
  }
}

}  // namespace partita::exec
