// NumPy's own file of one array: NEP 1, and numpy.lib.format for versions 2 and 3.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

#include "partition/analyze/npy_header.h"
#include "partition/analyze/readers.h"

namespace partita::analyze {
namespace {

std::vector<std::byte> swapped(std::span<const std::byte> data, std::size_t width) {
  std::vector<std::byte> turned(data.begin(), data.end());
  for (std::size_t i = 0; i < turned.size(); i += width) {
    std::reverse(turned.begin() + static_cast<std::ptrdiff_t>(i),
                 turned.begin() + static_cast<std::ptrdiff_t>(i + width));
  }
  return turned;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

// Token ids as int32.
Input to_tokens(const Input& input, const MappedFile& file) {
  std::vector<std::int32_t> ids(static_cast<std::size_t>(input.elements()));
  std::size_t wrong = 0, first_wrong = 0;
  std::string first;
  with_elements(input, [&](auto all) {
    if constexpr (!kIsFloat<typename decltype(all)::value_type>) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (std::cmp_less(all[i], 0) || std::cmp_greater(all[i], kMostTokenId)) {
          if (wrong++ == 0) first_wrong = i, first = fmt::format("{}", all[i]);
        } else {
          ids[i] = static_cast<std::int32_t>(all[i]);
        }
      }
    }
  });
  if (wrong > 0) {
    file.refuse(fmt::format(
        "{} of its {} elements are no token ids, the first is {} at element {}: expected 0 to {} "
        "(--as tensor takes them as numbers)",
        wrong, ids.size(), first, first_wrong, kMostTokenId));
  }
  return input_of(InputKind::Tokens, ElementType::I32, input.shape, std::move(ids), file);
}

bool is_image(const Input& input) {
  const auto& shape = input.shape;
  const bool type = input.type == ElementType::U8 || input.type == ElementType::U16;
  return type && (shape.size() == 2 || (shape.size() == 3 && shape[2] <= 4));
}

}  // namespace

Input read_npy(const File& file, std::optional<InputKind> as) {
  const NpyHeader header = read_npy_header(*file);
  const std::size_t width = width_of(header.type);
  const auto left = file->bytes().subspan(header.size);
  // Extents are divided, not multiplied: their product may be any size.
  std::size_t room = left.size() / width;
  for (const std::int64_t extent : header.shape) {
    if (extent == 0) {
      file->refuse(fmt::format("holds no elements: its shape is {}", shape_text(header.shape)));
    }
    room /= static_cast<std::size_t>(extent);
  }
  Input input;
  input.type = header.type;
  input.shape = header.shape;
  input.stored = Bytes{static_cast<std::int64_t>(file->bytes().size())};
  if (room == 0 || static_cast<std::size_t>(input.elements()) * width != left.size()) {
    file->refuse(fmt::format("has {} bytes of elements: that is no {} of the shape {}", left.size(),
                             to_string(header.type), shape_text(header.shape)));
  }
  const bool aligned = reinterpret_cast<std::uintptr_t>(left.data()) % width == 0;
  if (aligned && !header.swapped) {
    input.data = left;
    input.owner = file;
  } else {
    const auto copy = std::make_shared<const std::vector<std::byte>>(
        header.swapped ? swapped(left, width) : std::vector<std::byte>(left.begin(), left.end()));
    input.data = *copy;
    input.owner = copy;
  }
  if (header.type == ElementType::Bool &&
      std::any_of(input.data.begin(), input.data.end(),
                  [](std::byte b) { return b > std::byte{1}; })) {
    file->refuse("holds bools that are neither 0 nor 1");
  }
  const bool integer = is_integer(header.type);
  const bool like_tokens =
      integer && width >= 4 && (input.shape.size() == 1 || input.shape.size() == 2);
  if (as ? *as == InputKind::Tokens && integer && !input.shape.empty() : like_tokens) {
    return to_tokens(input, *file);
  }
  if (as == InputKind::Image && is_image(input)) {
    if (input.shape.size() == 2) input.shape.push_back(1);
    input.kind = InputKind::Image;
  }
  return input;
}

}  // namespace partita::analyze
