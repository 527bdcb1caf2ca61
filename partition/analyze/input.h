// What a network is given: an image, a tensor, token ids, or sound, as numbers in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "models/base/units.h"

namespace partita::analyze {

enum class InputKind { Image, Tensor, Tokens, Audio };
std::string_view to_string(InputKind kind);  // "image", "tensor", ...
std::optional<InputKind> input_kind_named(std::string_view name);

enum class ElementType { Bool, U8, I8, U16, I16, U32, I32, U64, I64, F16, F32, F64 };
std::string_view to_string(ElementType type);  // as numpy has it: "uint8", "float32", ...
std::size_t width_of(ElementType type);        // bytes
bool is_integer(ElementType type);             // Bool is none

// An IEEE 754 half: GCC 12 has no such type in C++.
struct Half {
  std::uint16_t bits = 0;
};

// Row-major, in the byte order of this machine, aligned to its elements.
//
// Shapes: image {height, width, channels}; audio {frames, channels}; tokens {length} or
// {sequences, length}; a tensor has any.
// Only read_input() and tests make one: elements of the shape x width of the type = data.size(),
// no axis is 0, and token ids are of type I32, 0 .. kMostTokenId.
struct Input {
  InputKind kind = InputKind::Tensor;
  ElementType type = ElementType::U8;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;
  std::shared_ptr<const void> owner;  // of the data
  Bytes stored;                       // size of the file
  double sample_rate = 0;             // of audio, Hz

  std::int64_t elements() const;
};

// The largest vocabularies have some 2^18 entries.
inline constexpr std::int64_t kMostTokenId = (1 << 24) - 1;

// How elements neighbour each other: `planes` of `rows` x `columns` items; an item is `step`
// elements that belong together (the channels of a pixel, of a frame of sound).
struct Layout {
  std::int64_t planes = 1, rows = 1, columns = 1, step = 1;

  std::int64_t items() const { return planes * rows * columns; }
  std::int64_t row_length() const { return columns * step; }  // elements
};
Layout layout_of(const Input& input);

}  // namespace partita::analyze
