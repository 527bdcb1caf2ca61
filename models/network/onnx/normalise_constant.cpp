// Nodes that make constants: they leave no layer behind.
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/network/onnx/elements.h"
#include "models/network/onnx/normalise.h"
#include "models/network/onnx/tensor_reader.h"

namespace partita {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 27;  // that one of these nodes computes

std::size_t width_of(DataType type) { return static_cast<std::size_t>(info(type).bytes); }

std::vector<ValueId> made(Draft& draft, const NodeReader& node, TensorType type, Constant constant,
                          bool stored = false) {
  return {draft.add_constant(node.result_name(0), std::move(type), std::move(constant), stored)};
}

std::vector<ValueId> integers(Draft& draft, const NodeReader& node, const Shape& shape,
                              const std::vector<std::int64_t>& numbers) {
  Buffer values(numbers.size() * width_of(DataType::I64));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    store_integer(DataType::I64, numbers[i], values.data() + i * width_of(DataType::I64));
  }
  return made(draft, node, {DataType::I64, shape}, Constant(std::move(values)));
}

Shape length(std::size_t count) { return {static_cast<std::int64_t>(count)}; }

std::vector<ValueId> constant(const NodeReader& node, Draft& draft) {
  if (const auto* value = node.attribute("value"); value != nullptr && value->has_t()) {
    StoredTensor tensor = read_tensor(value->t(), node.folder());
    return made(draft, node, tensor.type, std::move(tensor.constant), /*stored=*/true);
  }
  if (const auto* value = node.attribute("value_int")) {
    return integers(draft, node, {}, {value->i()});
  }
  if (const auto list = node.integers("value_ints")) {
    return integers(draft, node, length(list->size()), *list);
  }
  const auto* single = node.attribute("value_float");
  const auto* several = node.attribute("value_floats");
  if (single == nullptr && several == nullptr) {
    throw NodeError{"has no value of a kind that is understood"};
  }
  std::vector<float> numbers;
  if (single != nullptr) {
    numbers.push_back(single->f());
  } else {
    numbers.assign(several->floats().begin(), several->floats().end());
  }
  Buffer values(numbers.size() * sizeof(float));
  if (!numbers.empty()) std::memcpy(values.data(), numbers.data(), values.size());
  const Shape shape = single != nullptr ? Shape{} : length(numbers.size());
  return made(draft, node, {DataType::F32, shape}, Constant(std::move(values)), /*stored=*/true);
}

// Published models replace their weights by this node to stay small, so it counts as stored.
std::vector<ValueId> constant_of_shape(const NodeReader& node, Draft& draft) {
  const Shape shape = node.constant_integers(0, "shape");
  for (const std::int64_t extent : shape) {
    if (extent < 0)
      throw NodeError{fmt::format("shape {} has a negative extent", to_string(shape))};
  }
  DataType type = DataType::F32;
  Buffer element(width_of(type), std::byte{0});
  if (const auto* value = node.attribute("value"); value != nullptr && value->has_t()) {
    const StoredTensor tensor = read_tensor(value->t(), node.folder());
    if (checked_product(tensor.type.shape) != 1) throw NodeError{"its value is not one element"};
    type = tensor.type.type;
    element = *tensor.constant.values();
  }
  const std::int64_t count = checked_product(shape);
  const auto fill = [element, count] {
    if (count > kMostElements) throw NodeError{"its values are too many to hold"};
    Buffer values(static_cast<std::size_t>(count) * element.size());
    for (std::size_t at = 0; at < values.size(); at += element.size()) {
      std::memcpy(values.data() + at, element.data(), element.size());
    }
    return values;
  };
  return made(draft, node, {type, shape}, Constant(fill), /*stored=*/true);
}

std::vector<ValueId> shape_of(const NodeReader& node, Draft& draft) {
  const Shape shape = node.shape(0, "data");
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto counted = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t start = counted(std::max(node.integer("start", 0), -rank));
  const std::int64_t end = counted(std::max(node.integer("end", rank), -rank - 1));
  const Shape part = start < end ? Shape(shape.begin() + start, shape.begin() + end) : Shape{};
  return integers(draft, node, length(part.size()), part);
}

std::vector<ValueId> size_of(const NodeReader& node, Draft& draft) {
  return integers(draft, node, {}, {checked_product(node.shape(0, "data"))});
}

