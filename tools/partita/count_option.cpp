#include "tools/partita/count_option.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <optional>
#include <system_error>

namespace partita::command {
namespace {

template <class Number>
std::optional<Number> read(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::function<std::string(const std::string&)> whole_number_from(std::int64_t least) {
  return [least](const std::string& text) -> std::string {
    const auto number = read<std::int64_t>(text);
    if (number && *number >= least) return {};
    return fmt::format("'{}' is no whole number from {} to {}", text, least,
                       std::numeric_limits<std::int64_t>::max());
  };
}

std::string above_zero(const std::string& text) {
  const auto number = read<double>(text);
  if (number && *number > 0 && *number <= std::numeric_limits<double>::max()) return {};
  return fmt::format("'{}' is no number above 0", text);
}

}  // namespace partita::command
