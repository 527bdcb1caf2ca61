#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "partition/analyze/readers.h"

namespace partita::analyze {
namespace {

// The first ones say what is wrong; a file that is something else has as many as it has words.
constexpr std::size_t kMostMistakes = 100;

bool is_between(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == ',';
}

}  // namespace

Input read_token_text(const File& file) {
  const std::string_view text = file->text();
  const char *at = text.data(), *const end = at + text.size(), *line_begin = at;
  int line = 1;
  std::vector<std::int32_t> ids;
  Diagnostics mistakes;
  while (at < end && mistakes.found().size() < kMostMistakes) {
    if (is_between(*at)) {
      if (*at == '\n') {
        ++line;
        line_begin = at + 1;
      }
      ++at;
      continue;
    }
    std::int32_t id = 0;
    const auto [behind, failed] = std::from_chars(at, end, id);
    if (failed == std::errc{} && (behind == end || is_between(*behind)) && id >= 0 &&
        id <= kMostTokenId) {
      ids.push_back(id);
      at = behind;
      continue;
    }
    const char* const word_end = std::find_if(at, end, is_between);
    const std::string_view word(
        at, static_cast<std::size_t>(std::min<std::ptrdiff_t>(word_end - at, 40)));
    mistakes.error({file->name(), line, static_cast<int>(at - line_begin) + 1},
                   fmt::format("'{}' is no token id: expected a whole number from 0 to {}", word,
                               kMostTokenId));
    at = word_end;
  }
  mistakes.throw_if_any();
  if (ids.empty()) file->refuse("holds no token ids, only white space");
  const auto count = static_cast<std::int64_t>(ids.size());
  return input_of(InputKind::Tokens, ElementType::I32, {count}, std::move(ids), *file);
}

}  // namespace partita::analyze
