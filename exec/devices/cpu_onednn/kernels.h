// The kernels behind make_kernel(), one factory for each family of operators; and the two bases
// that they share.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "exec/devices/cpu_onednn/kernel.h"
#include "exec/devices/cpu_onednn/primitives.h"

namespace partita::exec {

// One oneDNN primitive with its operands.
class OnednnKernel : public Kernel {
 public:
  enum class Side { Input, Output };
  struct Operand {
    int argument;  // DNNL_ARG_...
    Side side;
    std::size_t index;
    Desc desc;
  };
  OnednnKernel(dnnl::primitive primitive, std::string implementation, std::vector<Operand> operands,
               std::vector<Layout> wants, std::vector<Layout> makes,
               std::optional<std::size_t> may_overwrite = std::nullopt);
  void prepare(const std::vector<const std::byte*>& inputs,
               const std::vector<std::byte*>& outputs) override;
  void run() override;

 private:
  dnnl::primitive primitive_;
  std::vector<Operand> operands_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

// A loop of our own over row-major operands and results.
class PlainKernel : public Kernel {
 public:
  void prepare(const std::vector<const std::byte*>& inputs,
               const std::vector<std::byte*>& outputs) override;

 protected:
  explicit PlainKernel(const KernelRequest& request, std::string implementation = "own");
  template <class T>
  const T* in(std::size_t i) const {
    return reinterpret_cast<const T*>(inputs_[i]);
  }
  template <class T>
  T* out(std::size_t i = 0) const {
    return reinterpret_cast<T*>(outputs_[i]);
  }

 private:
  std::vector<const std::byte*> inputs_;
  std::vector<std::byte*> outputs_;
};

// The layout in which operand i comes, or `otherwise` where nobody has chosen one.
Layout offered_or(const KernelRequest& request, std::size_t i, const Layout& otherwise);
Layout plain_layout(const Tensor& tensor);
std::vector<Layout> plain_layouts(const IdVector<TensorId, Tensor>& tensors,
                                  const std::vector<TensorId>& which);

std::int64_t product(std::span<const std::int64_t> extents);
Shape row_major_strides(const Shape& shape);
// Extents with ones in front, `rank` in all.
Shape with_rank(const Shape& shape, std::size_t rank);

std::unique_ptr<Kernel> make_convolution_kernel(
    const KernelRequest& request);                                         // Conv, ConvTranspose
std::unique_ptr<Kernel> make_matmul_kernel(const KernelRequest& request);  // Gemm, MatMul
// A row-major left operand times one constant matrix, for which zeros of the left one cost nothing
// but being found; nullptr for other products.
std::unique_ptr<Kernel> make_zero_skipping_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_lstm_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_normalization_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_unary_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_binary_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_where_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_cast_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_softmax_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_pool_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_reduction_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_selection_kernel(const KernelRequest& request);  // ArgMax, TopK
std::unique_ptr<Kernel> make_indexing_kernel(const KernelRequest& request);   // Gather, ScatterND
std::unique_ptr<Kernel> make_concat_kernel(const KernelRequest& request);
// Split, Slice, Transpose, Expand, Tile: copies with strides. Pad: by tables of source positions.
std::unique_ptr<Kernel> make_movement_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_view_kernel(const KernelRequest& request);  // Reshape, Identity
std::unique_ptr<Kernel> make_resize_kernel(const KernelRequest& request);
std::unique_ptr<Kernel> make_collective_kernel(const KernelRequest& request);

}  // namespace partita::exec
