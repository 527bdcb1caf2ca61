#include "models/network/onnx/fold.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "models/base/assert.h"
#include "models/network/onnx/elements.h"

namespace partita {
namespace {

std::int64_t volume(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::size_t bytes_of(const TensorType& type) {
  return static_cast<std::size_t>(volume(type.shape)) *
         static_cast<std::size_t>(info(type.type).bytes);
}

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

// Calls visit(position) for every element of `shape` in row-major order, where position = offset +
// sum of index * strides.
template <class Visit>
void walk(const Shape& shape, std::int64_t offset, const Shape& strides, Visit visit) {
  const std::int64_t count = volume(shape);
  Shape at(shape.size(), 0);
  std::int64_t position = offset;
  for (std::int64_t i = 0; i < count; ++i) {
    visit(position);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      position += strides[axis];
      if (++at[axis] < shape[axis]) break;
      position -= strides[axis] * shape[axis];
      at[axis] = 0;
    }
  }
}

// Strides that read an operand as if it had the result's shape.
Shape broadcast_strides(const Shape& operand, const Shape& result) {
  const Shape own = strides_of(operand);
  Shape strides(result.size(), 0);
  const std::size_t missing = result.size() - operand.size();
  for (std::size_t axis = 0; axis < operand.size(); ++axis) {
    if (operand[axis] != 1) strides[missing + axis] = own[axis];
  }
  return strides;
}

// Copies elements: those of the result, in order, from `offset` and `strides` in the operand.
Buffer picked(const ConstantOperand& from, const Shape& shape, std::int64_t offset,
              const Shape& strides) {
  const auto width = static_cast<std::size_t>(info(from.type->type).bytes);
  Buffer result(static_cast<std::size_t>(volume(shape)) * width);
  std::byte* to = result.data();
  walk(shape, offset, strides, [&](std::int64_t position) {
    std::memcpy(to, from.values->data() + static_cast<std::size_t>(position) * width, width);
    to += width;
  });
  return result;
}

Buffer concatenated(const std::vector<ConstantOperand>& operands, std::size_t axis,
                    const TensorType& result) {
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= result.shape[i];
  Buffer joined;
  joined.reserve(bytes_of(result));
  for (std::int64_t block = 0; block < outer; ++block) {
    for (const ConstantOperand& operand : operands) {
      const std::size_t part = operand.values->size() / static_cast<std::size_t>(outer);
      const auto first = operand.values->begin() + block * static_cast<std::ptrdiff_t>(part);
      joined.insert(joined.end(), first, first + static_cast<std::ptrdiff_t>(part));
    }
  }
  return joined;
}

std::vector<Buffer> split(const ConstantOperand& operand, std::size_t axis,
                          const std::vector<TensorType>& results) {
  const Shape strides = strides_of(operand.type->shape);
  std::vector<Buffer> parts;
  std::int64_t start = 0;
  for (const TensorType& result : results) {
    parts.push_back(picked(operand, result.shape, start * strides[axis], strides));
    start += result.shape[axis];
  }
  return parts;
}

Buffer sliced(const ConstantOperand& operand, const Attributes& attributes,
              const TensorType& result) {
  Shape strides = strides_of(operand.type->shape);
  const auto& axes = attributes.integers("axes");
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    auto& stride = strides[static_cast<std::size_t>(axes[i])];
    offset += attributes.integers("starts")[i] * stride;
    stride *= attributes.integers("steps")[i];
  }
  return picked(operand, result.shape, offset, strides);
}

Buffer transposed(const ConstantOperand& operand, const std::vector<std::int64_t>& perm,
                  const TensorType& result) {
  const Shape own = strides_of(operand.type->shape);
  Shape strides;
  for (const std::int64_t axis : perm) strides.push_back(own[static_cast<std::size_t>(axis)]);
  return picked(operand, result.shape, 0, strides);
}

Buffer tiled(const ConstantOperand& operand, const TensorType& result) {
  // Seen as [r0, s0, r1, s1, ...], the repeats are axes of stride 0.
  const Shape& shape = operand.type->shape;
  const Shape own = strides_of(shape);
  Shape pairs, strides;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    pairs.insert(pairs.end(), {result.shape[axis] / shape[axis], shape[axis]});
    strides.insert(strides.end(), {0, own[axis]});
  }
  return picked(operand, pairs, 0, strides);
}

