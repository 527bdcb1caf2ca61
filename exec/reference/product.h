// The one matrix product under convolutions, Gemm, MatMul and LSTM.
#pragma once

#include <cstdint>
#include <functional>

namespace partita::reference {

// A matrix somewhere in memory: element (i, p) is data[i * row_stride + p * column_stride].
struct MatrixView {
  const float* data;
  std::int64_t row_stride;
  std::int64_t column_stride;
};

// Writes rows first_row .. + rows of columns first_column .. + columns as doubles, row r at out + r
// * kProductColumns.
using FillBlock = std::function<void(std::int64_t first_row, std::int64_t rows,
                                     std::int64_t first_column, std::int64_t columns, double* out)>;

// Takes the finished sums of row i, columns first .. first + count.
using StoreRow =
    std::function<void(std::int64_t i, std::int64_t first, std::int64_t count, const double* sums)>;

constexpr std::int64_t kProductColumns = 64;

// sums(i, j) = sum over p < depth of a(i, p) b(p, j), for i < rows, j < columns. Products of two
// floats are exact in double, and each sum runs in the order of p, so a result differs from the
// true one by depth roundings of 2^-53.
void multiply(std::int64_t rows, std::int64_t columns, std::int64_t depth, const MatrixView& a,
              const FillBlock& b, const StoreRow& store);

// b from a matrix in memory.
FillBlock fill_from(const MatrixView& b);

}  // namespace partita::reference
