#include "exec/devices/cuda/kernels/product.h"

#include "exec/devices/cuda/operations/operations.h"
#include "exec/devices/cuda/operations/shapes.h"

namespace partita::exec::cuda {
namespace {

// alpha A' B' + beta C.
Product gemm(const LayerRequest& request) {
  const bool turn_a = request.integer("transA") != 0, turn_b = request.integer("transB") != 0;
  const Shape& a = request.in(0).shape;
  const Shape& b = request.in(1).shape;
  const Shape& y = request.out().shape;
  Product product{};
  product.rows = index_of(y[0]);
  product.columns = index_of(y[1]);
  product.depth = index_of(a[turn_a ? 0 : 1]);
  product.a_row = index_of(turn_a ? 1 : a[1]);
  product.a_deep = index_of(turn_a ? a[1] : 1);
  product.b_deep = index_of(turn_b ? 1 : b[1]);
  product.b_column = index_of(turn_b ? b[1] : 1);
  product.alpha = static_cast<float>(request.number("alpha"));
  if (request.has(2)) {
    const Shape strides = repeated(request.in(2).shape, y);
    product.beta = static_cast<float>(request.number("beta"));
    product.c_row = index_of(strides[0]);
    product.c_column = index_of(strides[1]);
  }
  return product;
}

// numpy.matmul: the last two axes are matrices, the others are broadcast; an operand of one axis is
// a row on the left and a column on the right.
Product matmul(const LayerRequest& request) {
  Shape a = request.in(0).shape, b = request.in(1).shape;
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  Product product{};
  product.rows = index_of(a[a.size() - 2]);
  product.columns = index_of(b.back());
  product.depth = index_of(a.back());
  product.a_row = product.depth;
  product.a_deep = 1;
  product.b_deep = product.columns;
  product.b_column = 1;
  const Shape a_stack(a.begin(), a.end() - 2), b_stack(b.begin(), b.end() - 2);
  Shape stack(std::max(a_stack.size(), b_stack.size()), 1);
  for (const Shape* side : {&a_stack, &b_stack}) {
    for (std::size_t i = 1; i <= side->size(); ++i) {
      std::int64_t& extent = stack[stack.size() - i];
      extent = std::max(extent, (*side)[side->size() - i]);
    }
  }
  const auto times = [](Shape strides, std::int64_t elements) {
    for (std::int64_t& stride : strides) stride *= elements;
    return strides;
  };
  if (volume_of(b_stack, 0, b_stack.size()) == 1) {
    // One right operand for all: one product of many rows, instead of many of few.
    product.rows = index_of(volume_of(a_stack, 0, a_stack.size()) * a[a.size() - 2]);
    return product;
  }
  product.stack = walk_of<2>(stack, {times(repeated(a_stack, stack), a[a.size() - 2] * a.back()),
                                     times(repeated(b_stack, stack), b[b.size() - 2] * b.back())});
  return product;
}

}  // namespace

Product product_of(const LayerRequest& request) {
  need_float(request.in(0));
  for (std::size_t i = 1; request.has(i); ++i) need_same(request.in(0), request.in(i));
  elements_of(request.in(0).shape);
  elements_of(request.in(1).shape);
  elements_of(request.out().shape);
  Product product = request.layer.kind == OpKind::Gemm ? gemm(request) : matmul(request);
  product.a_type = product.b_type = product.y_type = product.c.type = request.in(0).type;
  return product;
}

MadeOperation matrix_product(const LayerRequest& request) {
  const bool added = request.has(2);
  MadeOperation made = one_launch(product_of(request), [added](Product& own, const Operands& at) {
    own.a = at.in[0];
    own.b = at.in[1];
    if (added) own.c.values = at.in[2];
    own.y = at.out[0];
  });
  made.implementation = "own: tiles";
  made.slow = true;  // without tensor cores
  return made;
}

}  // namespace partita::exec::cuda
