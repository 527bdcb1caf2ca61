#include "models/network/onnx/normalise.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/network/onnx/elements.h"

namespace partita {
namespace {

std::array<std::span<const NormaliserEntry>, 9> tables() {
  return {window_normalisers(),    matrix_normalisers(),    elementwise_normalisers(),
          norm_normalisers(),      reduction_normalisers(), shape_normalisers(),
          selection_normalisers(), constant_normalisers(),  collective_normalisers()};
}

}  // namespace

Normaliser normaliser_of(std::string_view op_type) {
  for (const auto& table : tables()) {
    for (const NormaliserEntry& entry : table) {
      if (entry.op_type == op_type) return entry.normalise;
    }
  }
  return nullptr;
}

std::vector<std::string> known_op_types() {
  std::vector<std::string> names;
  for (const auto& table : tables()) {
    for (const NormaliserEntry& entry : table) names.emplace_back(entry.op_type);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Shape broadcast(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape result(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t from_a = i < rank - a.size() ? 1 : a[i - (rank - a.size())];
    const std::int64_t from_b = i < rank - b.size() ? 1 : b[i - (rank - b.size())];
    if (from_a != from_b && from_a != 1 && from_b != 1) {
      throw NodeError{
          fmt::format("shapes {} and {} do not fit together", to_string(a), to_string(b))};
    }
    result[i] = from_a == 1 ? from_b : from_a;
  }
  return result;
}

ValueId reshaped(Draft& draft, ValueId value, const Shape& shape) {
  const TensorType from = draft[value].type;
  if (from.shape == shape) return value;
  return draft.emit_one(OpKind::Reshape, {}, {value}, {from.type, shape});
}

void expect_same_type(const TensorType& a, const TensorType& b) {
  if (a.type == b.type) return;
  throw NodeError{fmt::format("operands have different types: {} and {}", to_string(a.type),
                              to_string(b.type))};
}

void expect_floating(const TensorType& type, const char* what) {
  if (is_floating(type.type)) return;
  throw NodeError{
      fmt::format("its {} is {}, not of a floating-point type", what, to_string(type.type))};
}

std::int64_t checked_product(const Shape& extents) {
  Wide total = 1;
  for (const std::int64_t extent : extents) {
    total *= extent;
    if (total > Wide{1} << 62) throw NodeError{"a shape is too large"};
  }
  return static_cast<std::int64_t>(total);
}

}  // namespace partita