Buffer gathered(const ConstantOperand& data, const ConstantOperand& indices, std::size_t axis) {
  const Shape& shape = data.type->shape;
  std::int64_t outer = 1, inner = info(data.type->type).bytes;
  for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  const auto width = static_cast<std::size_t>(info(indices.type->type).bytes);
  Buffer result;
  for (std::int64_t block = 0; block < outer; ++block) {
    for (std::size_t at = 0; at < indices.values->size(); at += width) {
      std::int64_t row = load_integer(indices.type->type, indices.values->data() + at);
      if (row < 0) row += shape[axis];
      if (row < 0 || row >= shape[axis]) throw NodeError{"an index is outside of the data"};
      const auto first = data.values->begin() + (block * shape[axis] + row) * inner;
      result.insert(result.end(), first, first + inner);
    }
  }
  return result;
}

Buffer cast(const ConstantOperand& operand, DataType to) {
  const DataType from = operand.type->type;
  const auto in = static_cast<std::size_t>(info(from).bytes);
  const auto out = static_cast<std::size_t>(info(to).bytes);
  const std::size_t count = operand.values->size() / in;
  Buffer result(count * out);
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* source = operand.values->data() + i * in;
    std::byte* target = result.data() + i * out;
    // Everything but zero is true, 0.5 too.
    if (to == DataType::Bool) {
      store_integer(to, load_number(from, source) != 0 ? 1 : 0, target);
    } else if (is_floating(from)) {
      store_number(to, load_number(from, source), target);
    } else {
      store_integer(to, load_integer(from, source), target);
    }
  }
  return result;
}

template <class Number>
Number load_as(DataType type, const std::byte* at) {
  if constexpr (std::is_floating_point_v<Number>) {
    return load_number(type, at);
  } else {
    return load_integer(type, at);
  }
}

template <class Number>
void store_as(DataType type, Number value, std::byte* at) {
  if constexpr (std::is_floating_point_v<Number>) {
    store_number(type, value, at);
  } else {
    store_integer(type, value, at);
  }
}

// Wraps around like the integers of every processor do, without undefined behaviour.
std::int64_t wrapped(std::uint64_t value) { return static_cast<std::int64_t>(value); }

double binary(OpKind kind, double a, double b) {
  switch (kind) {
    case OpKind::Add: return a + b;
    case OpKind::Sub: return a - b;
    case OpKind::Mul: return a * b;
    case OpKind::Div: return a / b;
    case OpKind::Pow: return std::pow(a, b);
    case OpKind::Min: return std::min(a, b);
    case OpKind::Max: return std::max(a, b);
    case OpKind::Equal: return a == b ? 1 : 0;
    case OpKind::Greater: return a > b ? 1 : 0;
    case OpKind::Less: return a < b ? 1 : 0;
    case OpKind::And: return a != 0 && b != 0 ? 1 : 0;
    default: return a != 0 || b != 0 ? 1 : 0;
  }
}

std::int64_t binary(OpKind kind, std::int64_t a, std::int64_t b) {
  const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  switch (kind) {
    case OpKind::Add: return wrapped(ua + ub);
    case OpKind::Sub: return wrapped(ua - ub);
    case OpKind::Mul: return wrapped(ua * ub);
    case OpKind::Div:
      if (b == 0) throw NodeError{"divides a whole number by zero"};
      return b == -1 ? wrapped(-ua) : a / b;
    case OpKind::Pow: {
      std::uint64_t power = 1;
      if (b < 0 || b > 64) throw NodeError{"raises a whole number to a power outside of 0 to 64"};
      for (std::int64_t i = 0; i < b; ++i) power *= ua;
      return wrapped(power);
    }
    case OpKind::Min: return std::min(a, b);
    case OpKind::Max: return std::max(a, b);
    case OpKind::Equal: return a == b ? 1 : 0;
    case OpKind::Greater: return a > b ? 1 : 0;
    case OpKind::Less: return a < b ? 1 : 0;
    case OpKind::And: return a != 0 && b != 0 ? 1 : 0;
    default: return a != 0 || b != 0 ? 1 : 0;
  }
}

