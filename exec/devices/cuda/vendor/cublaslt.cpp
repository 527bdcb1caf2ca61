// Gemm and MatMul by cuBLASLt. It stores matrices by columns, we by rows: a row-major matrix is its
// transpose stored by columns, so what is asked for is  y' = b' a'.
#include "exec/devices/cuda/vendor/cublaslt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "exec/devices/cuda/operations/moves.h"
#include "exec/devices/cuda/operations/operations.h"
#include "exec/devices/cuda/vendor/vendors.h"

namespace partita::exec::cuda {
namespace {

using namespace cublaslt;

struct Cublaslt {
  VendorLibrary library = cublaslt::library();
  Functions call{};
  Handle handle = nullptr;

  Cublaslt() = default;
  ~Cublaslt() {
    if (handle != nullptr) call.destroy(handle);
  }
  Cublaslt(const Cublaslt&) = delete;
  Cublaslt& operator=(const Cublaslt&) = delete;

  bool works() {
    return call.find_in(library) && call.create(&handle) == kSuccess && handle != nullptr;
  }
  void check(int status, const char* doing) const {
    if (status == kSuccess) return;
    throw DeviceError(PARTITA_FAILED,
                      fmt::format("cuBLASLt cannot {}: {}", doing, call.status_string(status)));
  }
};

int type_of(DataType type) {
  return type == DataType::F16 ? kR16F : type == DataType::BF16 ? kR16BF : kR32F;
}

class CublasltProduct : public Operation {
 public:
  // Precondition: possible(product).
  CublasltProduct(const Cublaslt& lt, const Product& product, std::int32_t multiprocessors)
      : lt_(lt), product_(product) {
    lt.check(lt.call.desc_create(&desc_, kCompute32F, kR32F), "describe a product");
    // A hint: those that do not know it take the whole GPU for theirs.
    if (multiprocessors > 0) {
      lt.call.desc_set(desc_, kDescMultiprocessors, &multiprocessors, sizeof multiprocessors);
    }
    // Of a matrix with rows of `row` and columns of `column` elements apart one is 1.
    const bool turn_b = product.b_column != 1, turn_a = product.a_deep != 1;
    set_op(kDescTransA, turn_b);
    set_op(kDescTransB, turn_a);
    const Index m = product.columns, n = product.rows, k = product.depth;
    left_ = turn_b ? layout(k, m, product.b_column, product.stack.stride[1][0])
                   : layout(m, k, product.b_deep, product.stack.stride[1][0]);
    right_ = turn_a ? layout(n, k, product.a_deep, product.stack.stride[0][0])
                    : layout(k, n, product.a_row, product.stack.stride[0][0]);
    result_ = layout(m, n, m, std::int64_t{m} * n);
    if (product.beta != 0) {
      const Shape y{product.rows, product.columns};
      addend_ = move_of({product.y_type, y, {product.c_row, product.c_column}, row_major(y)});
    }
  }
  ~CublasltProduct() override {
    for (const MatrixLayout layout : {left_, right_, result_}) {
      if (layout != nullptr) lt_.call.layout_destroy(layout);
    }
    if (desc_ != nullptr) lt_.call.desc_destroy(desc_);
  }

  static bool possible(const Product& product) {
    return product.stack.axes <= 1 && (product.b_column == 1 || product.b_deep == 1) &&
           (product.a_deep == 1 || product.a_row == 1);
  }

  // Whether there is an algorithm.
  bool choose() {
    Preference preference = nullptr;
    lt_.check(lt_.call.preference_create(&preference), "make a preference");
    const std::uint64_t most = std::uint64_t{32} << 20;
    lt_.call.preference_set(preference, kPreferenceMaxWorkspace, &most, sizeof most);
    // Tensors are aligned to 64 bytes in our memory, not to the 256 that is the default.
    const std::uint32_t alignment = 64;
    for (int which = kPreferenceAlignmentA; which <= kPreferenceAlignmentD; ++which) {
      lt_.call.preference_set(preference, which, &alignment, sizeof alignment);
    }
    int found = 0;
    const int status = lt_.call.heuristic(lt_.handle, desc_, left_, right_, result_, result_,
                                          preference, 1, &best_, &found);
    lt_.call.preference_destroy(preference);
    return status == kSuccess && found > 0 && best_.state == kSuccess;
  }
  std::uint64_t workspace() const { return vendor_workspace(best_.workspace); }