std::vector<ValueId> range(const NodeReader& node, Draft& draft) {
  const DataType type = node.type(0, "start").type;
  const double start = node.constant_number(0, "start"), limit = node.constant_number(1, "limit"),
               delta = node.constant_number(2, "delta");
  const double count = std::max(0.0, std::ceil((limit - start) / delta));
  if (!(count <= static_cast<double>(kMostElements))) {
    throw NodeError{fmt::format("from {} to {} in steps of {} there are too many numbers", start,
                                limit, delta)};
  }
  const auto elements = static_cast<std::size_t>(count);
  Buffer values(elements * width_of(type));
  for (std::size_t i = 0; i < elements; ++i) {
    store_number(type, start + static_cast<double>(i) * delta, values.data() + i * width_of(type));
  }
  return made(draft, node, {type, length(elements)}, Constant(std::move(values)));
}

std::vector<ValueId> non_zero(const NodeReader& node, Draft& draft) {
  const Shape shape = node.shape(0, "X");
  const std::vector<double> numbers = node.constant_numbers(0, "X");
  std::vector<std::int64_t> found;  // positions in row-major order
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != 0) found.push_back(static_cast<std::int64_t>(i));
  }
  std::vector<std::int64_t> indices;
  std::int64_t inner = checked_product(shape);
  for (const std::int64_t extent : shape) {
    inner = extent == 0 ? 0 : inner / extent;
    for (const std::int64_t position : found) indices.push_back(position / inner % extent);
  }
  return integers(
      draft, node,
      {static_cast<std::int64_t>(shape.size()), static_cast<std::int64_t>(found.size())}, indices);
}

std::vector<ValueId> reduce_prod(const NodeReader& node, Draft& draft) {
  const TensorType type = node.type(0, "data");
  const auto axes =
      node.has(1) ? std::optional{node.constant_integers(1, "axes")} : node.integers("axes");
  const bool all = !axes || axes->size() == type.shape.size();
  if (!all || is_floating(type.type)) {
    throw NodeError{"only the product of all elements of a whole-number constant is understood"};
  }
  std::uint64_t product = 1;
  for (const std::int64_t number : node.constant_integers(0, "data")) {
    product *= static_cast<std::uint64_t>(number);
  }
  Buffer value(width_of(type.type));
  store_integer(type.type, static_cast<std::int64_t>(product), value.data());
  const bool keep = node.integer("keepdims", 1) != 0;
  return made(draft, node, {type.type, keep ? Shape(type.shape.size(), 1) : Shape{}},
              Constant(std::move(value)));
}

// The part of a constant matrix on one side of a diagonal: causal masks.
std::vector<ValueId> trilu(const NodeReader& node, Draft& draft) {
  const TensorType type = node.type(0, "input");
  if (!node.is_constant(0, "input")) {
    throw NodeError{"only a constant can be cut along its diagonal"};
  }
  if (type.shape.size() < 2) throw NodeError{"its operand needs two axes"};
  if (checked_product(type.shape) > kMostElements) throw NodeError{"its operand is too large"};
  const std::int64_t shift = node.has(1) ? node.constant_integer(1, "k") : 0;
  const bool upper = node.integer("upper", 1) != 0;
  const auto source = node.value(0, "input").constant;
  const auto cut = [source, type, shift, upper] {
    Buffer values = *source->values();
    const std::int64_t columns = type.shape.back(), rows = type.shape[type.shape.size() - 2];
    const std::size_t width = width_of(type.type);
    for (std::size_t at = 0; at < values.size(); at += width) {
      const auto element = static_cast<std::int64_t>(at / width);
      const std::int64_t column = element % columns, row = element / columns % rows;
      const Wide beyond = Wide{column} - row - shift;
      if (upper ? beyond < 0 : beyond > 0) {
        std::memset(values.data() + at, 0, width);
      }
    }
    return values;
  };
  return made(draft, node, type, Constant(cut, source->depth() + 1));
}

constexpr std::array kTable{
    NormaliserEntry{"Constant", constant}, NormaliserEntry{"ConstantOfShape", constant_of_shape},
    NormaliserEntry{"Shape", shape_of},    NormaliserEntry{"Size", size_of},
    NormaliserEntry{"Range", range},       NormaliserEntry{"NonZero", non_zero},
    NormaliserEntry{"Trilu", trilu},       NormaliserEntry{"ReduceProd", reduce_prod},
};

}  // namespace

std::span<const NormaliserEntry> constant_normalisers() { return kTable; }

}  // namespace partita
