#include <cmath>

#include "exec/devices/cuda/kernels/launch.h"
#include "exec/devices/cuda/kernels/rows.h"

namespace partita::exec::cuda {
namespace {

// In one pass: the largest so far, and the sum of exponentials relative to it (Milakov and
// Gimelshein, "Online normalizer calculation for softmax", 2018).
template <class T>
struct SoftmaxOf {
  Softmax p;
  struct Partial {
    float largest, sum;
  };
  PARTITA_HOST_DEVICE Index length() const { return p.lines.count; }
  PARTITA_HOST_DEVICE Index results() const { return p.lines.count; }
  PARTITA_HOST_DEVICE Partial none() const { return {-INFINITY, 0.0F}; }
  PARTITA_HOST_DEVICE float x(Index row, Index i) const {
    return wide(static_cast<const T*>(p.x)[p.lines.at(row, i)]);
  }
  PARTITA_HOST_DEVICE void take(Partial& partial, Index row, Index i) const {
    join(partial, {x(row, i), 1.0F});
  }
  PARTITA_HOST_DEVICE void join(Partial& partial, const Partial& other) const {
    if (other.sum == 0) return;  // minus infinity from itself is no number
    if (other.largest > partial.largest) {
      partial.sum = partial.sum * std::exp(partial.largest - other.largest) + other.sum;
      partial.largest = other.largest;
    } else if (other.largest == partial.largest) {
      partial.sum += other.sum;
    } else {
      partial.sum += other.sum * std::exp(other.largest - partial.largest);
    }
  }
  PARTITA_HOST_DEVICE void finish(Index row, const Partial& total, Index i) const {
    const float shifted = x(row, i) - total.largest;
    const float y = p.logarithm ? shifted - std::log(total.sum) : std::exp(shifted) / total.sum;
    static_cast<T*>(p.y)[p.lines.at(row, i)] = narrow<T>(y);
  }
};

// Mean and squared deviations in one pass (Welford 1962), joined as Chan, Golub and LeVeque have it
// (1983).
template <class T>
struct LayerNormOf {
  LayerNorm p;
  struct Partial {
    float count, mean, squares;
  };
  PARTITA_HOST_DEVICE Index length() const { return p.count; }
  PARTITA_HOST_DEVICE Index results() const { return p.count; }
  PARTITA_HOST_DEVICE Partial none() const { return {0, 0, 0}; }
  PARTITA_HOST_DEVICE float x(Index row, Index i) const {
    return wide(static_cast<const T*>(p.x)[row * p.count + i]);
  }
  PARTITA_HOST_DEVICE void take(Partial& partial, Index row, Index i) const {
    const float value = x(row, i), off = value - partial.mean;
    partial.count += 1;
    partial.mean += off / partial.count;
    partial.squares += off * (value - partial.mean);
  }
  PARTITA_HOST_DEVICE void join(Partial& partial, const Partial& other) const {
    if (other.count == 0) return;
    const float count = partial.count + other.count, off = other.mean - partial.mean;
    partial.mean += off * (other.count / count);
    partial.squares += other.squares + off * off * (partial.count * (other.count / count));
    partial.count = count;
  }
  PARTITA_HOST_DEVICE void finish(Index row, const Partial& total, Index i) const {
    const float factor = 1 / std::sqrt(total.squares / static_cast<float>(p.count) + p.epsilon);
    Index at[2];
    p.walk.find(i, at);
    float y = (x(row, i) - total.mean) * factor * p.scale[at[0]];
    if (p.bias.values != nullptr) y += p.bias[at[1]];
    static_cast<T*>(p.y)[row * p.count + i] = narrow<T>(y);
    if (i == 0 && p.mean.values != nullptr) p.mean.put(row, total.mean);
    if (i == 0 && p.factor.values != nullptr) p.factor.put(row, factor);
  }
};

template <class T>
struct ReductionOf {
  Reduction p;
  struct Partial {
    Wide<T> value;
    bool any;
  };
  PARTITA_HOST_DEVICE Index length() const { return p.terms.count; }
  PARTITA_HOST_DEVICE Index results() const { return 1; }
  PARTITA_HOST_DEVICE Partial none() const { return {0, false}; }
  PARTITA_HOST_DEVICE void take(Partial& partial, Index row, Index i) const {
    Index start[1], at[1];
    p.rows.find(row, start);
    p.terms.find(i, at);
    join(partial, {wide(static_cast<const T*>(p.x)[start[0] + at[0]]), true});
  }
  PARTITA_HOST_DEVICE void join(Partial& partial, const Partial& other) const {
    if (!other.any) return;
    if (!partial.any) {
      partial = other;
    } else if (p.op != ReduceOp::Max) {
      partial.value += other.value;
    } else if (other.value > partial.value) {
      partial.value = other.value;
    }
  }
  PARTITA_HOST_DEVICE void finish(Index row, const Partial& total, Index) const {
    using Real = std::conditional_t<std::is_same_v<Wide<T>, float>, float, double>;
    static_cast<T*>(p.y)[row] =
        p.op == ReduceOp::Mean
            ? narrow<T>(static_cast<Real>(total.value) / static_cast<Real>(p.terms.count))
            : narrow<T>(total.value);
  }
};

template <class T>
struct LargestIndexOf {
  LargestIndex p;
  struct Partial {
    Wide<T> value;
    Index index;  // -1: none yet
  };
  PARTITA_HOST_DEVICE Index length() const { return p.lines.count; }
  PARTITA_HOST_DEVICE Index results() const { return 1; }
  PARTITA_HOST_DEVICE Partial none() const { return {0, -1}; }
  PARTITA_HOST_DEVICE void take(Partial& partial, Index row, Index i) const {
    join(partial, {wide(static_cast<const T*>(p.x)[p.lines.at(row, i)]), i});
  }
  PARTITA_HOST_DEVICE void join(Partial& partial, const Partial& other) const {
    if (other.index < 0) return;
    const bool first = partial.index < 0 || other.value > partial.value;
    const bool wins = other.value == partial.value &&
                      (p.last ? other.index > partial.index : other.index < partial.index);
    if (first || wins) partial = other;
  }
  PARTITA_HOST_DEVICE void finish(Index row, const Partial& total, Index) const {
    p.y[row] = total.index;
  }
};

template <class T>
struct TopKOf {
  TopK p;
  PARTITA_HOST_DEVICE Wide<T> x(Index line, Index i) const {
    return wide(static_cast<const T*>(p.x)[p.from.at(line, i)]);
  }
  PARTITA_HOST_DEVICE void operator()(Index element) const {
    const Index line = element / p.from.count, own = element % p.from.count;
    const Wide<T> value = x(line, own);
    Index rank = 0;
    for (Index i = 0; i < p.from.count && rank < p.to.count; ++i) {
      const Wide<T> other = x(line, i);
      const bool better = p.largest ? other > value : other < value;
      if (better || (other == value && i < own)) ++rank;
    }
    if (rank >= p.to.count) return;
    static_cast<T*>(p.values)[p.to.at(line, rank)] = narrow<T>(value);
    if (p.indices != nullptr) p.indices[p.to.at(line, rank)] = own;
  }
};

}  // namespace

void launch(const Queue& queue, const Softmax& softmax) {
  with_float(softmax.type, [&](auto t) {
    for_each_row(queue, softmax.lines.lines, SoftmaxOf<decltype(t)>{softmax});
  });
}
void launch(const Queue& queue, const LayerNorm& norm) {
  with_float(norm.type,
             [&](auto t) { for_each_row(queue, norm.rows, LayerNormOf<decltype(t)>{norm}); });
}
void launch(const Queue& queue, const Reduction& reduction) {
  with_number(reduction.type, [&](auto t) {
    for_each_row(queue, reduction.rows.count, ReductionOf<decltype(t)>{reduction});
  });
}
void launch(const Queue& queue, const LargestIndex& largest) {
  with_number(largest.type, [&](auto t) {
    for_each_row(queue, largest.lines.lines, LargestIndexOf<decltype(t)>{largest});
  });
}
void launch(const Queue& queue, const TopK& top) {
  with_number(top.type, [&](auto t) {
    for_each_element(queue, top.from.lines * top.from.count, TopKOf<decltype(t)>{top});
  });
}

}  // namespace partita::exec::cuda