template <class Number>
Buffer combined(OpKind kind, const ConstantOperand& a, const ConstantOperand& b,
                const TensorType& result) {
  Buffer values(bytes_of(result));
  const DataType type = a.type->type;
  const auto in = static_cast<std::size_t>(info(type).bytes);
  std::vector<Number> left;
  left.reserve(static_cast<std::size_t>(volume(result.shape)));
  walk(result.shape, 0, broadcast_strides(a.type->shape, result.shape), [&](std::int64_t at) {
    left.push_back(load_as<Number>(type, a.values->data() + static_cast<std::size_t>(at) * in));
  });
  const auto out = static_cast<std::size_t>(info(result.type).bytes);
  std::size_t i = 0;
  walk(result.shape, 0, broadcast_strides(b.type->shape, result.shape), [&](std::int64_t at) {
    const auto right = load_as<Number>(type, b.values->data() + static_cast<std::size_t>(at) * in);
    store_as<Number>(result.type, binary(kind, left[i], right), values.data() + i * out);
    ++i;
  });
  return values;
}

Buffer chosen(const std::vector<ConstantOperand>& operands, const TensorType& result) {
  const Shape& shape = result.shape;
  const auto strides = [&](std::size_t i) {
    return broadcast_strides(operands[i].type->shape, shape);
  };
  const Buffer condition = picked(operands[0], shape, 0, strides(0));
  Buffer values = picked(operands[1], shape, 0, strides(1));
  const Buffer otherwise = picked(operands[2], shape, 0, strides(2));
  const auto width = static_cast<std::size_t>(info(result.type).bytes);
  for (std::size_t i = 0; i < condition.size(); ++i) {
    if (condition[i] == std::byte{0}) {
      std::memcpy(values.data() + i * width, otherwise.data() + i * width, width);
    }
  }
  return values;
}

double unary(OpKind kind, double x) {
  switch (kind) {
    case OpKind::Relu: return std::max(x, 0.0);
    case OpKind::Sigmoid: return 1 / (1 + std::exp(-x));
    case OpKind::Tanh: return std::tanh(x);
    case OpKind::Erf: return std::erf(x);
    case OpKind::Exp: return std::exp(x);
    case OpKind::Log: return std::log(x);
    case OpKind::Sqrt: return std::sqrt(x);
    case OpKind::Abs: return std::fabs(x);
    case OpKind::Neg: return -x;
    case OpKind::Reciprocal: return 1 / x;
    case OpKind::Floor: return std::floor(x);
    default: return x == 0 ? 1 : 0;  // Not
  }
}

std::int64_t unary(OpKind kind, std::int64_t x) {
  switch (kind) {
    case OpKind::Relu: return std::max<std::int64_t>(x, 0);
    case OpKind::Abs: return x < 0 ? wrapped(-static_cast<std::uint64_t>(x)) : x;
    case OpKind::Neg: return wrapped(-static_cast<std::uint64_t>(x));
    case OpKind::Not: return x == 0 ? 1 : 0;
    default: return x;
  }
}

template <class Number>
Buffer mapped(OpKind kind, const ConstantOperand& operand, const TensorType& result) {
  Buffer values(bytes_of(result));
  const auto width = static_cast<std::size_t>(info(result.type).bytes);
  for (std::size_t at = 0; at < values.size(); at += width) {
    store_as<Number>(result.type,
                     unary(kind, load_as<Number>(result.type, operand.values->data() + at)),
                     values.data() + at);
  }
  return values;
}

template <class Number>
Buffer reduced(OpKind kind, const ConstantOperand& operand, const Attributes& attributes,
               const TensorType& result) {
  // Strides of the result along the operand's axes: 0 along those that are reduced away.
  const Shape& shape = operand.type->shape;
  const auto& axes = attributes.integers("axes");
  const auto is_reduced = [&](std::size_t axis) {
    return std::count(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != 0;
  };
  Shape strides(shape.size(), 0);
  std::int64_t step = 1, group = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (is_reduced(axis)) {
      group *= shape[axis];
    } else {
      strides[axis] = step;
      step *= shape[axis];
    }
  }
  const Number start = kind == OpKind::ReduceMax ? std::numeric_limits<Number>::lowest() : 0;
  std::vector<Number> totals(static_cast<std::size_t>(volume(result.shape)), start);
  const auto width = static_cast<std::size_t>(info(result.type).bytes);
  std::size_t i = 0;
  walk(shape, 0, strides, [&](std::int64_t at) {
    const auto value = load_as<Number>(result.type, operand.values->data() + i++ * width);
    Number& total = totals[static_cast<std::size_t>(at)];
    total = binary(kind == OpKind::ReduceMax ? OpKind::Max : OpKind::Add, total, value);
  });
  Buffer values(bytes_of(result));
  for (std::size_t at = 0; at < totals.size(); ++at) {
    const Number value =
        kind == OpKind::ReduceMean ? totals[at] / static_cast<Number>(group) : totals[at];
    store_as<Number>(result.type, value, values.data() + at * width);
  }
  return values;
}

