#include "exec/reference/product.h"

#include <algorithm>
#include <vector>

namespace partita::reference {
namespace {

// A block of b is 128 KiB: it stays in the second-level cache while all rows of a pass over it.
constexpr std::int64_t kDepth = 256;
// Results that one pass keeps in registers: 16 registers of two doubles each hold 8 sums, 4 of b
// and 2 of a.
constexpr std::int64_t kTileRows = 2;
constexpr std::int64_t kTileColumns = 8;

// sums(0..1, 0..7) += a(0..1, :) b(:, 0..7); a is packed as pairs, one for each p.
void multiply_tile(std::int64_t depth, const double* a, const double* b, double* sums) {
  double kept[kTileRows][kTileColumns];
  for (std::int64_t i = 0; i < kTileRows; ++i) {
    for (std::int64_t j = 0; j < kTileColumns; ++j) kept[i][j] = sums[i * kProductColumns + j];
  }
  for (std::int64_t p = 0; p < depth; ++p) {
    for (std::int64_t i = 0; i < kTileRows; ++i) {
      for (std::int64_t j = 0; j < kTileColumns; ++j) {
        kept[i][j] += a[p * kTileRows + i] * b[p * kProductColumns + j];
      }
    }
  }
  for (std::int64_t i = 0; i < kTileRows; ++i) {
    for (std::int64_t j = 0; j < kTileColumns; ++j) sums[i * kProductColumns + j] = kept[i][j];
  }
}

}  // namespace

void multiply(std::int64_t rows, std::int64_t columns, std::int64_t depth, const MatrixView& a,
              const FillBlock& b, const StoreRow& store) {
  const std::int64_t padded_rows = (rows + kTileRows - 1) / kTileRows * kTileRows;
  std::vector<double> block(static_cast<std::size_t>(kDepth * kProductColumns));
  std::vector<double> pair(static_cast<std::size_t>(kDepth * kTileRows));
  std::vector<double> sums(static_cast<std::size_t>(padded_rows * kProductColumns));
  for (std::int64_t j = 0; j < columns; j += kProductColumns) {
    const std::int64_t count = std::min(kProductColumns, columns - j);
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::int64_t p = 0; p < depth; p += kDepth) {
      const std::int64_t deep = std::min(kDepth, depth - p);
      b(p, deep, j, count, block.data());
      for (std::int64_t i = 0; i < rows; i += kTileRows) {
        for (std::int64_t r = 0; r < kTileRows; ++r) {
          // A row beyond the last is a copy of the last; its sums are never stored.
          const float* row =
              a.data + std::min(i + r, rows - 1) * a.row_stride + p * a.column_stride;
          for (std::int64_t q = 0; q < deep; ++q) {
            pair[static_cast<std::size_t>(q * kTileRows + r)] = row[q * a.column_stride];
          }
        }
        for (std::int64_t c = 0; c < count; c += kTileColumns) {
          multiply_tile(deep, pair.data(), block.data() + c, sums.data() + i * kProductColumns + c);
        }
      }
    }
    for (std::int64_t i = 0; i < rows; ++i) store(i, j, count, sums.data() + i * kProductColumns);
  }
}

FillBlock fill_from(const MatrixView& b) {
  return [b](std::int64_t first_row, std::int64_t rows, std::int64_t first_column,
             std::int64_t columns, double* out) {
    for (std::int64_t r = 0; r < rows; ++r) {
      const float* row = b.data + (first_row + r) * b.row_stride + first_column * b.column_stride;
      double* to = out + r * kProductColumns;
      for (std::int64_t c = 0; c < columns; ++c) to[c] = row[c * b.column_stride];
    }
  };
}

}  // namespace partita::reference
