#include "partition/analyze/input.h"

#include <array>

namespace partita::analyze {
namespace {

constexpr std::array<std::string_view, 4> kKinds{"image", "tensor", "tokens", "audio"};

struct TypeRow {
  std::string_view name;
  std::size_t width;
  bool integer;
};
// In the order of ElementType.
constexpr std::array<TypeRow, 12> kTypes{{{"bool", 1, false},
                                          {"uint8", 1, true},
                                          {"int8", 1, true},
                                          {"uint16", 2, true},
                                          {"int16", 2, true},
                                          {"uint32", 4, true},
                                          {"int32", 4, true},
                                          {"uint64", 8, true},
                                          {"int64", 8, true},
                                          {"float16", 2, false},
                                          {"float32", 4, false},
                                          {"float64", 8, false}}};

const TypeRow& row_of(ElementType type) { return kTypes[static_cast<std::size_t>(type)]; }

}  // namespace

std::string_view to_string(InputKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::optional<InputKind> input_kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == name) return static_cast<InputKind>(i);
  }
  return std::nullopt;
}

std::string_view to_string(ElementType type) { return row_of(type).name; }
std::size_t width_of(ElementType type) { return row_of(type).width; }
bool is_integer(ElementType type) { return row_of(type).integer; }

std::int64_t Input::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) product *= extent;
  return product;
}

Layout layout_of(const Input& input) {
  const auto& shape = input.shape;
  switch (input.kind) {
    case InputKind::Image:
      return {.planes = 1, .rows = shape[0], .columns = shape[1], .step = shape[2]};
    case InputKind::Audio: return {.planes = 1, .rows = 1, .columns = shape[0], .step = shape[1]};
    // Sequences do not continue each other: each is a plane.
    case InputKind::Tokens:
      return {.planes = input.elements() / shape.back(), .rows = 1, .columns = shape.back()};
    case InputKind::Tensor: break;
  }
  if (shape.empty()) return {};
  const std::int64_t columns = shape.back();
  const std::int64_t rows = shape.size() < 2 ? 1 : shape[shape.size() - 2];
  return {.planes = input.elements() / (rows * columns), .rows = rows, .columns = columns};
}

}  // namespace partita::analyze
