// Products that skip the zeros of their left operand: after a Relu, or of sparse inputs, the rows of
// the matrix that only zeros would multiply are not even read.
//
// Model: y = sum over k with a[k] != 0 of a[k] * row k, four rows at a time, so that y is read and
//   written once for four of them. Time follows the share of elements that are not zero; a dense
//   product does better where that share is large, or rows of the left operand are many and share
//   the matrix (Mirzadeh et al., "ReLU strikes back", ICLR 2024, measure the same for one row).
// Left out: what 0 x infinity and 0 x NaN are; they are skipped as zeros.
#include <algorithm>
#include <cstring>

#include "exec/device/buffer.h"
#include "exec/device/lowering.h"
#include "exec/devices/cpu_onednn/kernels.h"

namespace partita::exec {
namespace {

// y[0 .. n) += a[i] * rows[i], i < 4.
[[gnu::always_inline]] inline void add_four(const float* const* rows, const float* a, float* y,
                                            std::int64_t n) {
  const float *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3];
  const float a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
  for (std::int64_t j = 0; j < n; ++j) {
    y[j] += (a0 * r0[j] + a1 * r1[j]) + (a2 * r2[j] + a3 * r3[j]);
  }
}

using AddFour = void (*)(const float* const*, const float*, float*, std::int64_t);

void add_four_plain(const float* const* rows, const float* a, float* y, std::int64_t n) {
  add_four(rows, a, y, n);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void add_four_wide(const float* const* rows, const float* a, float* y,
                                               std::int64_t n) {
  add_four(rows, a, y, n);
}
#endif

// As wide as this worker's cap allows, as oneDNN's own kernels are.
AddFour widest() {
#if defined(__x86_64__)
  if (dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx2) return add_four_wide;
#endif
  return add_four_plain;
}

struct SparseProduct {
  std::int64_t rows = 0, depth = 0, columns = 0;
  bool transposed = false;  // the matrix lies columns x depth
  float scale = 1;
};

class ZeroSkippingProduct : public PlainKernel {
 public:
  ZeroSkippingProduct(const KernelRequest& request, const SparseProduct& product)
      : PlainKernel(request, "own:skip_zeros"),
        product_(product),
        add_(widest()),
        taken_(static_cast<std::size_t>(product.depth) + kGroup) {
    if (product.transposed) repacked_ = Buffer(plain_layout(request.input(1)).bytes());
    if (request.layer.inputs.size() < 3) return;
    const Shape addend = with_rank(request.input(2).shape, 2);
    has_addend_ = true;
    addend_row_ = addend[0] == 1 ? 0 : addend[1];
    addend_column_ = addend[1] == 1 ? 0 : 1;
  }

  void prepare(const std::vector<const std::byte*>& inputs,
               const std::vector<std::byte*>& outputs) override {
    PlainKernel::prepare(inputs, outputs);
    matrix_ = in<float>(1);
    if (!product_.transposed) return;
    auto* to = reinterpret_cast<float*>(repacked_.data());
    for (std::int64_t k = 0; k < product_.depth; ++k) {
      for (std::int64_t j = 0; j < product_.columns; ++j) {
        to[k * product_.columns + j] = matrix_[j * product_.depth + k];
      }
    }
    matrix_ = to;
  }

  void run() override {
    for (std::int64_t row = 0; row < product_.rows; ++row) {
      float* y = out<float>() + row * product_.columns;
      begin(row, y);
      multiply(in<float>(0) + row * product_.depth, y);
    }
  }

 private:
  static constexpr std::size_t kGroup = 4;

  void begin(std::int64_t row, float* y) const {
    if (!has_addend_) {
      std::fill_n(y, product_.columns, 0.0f);
      return;
    }
    const float* addend = in<float>(2) + row * addend_row_;
    for (std::int64_t j = 0; j < product_.columns; ++j) y[j] = addend[j * addend_column_];
  }

  void multiply(const float* a, float* y) {
    // Without a branch that nobody can predict: each is written, and kept if it is not zero.
    std::size_t count = 0;
    for (std::int64_t k = 0; k < product_.depth; ++k) {
      taken_[count] = k;
      count += a[k] != 0 ? 1 : 0;
    }
    // The last group is filled with rows that count nothing.
    while (count % kGroup != 0) taken_[count++] = -1;
    for (std::size_t first = 0; first < count; first += kGroup) {
      const float* rows[kGroup];
      float factors[kGroup];
      for (std::size_t i = 0; i < kGroup; ++i) {
        const std::int64_t k = taken_[first + i];
        // A row that is read anyway.
        rows[i] = matrix_ + (k < 0 ? taken_[first] : k) * product_.columns;
        factors[i] = k < 0 ? 0 : product_.scale * a[k];
      }
      add_(rows, factors, y, product_.columns);
    }
  }

  const SparseProduct product_;
  const AddFour add_;
  std::vector<std::int64_t> taken_;
  Buffer repacked_;
  const float* matrix_ = nullptr;
  bool has_addend_ = false;
  std::int64_t addend_row_ = 0, addend_column_ = 0;  // steps; 0: broadcast
};

}  // namespace

std::unique_ptr<Kernel> make_zero_skipping_kernel(const KernelRequest& request) {
  const Tensor& a = request.input(0);
  const Tensor& b = request.input(1);
  if (is_constant(a) || !is_constant(b) || b.shape.size() != 2 || a.shape.empty()) return nullptr;
  SparseProduct product{};
  if (request.layer.kind == OpKind::Gemm) {
    const Attributes& attributes = request.attributes();
    if (attributes.integer("transA") != 0) return nullptr;
    const bool has_addend = request.layer.inputs.size() > 2;
    if (has_addend && attributes.number("beta") != 1) return nullptr;
    product.transposed = attributes.integer("transB") != 0;
    product.scale = static_cast<float>(attributes.number("alpha"));
  }
  product.depth = a.shape.back();
  product.rows = a.elements() / product.depth;
  product.columns = product.transposed ? b.shape[0] : b.shape[1];
  return std::make_unique<ZeroSkippingProduct>(request, product);
}

}  // namespace partita::exec
