// Binary PPM and PGM: netpbm's own documents, ppm(5) and pgm(5).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "partition/analyze/readers.h"

namespace partita::analyze {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

// The next number of the header, behind white space and comments; `at` moves behind it.
std::int64_t next_number(const MappedFile& file, std::size_t& at, std::string_view what,
                         std::int64_t most) {
  const std::string_view text = file.text();
  while (at < text.size() && (is_space(text[at]) || text[at] == '#')) {
    if (text[at] == '#') {
      while (at < text.size() && text[at] != '\n') ++at;
    } else {
      ++at;
    }
  }
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, failed] = std::from_chars(text.data() + at, end, value);
  if (at == text.size()) file.refuse(fmt::format("ends in its header, before the {}", what));
  if (failed != std::errc{} || value < 1 || value > most) {
    const auto length = static_cast<std::size_t>(std::find_if(text.data() + at, end, is_space) -
                                                 (text.data() + at));
    file.refuse(fmt::format("its {} is '{}': expected 1 to {}", what,
                            text.substr(at, std::min<std::size_t>(length, 20)), most));
  }
  at = static_cast<std::size_t>(behind - text.data());
  return value;
}

}  // namespace

Input read_pnm(const File& file) {
  const std::string_view text = file->text();
  if (text[1] != '5' && text[1] != '6') {
    file->refuse(
        fmt::format("is of the kind {}: only P5 (PGM) and P6 (PPM) are read", text.substr(0, 2)));
  }
  const std::int64_t channels = text[1] == '6' ? 3 : 1;
  std::size_t at = 2;
  const std::int64_t width = next_number(*file, at, "width", INT32_MAX);
  const std::int64_t height = next_number(*file, at, "height", INT32_MAX);
  const std::int64_t most = next_number(*file, at, "largest value", 65535);
  if (at == text.size() || !is_space(text[at])) file->refuse("ends in its header");
  ++at;
  const std::int64_t bytes_each = most > 255 ? 2 : 1;
  check_decoded_size(*file, height, width, channels * bytes_each);
  const auto wanted = static_cast<std::size_t>(width * height * channels * bytes_each);
  const auto data = file->bytes().subspan(at);
  if (data.size() != wanted) {
    file->refuse(fmt::format("has {} bytes of pixels: {} x {} pixels need {}", data.size(), width,
                             height, wanted));
  }
  std::vector<std::int64_t> shape{height, width, channels};
  if (bytes_each == 1) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(data.data());
    return input_of(InputKind::Image, ElementType::U8, std::move(shape),
                    std::vector<std::uint8_t>(first, first + wanted), *file);
  }
  std::vector<std::uint16_t> values(wanted / 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<std::uint16_t>(std::to_integer<int>(data[2 * i]) << 8 |
                                           std::to_integer<int>(data[2 * i + 1]));
  }
  return input_of(InputKind::Image, ElementType::U16, std::move(shape), std::move(values), *file);
}

}  // namespace partita::analyze
