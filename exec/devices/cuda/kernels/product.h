// Matrix products: Gemm, MatMul, and what an LSTM needs.
#pragma once

#include "exec/devices/cuda/kernels/element.h"
#include "exec/devices/cuda/kernels/portable.h"
#include "exec/devices/cuda/kernels/walk.h"

namespace partita::exec::cuda {

// y(i, j) = alpha * sum over p of a(i, p) b(p, j) + beta * c(i, j), for each of a stack; y is
// row-major.
struct Product {
  DataType a_type, b_type, y_type;  // all the same, or f32 where an LSTM keeps its state
  Index rows, columns, depth;
  Walk<2> stack;                          // of a and b
  Index a_row, a_deep, b_deep, b_column;  // strides
  float alpha = 1, beta = 0;
  Index c_row = 0, c_column = 0;
  const void* a = nullptr;
  const void* b = nullptr;
  Parameters c;  // values null: none
  void* y = nullptr;
};
void launch(const Queue& queue, const Product& product);

// One step of an LSTM, after its products: gates [batch, 4 hidden] in the order i, o, f, c (ONNX).
struct LstmCell {
  DataType type;  // of y and the last states
  Index batch, hidden;
  const float* of_input;  // [batch, 4 hidden]: W x + both biases
  const float* of_state;  // [batch, 4 hidden]: R h
  float* h;               // [batch, hidden], both kept from step to step
  float* c;
  void* y;       // [batch, hidden]
  void* last_h;  // null but at the last step
  void* last_c;
};
void launch(const Queue& queue, const LstmCell& cell);

// to[i] = from[i], or 0 where there is nothing.
struct InitialState {
  Index count;
  Parameters from;
  float* to;
};
void launch(const Queue& queue, const InitialState& state);

// to[g] = from[g] + from[gates + g], or 0 where there is nothing.
struct LstmBias {
  Index gates;
  Parameters from;
  float* to;
};
void launch(const Queue& queue, const LstmBias& bias);

}  // namespace partita::exec::cuda
