#include "partition/analyze/npy_header.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <optional>

namespace partita::analyze {
namespace {

struct TypeCode {
  std::string_view code;
  ElementType type;
};
constexpr std::array kCodes{
    TypeCode{"b1", ElementType::Bool}, TypeCode{"u1", ElementType::U8},
    TypeCode{"i1", ElementType::I8},   TypeCode{"u2", ElementType::U16},
    TypeCode{"i2", ElementType::I16},  TypeCode{"u4", ElementType::U32},
    TypeCode{"i4", ElementType::I32},  TypeCode{"u8", ElementType::U64},
    TypeCode{"i8", ElementType::I64},  TypeCode{"f2", ElementType::F16},
    TypeCode{"f4", ElementType::F32},  TypeCode{"f8", ElementType::F64},
};

// Reads the literal of a Python dict that numpy writes: strings, True and False, tuples of numbers.
class Literal {
 public:
  Literal(const MappedFile& file, std::string_view text) : file_(file), rest_(text) {}

  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char c) {
    if (!take(c)) fail(fmt::format("a '{}'", c));
  }
  std::string_view string() {
    skip_space();
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) fail("a string");
    const std::size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) fail("the end of a string");
    const std::string_view found = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return found;
  }
  bool boolean() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (rest_.substr(0, word.size()) == word) {
        rest_.remove_prefix(word.size());
        return value;
      }
    }
    fail("True or False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> items;
    need('(');
    while (!take(')')) {
      skip_space();
      std::int64_t item = 0;
      const auto [end, failed] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), item);
      if (failed != std::errc{} || item < 0) fail("an extent");
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      take('L');  // Python 2 wrote long integers so
      items.push_back(item);
      if (!take(',')) {
        need(')');
        break;
      }
    }
    return items;
  }
  [[noreturn]] void fail(std::string_view expected) const {
    file_.refuse(fmt::format("its .npy header has '{}' where {} is expected",
                             printable(rest_.substr(0, 20)), expected));
  }

 private:
  static std::string printable(std::string_view text) {
    std::string shown;
    for (const char c : text) {
      const bool plain = c >= 0x20 && c < 0x7f;
      shown += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return shown;
  }
  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n'))
      rest_.remove_prefix(1);
  }

  const MappedFile& file_;
  std::string_view rest_;
};

// The text of the header; sets its size with all that stands before the elements.
std::string_view header_text(const MappedFile& file, std::size_t& size) {
  const auto bytes = file.bytes();
  const auto byte = [&](std::size_t at) { return std::to_integer<std::size_t>(bytes[at]); };
  constexpr std::size_t kVersion = 6, kLength = 8;
  if (bytes.size() < kLength + 2) file.refuse("ends in its .npy header");
  const std::size_t version = byte(kVersion);
  if (version < 1 || version > 3) {
    file.refuse(fmt::format("is .npy of version {}: expected 1 to 3", version));
  }
  const std::size_t width = version == 1 ? 2 : 4;
  if (bytes.size() < kLength + width) file.refuse("ends in its .npy header");
  std::size_t length = 0;
  for (std::size_t i = 0; i < width; ++i) length |= byte(kLength + i) << (8 * i);
  size = kLength + width + length;
  if (size > bytes.size()) file.refuse("ends in its .npy header");
  return file.text().substr(kLength + width, length);
}

void read_type(const MappedFile& file, std::string_view written, NpyHeader& header) {
  const char order = written.empty() ? ' ' : written.front();
  const std::string_view code = written.substr(written.empty() ? 0 : 1);
  for (const TypeCode& known : kCodes) {
    if (known.code != code || std::string_view("<>|=").find(order) == std::string_view::npos)
      continue;
    header.type = known.type;
    const bool little = std::endian::native == std::endian::little;
    header.swapped = width_of(known.type) > 1 && order == (little ? '>' : '<');
    return;
  }
  file.refuse(fmt::format(
      "holds elements of type '{}': expected b1, i1 to i8, u1 to u8, f2, f4 or f8", written));
}

}  // namespace

NpyHeader read_npy_header(const MappedFile& file) {
  NpyHeader header;
  Literal literal(file, header_text(file, header.size));
  bool has_type = false, has_order = false, has_shape = false;
  literal.need('{');
  while (!literal.take('}')) {
    const std::string_view key = literal.string();
    literal.need(':');
    if (key == "descr" && !has_type) {
      has_type = true;
      if (literal.take('[')) file.refuse("holds records (several fields an element)");
      read_type(file, literal.string(), header);
    } else if (key == "fortran_order" && !has_order) {
      has_order = true;
      if (literal.boolean()) {
        file.refuse("is in Fortran order: save numpy.ascontiguousarray(array) instead");
      }
    } else if (key == "shape" && !has_shape) {
      has_shape = true;
      header.shape = literal.tuple();
    } else {
      literal.fail("'descr', 'fortran_order' or 'shape', each once,");
    }
    if (!literal.take(',')) {
      literal.need('}');
      break;
    }
  }
  if (!has_type || !has_order || !has_shape) {
    file.refuse("its .npy header needs 'descr', 'fortran_order' and 'shape'");
  }
  return header;
}

}  // namespace partita::analyze
