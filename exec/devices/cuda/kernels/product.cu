#include <cmath>

#include "exec/devices/cuda/kernels/launch.h"
#include "exec/devices/cuda/kernels/product.h"

namespace partita::exec::cuda {
namespace {

template <class A, class B, class Y>
struct ProductOf {
  Product p;
  Index batches, rows, columns, depth;

  explicit ProductOf(const Product& product)
      : p(product), batches(p.stack.count), rows(p.rows), columns(p.columns), depth(p.depth) {}

  using Column = const B*;
  PARTITA_HOST_DEVICE Column column(Index batch, Index j) const {
    Index at[2];
    p.stack.find(batch, at);
    return static_cast<const B*>(p.b) + at[1] + j * p.b_column;
  }
  PARTITA_HOST_DEVICE float left(Index batch, Index i, Index deep) const {
    Index at[2];
    p.stack.find(batch, at);
    return wide(static_cast<const A*>(p.a)[at[0] + i * p.a_row + deep * p.a_deep]);
  }
  PARTITA_HOST_DEVICE float right(Column column, Index deep) const {
    return wide(column[deep * p.b_deep]);
  }
  PARTITA_HOST_DEVICE void store(Index batch, Index i, Index j, float sum) const {
    float y = p.alpha * sum;
    if (p.c.values != nullptr) y += p.beta * p.c[i * p.c_row + j * p.c_column];
    static_cast<Y*>(p.y)[(batch * rows + i) * columns + j] = narrow<Y>(y);
  }
};

PARTITA_HOST_DEVICE inline float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

// i, o, f = sigmoid, g = tanh;  c' = f c + i g,  h' = o tanh(c').
template <class T>
struct LstmCellOf {
  LstmCell p;
  PARTITA_HOST_DEVICE float gate(Index n, Index which, Index k) const {
    const Index at = (n * 4 + which) * p.hidden + k;
    return p.of_input[at] + p.of_state[at];
  }
  PARTITA_HOST_DEVICE void operator()(Index at) const {
    const Index n = at / p.hidden, k = at % p.hidden;
    const float i = sigmoid(gate(n, 0, k)), o = sigmoid(gate(n, 1, k));
    const float f = sigmoid(gate(n, 2, k)), g = std::tanh(gate(n, 3, k));
    const float c = f * p.c[at] + i * g, h = o * std::tanh(c);
    p.c[at] = c;
    p.h[at] = h;
    static_cast<T*>(p.y)[at] = narrow<T>(h);
    if (p.last_h != nullptr) static_cast<T*>(p.last_h)[at] = narrow<T>(h);
    if (p.last_c != nullptr) static_cast<T*>(p.last_c)[at] = narrow<T>(c);
  }
};

struct InitialStateOf {
  InitialState p;
  PARTITA_HOST_DEVICE void operator()(Index i) const {
    p.to[i] = p.from.values != nullptr ? p.from[i] : 0;
  }
};

struct LstmBiasOf {
  LstmBias p;
  PARTITA_HOST_DEVICE void operator()(Index g) const {
    p.to[g] = p.from.values != nullptr ? p.from[g] + p.from[p.gates + g] : 0;
  }
};

}  // namespace

void launch(const Queue& queue, const Product& product) {
  with_float(product.b_type, [&](auto t) {
    using T = decltype(t);
    const bool wide_a = product.a_type != product.b_type, wide_y = product.y_type != product.b_type;
    if (wide_a) return for_each_tile(queue, ProductOf<float, T, float>(product));
    if (wide_y) return for_each_tile(queue, ProductOf<T, T, float>(product));
    for_each_tile(queue, ProductOf<T, T, T>(product));
  });
}
void launch(const Queue& queue, const LstmCell& cell) {
  with_float(cell.type, [&](auto t) {
    for_each_element(queue, cell.batch * cell.hidden, LstmCellOf<decltype(t)>{cell});
  });
}
void launch(const Queue& queue, const InitialState& state) {
  for_each_element(queue, state.count, InitialStateOf{state});
}
void launch(const Queue& queue, const LstmBias& bias) {
  for_each_element(queue, bias.gates, LstmBiasOf{bias});
}

}  // namespace partita::exec::cuda