enum class How { Never, Copy, Unary, Binary, Reduce };

How how(OpKind kind) {
  switch (kind) {
    case OpKind::Identity:
    case OpKind::Reshape:
    case OpKind::Concat:
    case OpKind::Split:
    case OpKind::Slice:
    case OpKind::Transpose:
    case OpKind::Expand:
    case OpKind::Tile:
    case OpKind::Gather:
    case OpKind::Cast:
    case OpKind::Where: return How::Copy;
    case OpKind::Relu:
    case OpKind::Sigmoid:
    case OpKind::Tanh:
    case OpKind::Erf:
    case OpKind::Exp:
    case OpKind::Log:
    case OpKind::Sqrt:
    case OpKind::Abs:
    case OpKind::Neg:
    case OpKind::Reciprocal:
    case OpKind::Not:
    case OpKind::Floor: return How::Unary;
    case OpKind::Add:
    case OpKind::Sub:
    case OpKind::Mul:
    case OpKind::Div:
    case OpKind::Pow:
    case OpKind::Min:
    case OpKind::Max:
    case OpKind::Equal:
    case OpKind::Greater:
    case OpKind::Less:
    case OpKind::And:
    case OpKind::Or: return How::Binary;
    case OpKind::ReduceMean:
    case OpKind::ReduceSum:
    case OpKind::ReduceMax: return How::Reduce;
    default: return How::Never;
  }
}

Buffer moved(OpKind kind, const Attributes& attributes,
             const std::vector<ConstantOperand>& operands, const TensorType& result) {
  const ConstantOperand& first = operands.front();
  switch (kind) {
    case OpKind::Identity:
    case OpKind::Reshape: return *first.values;
    case OpKind::Concat:
      return concatenated(operands, static_cast<std::size_t>(attributes.integer("axis")), result);
    case OpKind::Slice: return sliced(first, attributes, result);
    case OpKind::Transpose: return transposed(first, attributes.integers("perm"), result);
    case OpKind::Expand:
      return picked(first, result.shape, 0, broadcast_strides(first.type->shape, result.shape));
    case OpKind::Tile: return tiled(first, result);
    case OpKind::Gather:
      return gathered(first, operands[1], static_cast<std::size_t>(attributes.integer("axis")));
    case OpKind::Cast: return cast(first, result.type);
    default: return chosen(operands, result);  // Where
  }
}

}  // namespace

bool can_fold(OpKind kind) { return how(kind) != How::Never; }

std::vector<Buffer> fold(OpKind kind, const Attributes& attributes,
                         const std::vector<ConstantOperand>& operands,
                         const std::vector<TensorType>& results) {
  const ConstantOperand& first = operands.front();
  const TensorType& result = results.front();
  const bool real = is_floating(first.type->type);
  const auto is_empty = [](const TensorType& type) { return volume(type.shape) == 0; };
  if (std::all_of(results.begin(), results.end(), is_empty)) {
    return std::vector<Buffer>(results.size());
  }
  switch (how(kind)) {
    case How::Copy:
      if (kind == OpKind::Split) {
        return split(first, static_cast<std::size_t>(attributes.integer("axis")), results);
      }
      return {moved(kind, attributes, operands, result)};
    case How::Unary:
      return {real ? mapped<double>(kind, first, result)
                   : mapped<std::int64_t>(kind, first, result)};
    case How::Binary:
      return {real ? combined<double>(kind, first, operands[1], result)
                   : combined<std::int64_t>(kind, first, operands[1], result)};
    case How::Reduce:
      return {real ? reduced<double>(kind, first, attributes, result)
                   : reduced<std::int64_t>(kind, first, attributes, result)};
    case How::Never: break;
  }
  PARTITA_ASSERT(false, "asked to fold an operator that cannot be folded");
  return {};
}

}  // namespace partita
