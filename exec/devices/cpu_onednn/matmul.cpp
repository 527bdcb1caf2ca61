// Gemm and MatMul. Constant right operands take the layout that oneDNN likes; everything else stays
// row-major.
#include "exec/device/lowering.h"
#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

using Side = OnednnKernel::Side;

Desc strided(const Shape& dims, const Shape& strides) {
  return Desc(dims, dnnl::memory::data_type::f32, strides);
}

// A matrix (or a stack of them) as it lies, last two axes swapped where `transposed`.
Desc matrix_view(Shape dims, bool transposed) {
  Shape strides = row_major_strides(dims);
  if (transposed) {
    std::swap(dims[dims.size() - 1], dims[dims.size() - 2]);
    std::swap(strides[strides.size() - 1], strides[strides.size() - 2]);
  }
  return strided(dims, strides);
}

// What a product needs beyond the two matrices.
struct Product {
  Desc a, b, dst;  // as views of plain bytes
  float scale = 1;
  std::optional<Desc> addend{};  // of operand 2
};

std::unique_ptr<Kernel> make_product(const KernelRequest& request, const Product& product) {
  const bool choose = is_constant(request.input(1));
  const Primitive made = make_matmul(product.a, choose ? any_desc(dims_of(product.b)) : product.b,
                                     std::nullopt, product.dst, product.scale, product.addend);
  std::vector<Layout> wants{plain_layout(request.input(0)),
                            Layout::blocked(request.input(1).shape, product.b, made.weights)};
  std::vector<OnednnKernel::Operand> operands{{DNNL_ARG_SRC, Side::Input, 0, product.a},
                                              {DNNL_ARG_WEIGHTS, Side::Input, 1, made.weights},
                                              {DNNL_ARG_DST, Side::Output, 0, product.dst}};
  if (product.addend) {
    wants.push_back(plain_layout(request.input(2)));
    operands.push_back({made.addend, Side::Input, 2, *product.addend});
  }
  return std::make_unique<OnednnKernel>(made.primitive, made.implementation, std::move(operands),
                                        std::move(wants),
                                        std::vector{plain_layout(request.output())});
}

std::unique_ptr<Kernel> make_gemm(const KernelRequest& request) {
  const Attributes& attributes = request.attributes();
  Product product{.a = matrix_view(request.input(0).shape, attributes.integer("transA") != 0),
                  .b = matrix_view(request.input(1).shape, attributes.integer("transB") != 0),
                  .dst = plain_desc(request.output().shape),
                  .scale = static_cast<float>(attributes.number("alpha"))};
  if (request.layer.inputs.size() > 2) {
    if (attributes.number("beta") != 1) throw Error("beta is not 1: not supported");
    product.addend = plain_desc(with_rank(request.input(2).shape, 2));
  }
  return make_product(request, product);
}

std::unique_ptr<Kernel> make_plain_matmul(const KernelRequest& request) {
  Shape a = request.input(0).shape, b = request.input(1).shape;
  // A vector on the left is one row, on the right one column; the result lacks that axis, which
  // changes no byte.
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const std::int64_t columns = b.back();
  if (b.size() == 2) {
    // One matrix on the right serves all rows of the stack on the left.
    a = {product(std::span(a).first(a.size() - 1)), a.back()};
    const Shape dst{a[0], columns};
    return make_product(request, {.a = plain_desc(a), .b = plain_desc(b), .dst = plain_desc(dst)});
  }
  const std::size_t rank = std::max(a.size(), b.size());
  a = with_rank(a, rank);
  b = with_rank(b, rank);
  Shape dst(rank);
  for (std::size_t i = 0; i + 2 < rank; ++i) dst[i] = std::max(a[i], b[i]);
  dst[rank - 2] = a[rank - 2];
  dst[rank - 1] = columns;
  return make_product(request, {.a = plain_desc(a), .b = plain_desc(b), .dst = plain_desc(dst)});
}

}  // namespace

std::unique_ptr<Kernel> make_matmul_kernel(const KernelRequest& request) {
  if (request.skip_zeros) {
    if (auto kernel = make_zero_skipping_kernel(request)) return kernel;
  }
  return request.layer.kind == OpKind::Gemm ? make_gemm(request) : make_plain_matmul(request);
}

}  // namespace partita::exec
