// Reductions over axes, ArgMax and TopK.
#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"

namespace partita::reference {
namespace {

// Lines of elements along one axis: line n starts at start(n), and its elements are `step` apart.
struct Lines {
  std::int64_t lines, count, step;

  Lines(const Shape& shape, std::size_t axis)
      : count(shape.empty() ? 1 : shape[axis]),
        step(shape.empty() ? 1 : extent_of(shape, axis + 1, shape.size())) {
    lines = extent_of(shape) / std::max<std::int64_t>(count, 1);
  }
  std::int64_t start(std::int64_t n) const { return n / step * count * step + n % step; }
};

}  // namespace

// ReduceMean, ReduceSum, ReduceMax.
void reduction(const Call& call) {
  const Shape& shape = call.in(0).shape;
  Shape kept = shape;
  for (const std::int64_t axis : call.integers("axes")) kept[static_cast<std::size_t>(axis)] = 1;
  const std::int64_t results = extent_of(kept);
  const double terms = static_cast<double>(extent_of(shape)) / static_cast<double>(results);
  with_number_of(call.in(0).type, [&](auto type) {
    using T = decltype(type);
    using Sum = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
    const bool largest = call.layer.kind == OpKind::ReduceMax;
    using Limits = std::numeric_limits<Sum>;
    const Sum least = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    std::vector<Sum> sums(static_cast<std::size_t>(results), largest ? least : Sum{0});
    const T* x = call.in(0).as<T>().data();
    for_each_row<1>(shape, {broadcast_strides(kept, shape)},
                    [&](const auto& offsets, std::int64_t count, const auto& steps) {
                      Sum* to = sums.data() + offsets[0];
                      for (std::int64_t i = 0; i < count; ++i, to += steps[0]) {
                        const auto value = static_cast<Sum>(*x++);
                        *to = largest ? std::max(*to, value) : *to + value;
                      }
                    });
    const bool mean = call.layer.kind == OpKind::ReduceMean;
    std::transform(sums.begin(), sums.end(), call.out().as<T>().data(), [=](Sum sum) {
      return static_cast<T>(mean ? static_cast<double>(sum) / terms : sum);
    });
  });
}

// ArgMax: of equals the first, or the last where asked.
void index_of_largest(const Call& call) {
  const Lines lines(call.in(0).shape, static_cast<std::size_t>(call.integer("axis")));
  const bool last = call.integer("select_last_index") != 0;
  with_number_of(call.in(0).type, [&](auto type) {
    using T = decltype(type);
    const std::span<std::int64_t> y = call.out().as<std::int64_t>();
    for (std::int64_t n = 0; n < lines.lines; ++n) {
      const T* x = call.in(0).as<T>().data() + lines.start(n);
      std::int64_t best = 0;
      for (std::int64_t i = 1; i < lines.count; ++i) {
        const T value = x[i * lines.step], leader = x[best * lines.step];
        if (value > leader || (last && value == leader)) best = i;
      }
      y[static_cast<std::size_t>(n)] = best;
    }
  });
}

// The k largest (or smallest) along an axis, best first, of equals the lower index; sorted = 0
// leaves the order open, so this one is as good as any.
void top_k(const Call& call) {
  const auto axis = static_cast<std::size_t>(call.integer("axis"));
  const Lines from(call.in(0).shape, axis), to(call.out().shape, axis);
  const bool largest = call.integer("largest") != 0;
  std::vector<std::int64_t> order(static_cast<std::size_t>(from.count));
  with_number_of(call.in(0).type, [&](auto type) {
    using T = decltype(type);
    for (std::int64_t n = 0; n < from.lines; ++n) {
      const T* x = call.in(0).as<T>().data() + from.start(n);
      T* values = call.out(0).as<T>().data() + to.start(n);
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return largest ? x[a * from.step] > x[b * from.step] : x[a * from.step] < x[b * from.step];
      });
      for (std::int64_t i = 0; i < to.count; ++i) {
        const std::int64_t picked = order[static_cast<std::size_t>(i)];
        values[i * to.step] = x[picked * from.step];
        if (call.outputs.size() > 1) {
          call.out(1).as<std::int64_t>()[static_cast<std::size_t>(to.start(n) + i * to.step)] =
              picked;
        }
      }
    }
  });
}

}  // namespace partita::reference
