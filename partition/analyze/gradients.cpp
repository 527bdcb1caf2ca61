#include "partition/analyze/gradients.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "partition/analyze/clones.h"
#include "partition/analyze/lanes.h"

namespace partita::analyze {
namespace {

// |values[i] - values[i - back]| for i in [begin, end). 16 bits at most: exact; at most 2^16 values.
template <class T>
[[gnu::always_inline]] inline Steps steps_of(const T* values, std::int64_t begin, std::int64_t end,
                                             std::int64_t back) {
  if (begin >= end) return {};
  if constexpr (sizeof(T) <= 2 && !kIsFloat<T>) {
    // Of bytes, signed sums: processors have an instruction for just that, of unsigned bytes.
    std::conditional_t<sizeof(T) == 1, std::int32_t, std::uint32_t> sum = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      sum += std::abs(std::int32_t{values[i]} - std::int32_t{values[i - back]});
    }
    return {static_cast<double>(sum), end - begin};
  } else {
    Lanes<double> sums{};
    constexpr auto kStep = static_cast<std::int64_t>(kLanes);
    const std::int64_t whole = begin + (end - begin) / kStep * kStep;
    for (std::int64_t i = begin; i < whole; i += kStep) {
      for (std::size_t k = 0; k < kLanes; ++k) {
        const T* const at = values + i + k;
        sums[k] += std::abs(number(*at) - number(*(at - back)));
      }
    }
    double sum = sum_of(sums);
    for (std::int64_t i = whole; i < end; ++i) {
      sum += std::abs(number(values[i]) - number(values[i - back]));
    }
    if (std::isfinite(sum)) return {sum, end - begin};
    Steps kept;
    for (std::int64_t i = begin; i < end; ++i) {
      const double apart = std::abs(number(values[i]) - number(values[i - back]));
      if (std::isfinite(apart)) kept.merge({apart, 1});
    }
    return kept;
  }
}

PARTITA_CLONED Steps steps(const std::uint8_t* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const std::int8_t* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const std::uint16_t* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const std::int16_t* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const std::uint32_t* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const std::int32_t* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const std::uint64_t* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const std::int64_t* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const Half* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const float* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}
PARTITA_CLONED Steps steps(const double* values, std::int64_t begin, std::int64_t end,
                           std::int64_t back) {
  return steps_of(values, begin, end, back);
}

}  // namespace

double Gradients::blockiness() const {
  if (borders.pairs == 0) return std::numeric_limits<double>::quiet_NaN();
  const Steps inside{x.sum + y.sum - borders.sum, x.pairs + y.pairs - borders.pairs};
  const double b = borders.mean(), a = std::max(0.0, inside.mean());
  return a + b == 0 ? 0 : (b - a) / (b + a);
}

template <class T>
Gradients gradients_of(std::span<const T> all, const Layout& layout, Range range, bool blocks) {
  Gradients found;
  const std::int64_t length = layout.row_length();
  // Sums of 16-bit types are of 32 bits. Whole items.
  const std::int64_t most = std::max(layout.step, (1 << 16) / layout.step * layout.step);
  for (std::int64_t begin = range.begin; begin < range.end;) {
    const std::int64_t row = begin / length, row_begin = row * length;
    const std::int64_t end = std::min({range.end, row_begin + length, begin + most});
    const std::int64_t row_in_plane = row % layout.rows;
    found.x.merge(steps(all.data(), std::max(begin, row_begin + layout.step), end, layout.step));
    if (row_in_plane > 0) {
      const Steps down = steps(all.data(), begin, end, length);
      found.y.merge(down);
      if (blocks && row_in_plane % kBlockSide == 0) found.borders.merge(down);
    }
    if (blocks) {
      // The first border at or after `begin`, but never the image's own edge.
      const std::int64_t every = kBlockSide * layout.step;
      const std::int64_t past = std::max(every, (begin - row_begin + every - 1) / every * every);
      for (std::int64_t i = row_begin + past; i < end; i += every) {
        found.borders.merge(steps_of(all.data(), i, std::min(i + layout.step, end), layout.step));
      }
    }
    begin = end;
  }
  return found;
}

template Gradients gradients_of(std::span<const std::uint8_t>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const std::int8_t>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const std::uint16_t>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const std::int16_t>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const std::uint32_t>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const std::int32_t>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const std::uint64_t>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const std::int64_t>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const Half>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const float>, const Layout&, Range, bool);
template Gradients gradients_of(std::span<const double>, const Layout&, Range, bool);

}  // namespace partita::analyze