  void bind(const Operands& at) override {
    a_ = at.in[0];
    b_ = at.in[1];
    if (product_.beta != 0) addend_.x = at.in[2];
    y_ = addend_.y = at.out[0];
    workspace_ = aligned_for_vendor(at.workspace);
  }
  void run(const Queue& queue) override {
    // Whatever is added is broadcast into the result first: y = alpha a b + beta y.
    if (product_.beta != 0) launch(queue, addend_);
    lt_.check(lt_.call.matmul(lt_.handle, desc_, &product_.alpha, b_, left_, a_, right_,
                              &product_.beta, y_, result_, y_, result_, &best_.algo, workspace_,
                              best_.workspace, static_cast<Stream>(queue.stream)),
              "queue a product");
  }

 private:
  void set_op(int which, bool transposed) {
    const std::int32_t op = transposed ? kOpT : kOpN;
    lt_.check(lt_.call.desc_set(desc_, which, &op, sizeof op), "describe a product");
  }
  // `leading`: elements between its columns; of a single column any number that is large enough.
  MatrixLayout layout(Index rows, Index columns, Index leading, std::int64_t between) {
    MatrixLayout layout = nullptr;
    lt_.check(
        lt_.call.layout_create(&layout, type_of(product_.y_type), static_cast<std::uint64_t>(rows),
                               static_cast<std::uint64_t>(columns), std::max(leading, rows)),
        "describe a matrix");
    const std::int32_t count = product_.stack.count;
    if (count > 1) {
      lt_.call.layout_set(layout, kLayoutBatchCount, &count, sizeof count);
      lt_.call.layout_set(layout, kLayoutStridedBatchOffset, &between, sizeof between);
    }
    return layout;
  }

  const Cublaslt& lt_;
  Product product_;
  Move addend_;
  MatmulDesc desc_ = nullptr;
  MatrixLayout left_ = nullptr, right_ = nullptr, result_ = nullptr;
  HeuristicResult best_{};
  const void *a_ = nullptr, *b_ = nullptr;
  void *y_ = nullptr, *workspace_ = nullptr;
};

class CublasltWay : public VendorWay {
 public:
  explicit CublasltWay(int multiprocessors) : multiprocessors_(multiprocessors) {}
  bool works() { return lt_.works(); }
  std::string name() const override {
    const std::size_t version = lt_.call.version();  // 130002: 13.0.2
    return fmt::format("cuBLASLt {}.{}.{}", version / 10000, version / 100 % 100, version % 100);
  }
  std::optional<MadeOperation> make(const LayerRequest& request) override {
    const OpKind kind = request.layer.kind;
    if (kind != OpKind::Gemm && kind != OpKind::MatMul) return std::nullopt;
    const Product product = product_of(request);
    if (!CublasltProduct::possible(product)) return std::nullopt;
    auto operation = std::make_unique<CublasltProduct>(lt_, product, multiprocessors_);
    if (!operation->choose()) return std::nullopt;
    MadeOperation made;
    made.implementation = name();
    made.workspace = operation->workspace();
    made.costs_host = true;
    made.operation = std::move(operation);
    return made;
  }

 private:
  const std::int32_t multiprocessors_;
  Cublaslt lt_;
};

}  // namespace

std::unique_ptr<VendorWay> cublaslt_products(int multiprocessors) {
  auto way = std::make_unique<CublasltWay>(multiprocessors);
  if (!way->works()) return nullptr;
  return way;
}

}  // namespace partita::exec::cuda
