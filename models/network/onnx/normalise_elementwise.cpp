// Operators that treat each element alone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/network/onnx/elements.h"
#include "models/network/onnx/normalise.h"

namespace partita {
namespace {

ValueId unary(Draft& draft, OpKind kind, ValueId x, Attributes attributes = {}) {
  const TensorType type = draft[x].type;
  return draft.emit_one(kind, std::move(attributes), {x}, type);
}

ValueId binary(Draft& draft, OpKind kind, ValueId a, ValueId b) {
  const TensorType left = draft[a].type, right = draft[b].type;
  expect_same_type(left, right);
  const bool compares = kind == OpKind::Equal || kind == OpKind::Greater || kind == OpKind::Less;
  return draft.emit_one(
      kind, {}, {a, b},
      {compares ? DataType::Bool : left.type, broadcast(left.shape, right.shape)});
}

// Any type of number.
template <OpKind kind>
std::vector<ValueId> number_function(const NodeReader& node, Draft& draft) {
  return {unary(draft, kind, node.operand(0, "X"))};
}

template <OpKind kind>
std::vector<ValueId> real_function(const NodeReader& node, Draft& draft) {
  expect_floating(node.type(0, "X"), "X");
  return {unary(draft, kind, node.operand(0, "X"))};
}

void expect_bool(const TensorType& type) {
  if (type.type != DataType::Bool) {
    throw NodeError{fmt::format("an operand is {}, not bool", to_string(type.type))};
  }
}

std::vector<ValueId> logical_not(const NodeReader& node, Draft& draft) {
  expect_bool(node.type(0, "X"));
  return {unary(draft, OpKind::Not, node.operand(0, "X"))};
}

std::vector<ValueId> leaky_relu(const NodeReader& node, Draft& draft) {
  expect_floating(node.type(0, "X"), "X");
  return {unary(draft, OpKind::LeakyRelu, node.operand(0, "X"),
                {{"alpha", node.number("alpha", 0.01)}})};
}

std::vector<ValueId> elu(const NodeReader& node, Draft& draft) {
  expect_floating(node.type(0, "X"), "X");
  return {unary(draft, OpKind::Elu, node.operand(0, "X"), {{"alpha", node.number("alpha", 1)}})};
}

std::vector<ValueId> hard_sigmoid(const NodeReader& node, Draft& draft) {
  expect_floating(node.type(0, "X"), "X");
  return {unary(draft, OpKind::HardSigmoid, node.operand(0, "X"),
                {{"alpha", node.number("alpha", 0.2)}, {"beta", node.number("beta", 0.5)}})};
}

std::vector<ValueId> gelu(const NodeReader& node, Draft& draft) {
  expect_floating(node.type(0, "X"), "X");
  const std::string approximate = node.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh") {
    throw NodeError{fmt::format("approximate is '{}' (known: none, tanh)", approximate)};
  }
  return {unary(draft, OpKind::Gelu, node.operand(0, "X"), {{"approximate", approximate}})};
}

std::vector<ValueId> ceil(const NodeReader& node, Draft& draft) {
  expect_floating(node.type(0, "X"), "X");
  const ValueId low = unary(draft, OpKind::Neg, node.operand(0, "X"));
  return {unary(draft, OpKind::Neg, unary(draft, OpKind::Floor, low))};
}

// Bounds that are constants become attributes, others a Max and a Min.
std::vector<ValueId> clip(const NodeReader& node, Draft& draft) {
  ValueId x = node.operand(0, "X");
  Attributes attributes;
  const auto bound = [&](const char* name, double value) {
    // What no element can pass is no bound.
    const bool matters = std::fabs(value) < static_cast<double>(std::numeric_limits<float>::max());
    if (matters) attributes.set(name, value);
  };
  if (node.opset() < 11) {
    constexpr double kNone = std::numeric_limits<double>::infinity();
    bound("min", node.number("min", -kNone));
    bound("max", node.number("max", kNone));
  } else {
    for (const std::size_t i : {1, 2}) {
      const char* name = i == 1 ? "min" : "max";
      if (!node.has(i)) continue;
      expect_same_type(draft[x].type, node.type(i, name));
      if (node.is_constant(i, name)) {
        bound(name, node.constant_number(i, name));
      } else {
        x = binary(draft, i == 1 ? OpKind::Max : OpKind::Min, x, node.operand(i, name));
      }
    }
  }
  if (attributes.begin() == attributes.end()) return {x};
  return {unary(draft, OpKind::Clip, x, std::move(attributes))};
}

template <OpKind kind>
std::vector<ValueId> arithmetic(const NodeReader& node, Draft& draft) {
  return {binary(draft, kind, node.operand(0, "A"), node.operand(1, "B"))};
}

template <OpKind kind>
std::vector<ValueId> logical(const NodeReader& node, Draft& draft) {
  expect_bool(node.type(0, "A"));
  expect_bool(node.type(1, "B"));
  return {binary(draft, kind, node.operand(0, "A"), node.operand(1, "B"))};
}

// a >= b is not a < b: the same for all numbers.
template <OpKind opposite>
std::vector<ValueId> negated(const NodeReader& node, Draft& draft) {
  const ValueId result = binary(draft, opposite, node.operand(0, "A"), node.operand(1, "B"));
  return {unary(draft, OpKind::Not, result)};
}

std::vector<ValueId> power(const NodeReader& node, Draft& draft) {
  const TensorType base = node.type(0, "X"), exponent = node.type(1, "Y");
  ValueId raised = node.operand(1, "Y");
  if (exponent.type != base.type) {
    raised = draft.emit_one(OpKind::Cast, {}, {raised}, {base.type, exponent.shape});
  }
  return {binary(draft, OpKind::Pow, node.operand(0, "X"), raised)};
}

ValueId chain(const NodeReader& node, Draft& draft, OpKind kind) {
  const std::vector<ValueId> operands = node.all_operands();
  if (operands.empty()) throw NodeError{"has no operands"};
  ValueId result = operands.front();
  for (std::size_t i = 1; i < operands.size(); ++i) {
    result = binary(draft, kind, result, operands[i]);
  }
  return result;
}

template <OpKind kind>
std::vector<ValueId> chained(const NodeReader& node, Draft& draft) {
  return {chain(node, draft, kind)};
}

std::vector<ValueId> mean(const NodeReader& node, Draft& draft) {
  const ValueId sum = chain(node, draft, OpKind::Add);
  if (node.operand_count() == 1) return {sum};
  expect_floating(draft[sum].type, "operand");
  const ValueId count =
      draft.add_filled({draft[sum].type.type, {}}, static_cast<double>(node.operand_count()));
  return {binary(draft, OpKind::Div, sum, count)};
}

std::vector<ValueId> where(const NodeReader& node, Draft& draft) {
  expect_bool(node.type(0, "condition"));
  const TensorType x = node.type(1, "X"), y = node.type(2, "Y");
  expect_same_type(x, y);
  const Shape shape = broadcast(node.shape(0, "condition"), broadcast(x.shape, y.shape));
  return draft.emit(OpKind::Where, {}, node.all_operands(), {{x.type, shape}});
}

constexpr std::array kTable{
    NormaliserEntry{"Relu", number_function<OpKind::Relu>},
    NormaliserEntry{"LeakyRelu", leaky_relu},
    NormaliserEntry{"Elu", elu},
    NormaliserEntry{"Sigmoid", real_function<OpKind::Sigmoid>},
    NormaliserEntry{"HardSigmoid", hard_sigmoid},
    NormaliserEntry{"HardSwish", real_function<OpKind::HardSwish>},
    NormaliserEntry{"Tanh", real_function<OpKind::Tanh>},
    NormaliserEntry{"Erf", real_function<OpKind::Erf>},
    NormaliserEntry{"Gelu", gelu},
    NormaliserEntry{"Clip", clip},
    NormaliserEntry{"Exp", real_function<OpKind::Exp>},
    NormaliserEntry{"Log", real_function<OpKind::Log>},
    NormaliserEntry{"Sqrt", real_function<OpKind::Sqrt>},
    NormaliserEntry{"Abs", number_function<OpKind::Abs>},
    NormaliserEntry{"Neg", number_function<OpKind::Neg>},
    NormaliserEntry{"Reciprocal", real_function<OpKind::Reciprocal>},
    NormaliserEntry{"Floor", real_function<OpKind::Floor>},
    NormaliserEntry{"Ceil", ceil},
    NormaliserEntry{"Not", logical_not},
    NormaliserEntry{"Add", arithmetic<OpKind::Add>},
    NormaliserEntry{"Sub", arithmetic<OpKind::Sub>},
    NormaliserEntry{"Mul", arithmetic<OpKind::Mul>},
    NormaliserEntry{"Div", arithmetic<OpKind::Div>},
    NormaliserEntry{"Pow", power},
    NormaliserEntry{"Min", chained<OpKind::Min>},
    NormaliserEntry{"Max", chained<OpKind::Max>},
    NormaliserEntry{"Sum", chained<OpKind::Add>},
    NormaliserEntry{"Mean", mean},
    NormaliserEntry{"Equal", arithmetic<OpKind::Equal>},
    NormaliserEntry{"Greater", arithmetic<OpKind::Greater>},
    NormaliserEntry{"Less", arithmetic<OpKind::Less>},
    NormaliserEntry{"GreaterOrEqual", negated<OpKind::Less>},
    NormaliserEntry{"LessOrEqual", negated<OpKind::Greater>},
    NormaliserEntry{"And", logical<OpKind::And>},
    NormaliserEntry{"Or", logical<OpKind::Or>},
    NormaliserEntry{"Where", where},
};

}  // namespace

std::span<const NormaliserEntry> elementwise_normalisers() { return kTable; }

}  // namespace partita
