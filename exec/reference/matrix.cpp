// Gemm and MatMul.
#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"
#include "exec/reference/product.h"

namespace partita::reference {

// alpha A' B' + beta C, where C is broadcast to [M, N].
void gemm(const Call& call) {
  const Shape& shape = call.out().shape;
  const auto view = [&](std::size_t operand, const char* transposed) {
    const std::int64_t width = call.in(operand).shape[1];
    return call.integer(transposed) != 0 ? MatrixView{call.f32(operand), 1, width}
                                         : MatrixView{call.f32(operand), width, 1};
  };
  const std::int64_t depth = call.in(0).shape[call.integer("transA") != 0 ? 0 : 1];
  const double alpha = call.number("alpha");
  const double beta = call.has(2) ? call.number("beta") : 0.0;
  const Shape addend = call.has(2) ? broadcast_strides(call.in(2).shape, shape) : Shape{0, 0};
  float* y = call.out().as<float>().data();
  multiply(shape[0], shape[1], depth, view(0, "transA"), fill_from(view(1, "transB")),
           [&](std::int64_t i, std::int64_t first, std::int64_t count, const double* sums) {
             for (std::int64_t j = 0; j < count; ++j) {
               double result = alpha * sums[j];
               if (call.has(2)) {
                 result += beta * call.f32(2)[i * addend[0] + (first + j) * addend[1]];
               }
               y[i * shape[1] + first + j] = static_cast<float>(result);
             }
           });
}

// numpy.matmul: the last two axes are matrices, the others are broadcast; a one-axis operand is a
// row on the left and a column on the right, and its axis is absent from the result.
void matrix_product(const Call& call) {
  Shape a = call.in(0).shape;
  Shape b = call.in(1).shape;
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const std::int64_t rows = a[a.size() - 2], depth = a.back(), columns = b.back();

  const Shape a_batch(a.begin(), a.end() - 2), b_batch(b.begin(), b.end() - 2);
  Shape batch(std::max(a_batch.size(), b_batch.size()), 1);
  for (const Shape* side : {&a_batch, &b_batch}) {
    const std::size_t lead = batch.size() - side->size();
    for (std::size_t i = 0; i < side->size(); ++i) {
      if ((*side)[i] != 1) batch[lead + i] = (*side)[i];
    }
  }
  float* y = call.out().as<float>().data();
  for_each_row<2>(
      batch, {broadcast_strides(a_batch, batch), broadcast_strides(b_batch, batch)},
      [&](const auto& offsets, std::int64_t count, const auto& steps) {
        for (std::int64_t n = 0; n < count; ++n, y += rows * columns) {
          const float* left = call.f32(0) + (offsets[0] + n * steps[0]) * rows * depth;
          const float* right = call.f32(1) + (offsets[1] + n * steps[1]) * depth * columns;
          multiply(
              rows, columns, depth, {left, depth, 1}, fill_from({right, columns, 1}),
              [&](std::int64_t i, std::int64_t first, std::int64_t length, const double* sums) {
                float* to = y + i * columns + first;
                for (std::int64_t j = 0; j < length; ++j) to[j] = static_cast<float>(sums[j]);
              });
        }
      });
}

}  // namespace partita::reference
