#include "exec/devices/cpu_onednn/transpose.h"

#include <xmmintrin.h>

#include <algorithm>

namespace partita::exec {
namespace {

constexpr std::int64_t kTile = 32;
constexpr std::int64_t kLanes = 4;

// Four rows and columns from src, `rows` and `columns` values apart.
void transpose_square(const float* src, float* dst, std::int64_t rows, std::int64_t columns) {
  __m128 a = _mm_loadu_ps(src), b = _mm_loadu_ps(src + columns),
         c = _mm_loadu_ps(src + 2 * columns), d = _mm_loadu_ps(src + 3 * columns);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(dst, a);
  _mm_storeu_ps(dst + rows, b);
  _mm_storeu_ps(dst + 2 * rows, c);
  _mm_storeu_ps(dst + 3 * rows, d);
}

struct Range {
  std::int64_t first, last;
};

void transpose_tile(const float* src, float* dst, std::int64_t rows, std::int64_t columns,
                    const Range& r, const Range& c) {
  const std::int64_t whole_rows = r.last - (r.last - r.first) % kLanes;
  const std::int64_t whole_columns = c.last - (c.last - c.first) % kLanes;
  for (std::int64_t column = c.first; column < whole_columns; column += kLanes) {
    for (std::int64_t row = r.first; row < whole_rows; row += kLanes) {
      transpose_square(src + row * columns + column, dst + column * rows + row, rows, columns);
    }
  }
  for (std::int64_t column = c.first; column < c.last; ++column) {
    const std::int64_t first = column < whole_columns ? whole_rows : r.first;
    for (std::int64_t row = first; row < r.last; ++row) {
      dst[column * rows + row] = src[row * columns + column];
    }
  }
}

}  // namespace

void transpose(const float* src, float* dst, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t column = 0; column < columns; column += kTile) {
    for (std::int64_t row = 0; row < rows; row += kTile) {
      transpose_tile(src, dst, rows, columns, {row, std::min(rows, row + kTile)},
                     {column, std::min(columns, column + kTile)});
    }
  }
}

}  // namespace partita::exec
