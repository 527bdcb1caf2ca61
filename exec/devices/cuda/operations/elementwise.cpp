#include "exec/devices/cuda/kernels/elementwise.h"

#include <limits>

#include "exec/devices/cuda/operations/operations.h"
#include "exec/devices/cuda/operations/shapes.h"

namespace partita::exec::cuda {
namespace {

Function function_of(const LayerRequest& request) {
  switch (request.layer.kind) {
    case OpKind::Relu: return Function::Relu;
    case OpKind::LeakyRelu: return Function::LeakyRelu;
    case OpKind::Elu: return Function::Elu;
    case OpKind::Sigmoid: return Function::Sigmoid;
    case OpKind::HardSigmoid: return Function::HardSigmoid;
    case OpKind::HardSwish: return Function::HardSwish;
    case OpKind::Tanh: return Function::Tanh;
    case OpKind::Erf: return Function::Erf;
    case OpKind::Gelu:
      return request.text("approximate") == "tanh" ? Function::GeluByTanh : Function::Gelu;
    case OpKind::Clip: return Function::Clip;
    case OpKind::Exp: return Function::Exp;
    case OpKind::Log: return Function::Log;
    case OpKind::Sqrt: return Function::Sqrt;
    case OpKind::Abs: return Function::Abs;
    case OpKind::Neg: return Function::Neg;
    case OpKind::Reciprocal: return Function::Reciprocal;
    case OpKind::Floor: return Function::Floor;
    default: unsupported("no CUDA kernel");
  }
}

BinaryOp binary_op(OpKind kind) {
  switch (kind) {
    case OpKind::Add: return BinaryOp::Add;
    case OpKind::Sub: return BinaryOp::Sub;
    case OpKind::Mul: return BinaryOp::Mul;
    case OpKind::Div: return BinaryOp::Div;
    case OpKind::Min: return BinaryOp::Min;
    case OpKind::Max: return BinaryOp::Max;
    default: return BinaryOp::Pow;
  }
}

RelationOp relation_op(OpKind kind) {
  switch (kind) {
    case OpKind::Equal: return RelationOp::Equal;
    case OpKind::Greater: return RelationOp::Greater;
    case OpKind::Less: return RelationOp::Less;
    case OpKind::And: return RelationOp::And;
    default: return RelationOp::Or;
  }
}

double number_or(const LayerRequest& request, const char* name, double absent) {
  return request.layer.attributes.has(name) ? request.number(name) : absent;
}

Walk<2> pairs(const LayerRequest& request) {
  const Shape& y = request.out().shape;
  return walk_of<2>(y, {repeated(request.in(0).shape, y), repeated(request.in(1).shape, y)});
}

}  // namespace

MadeOperation unary(const LayerRequest& request) {
  need_number(request.in(0));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool clips = request.layer.kind == OpKind::Clip;
  const Unary unary{function_of(request),
                    clips ? number_or(request, "min", -kInfinity) : number_or(request, "alpha", 0),
                    clips ? number_or(request, "max", kInfinity) : number_or(request, "beta", 0),
                    request.in(0).type,
                    elements_of(request.out().shape),
                    nullptr,
                    nullptr};
  return one_launch(unary, [](Unary& own, const Operands& at) {
    own.x = at.in[0];
    own.y = at.out[0];
  });
}

MadeOperation logical_not(const LayerRequest& request) {
  if (request.in(0).type != DataType::Bool) unsupported("Not is for bool");
  return one_launch(LogicalNot{elements_of(request.out().shape), nullptr, nullptr},
                    [](LogicalNot& own, const Operands& at) {
                      own.x = static_cast<const std::uint8_t*>(at.in[0]);
                      own.y = static_cast<std::uint8_t*>(at.out[0]);
                    });
}

MadeOperation binary(const LayerRequest& request) {
  need_number(request.in(0));
  need_same(request.in(0), request.in(1));
  return one_launch(Binary{binary_op(request.layer.kind), request.in(0).type, pairs(request),
                           nullptr, nullptr, nullptr},
                    [](Binary& own, const Operands& at) {
                      own.a = at.in[0];
                      own.b = at.in[1];
                      own.y = at.out[0];
                    });
}

MadeOperation relation(const LayerRequest& request) {
  if (request.in(0).type != DataType::Bool) need_number(request.in(0));
  need_same(request.in(0), request.in(1));
  return one_launch(Relation{relation_op(request.layer.kind), request.in(0).type, pairs(request),
                             nullptr, nullptr, nullptr},
                    [](Relation& own, const Operands& at) {
                      own.a = at.in[0];
                      own.b = at.in[1];
                      own.y = static_cast<std::uint8_t*>(at.out[0]);
                    });
}

MadeOperation choice(const LayerRequest& request) {
  const Shape& y = request.out().shape;
  const Choice choice{
      info(request.out().type).bytes,
      walk_of<3>(y, {repeated(request.in(0).shape, y), repeated(request.in(1).shape, y),
                     repeated(request.in(2).shape, y)}),
      nullptr,
      nullptr,
      nullptr,
      nullptr};
  return one_launch(choice, [](Choice& own, const Operands& at) {
    own.condition = static_cast<const std::uint8_t*>(at.in[0]);
    own.a = at.in[1];
    own.b = at.in[2];
    own.y = at.out[0];
  });
}

}  // namespace partita::exec::cuda
