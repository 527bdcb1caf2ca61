// Elementwise operators: one element, two or three that are broadcast, one result.
#pragma once

#include "exec/devices/cuda/kernels/portable.h"
#include "exec/devices/cuda/kernels/walk.h"
#include "models/base/data_type.h"

namespace partita::exec::cuda {

enum class Function : std::uint8_t {
  Relu,
  LeakyRelu,
  Elu,
  Sigmoid,
  HardSigmoid,
  HardSwish,
  Tanh,
  Erf,
  Gelu,
  GeluByTanh,
  Clip,
  Exp,
  Log,
  Sqrt,
  Abs,
  Neg,
  Reciprocal,
  Floor
};

struct Unary {
  Function function;
  double alpha, beta;  // of Clip: the bounds
  DataType type;       // of operand and result
  Index count;
  const void* x;
  void* y;
};
void launch(const Queue& queue, const Unary& unary);

struct LogicalNot {
  Index count;
  const std::uint8_t* x;
  std::uint8_t* y;
};
void launch(const Queue& queue, const LogicalNot& logical_not);

enum class BinaryOp : std::uint8_t { Add, Sub, Mul, Div, Min, Max, Pow };

struct Binary {
  BinaryOp op;
  DataType type;  // of both operands and the result
  Walk<2> walk;
  const void* a;
  const void* b;
  void* y;
};
void launch(const Queue& queue, const Binary& binary);

enum class RelationOp : std::uint8_t { Equal, Greater, Less, And, Or };

struct Relation {
  RelationOp op;
  DataType type;  // of both operands; the result is Bool
  Walk<2> walk;
  const void* a;
  const void* b;
  std::uint8_t* y;
};
void launch(const Queue& queue, const Relation& relation);

struct Choice {  // Where
  int bytes;     // of one element
  Walk<3> walk;
  const std::uint8_t* condition;
  const void* a;
  const void* b;
  void* y;
};
void launch(const Queue& queue, const Choice& choice);

// All operands have one shape, and the result, too.
constexpr int kMostSummands = 32;
struct Summation {
  DataType type;
  Walk<1> walk;  // of the result, in each operand
  Index start;   // of the result's first element, in each operand
  int summands;
  const void* x[kMostSummands];
  void* y;
};
void launch(const Queue& queue, const Summation& sum);

}  // namespace partita::exec::cuda
