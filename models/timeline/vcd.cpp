#include "models/timeline/vcd.h"

#include <fmt/format.h>

#include <bit>
#include <cctype>
#include <map>

namespace partita {
namespace {

// Short names of printable characters, as the format wants them: "!", "\"", ..., "!!", ...
std::string identifier(std::size_t number) {
  constexpr std::size_t kFirst = 33, kCount = 94;
  std::string text;
  for (std::size_t rest = number + 1; rest > 0; rest = (rest - 1) / kCount) {
    text += static_cast<char>(kFirst + (rest - 1) % kCount);
  }
  return text;
}

std::string reference(const Signal& signal) {
  std::string text;
  for (const char c : signal.name + "_" + signal.unit) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '>' || c == '<') {
      text += c == '>' ? "_forth" : "_back";
    } else {
      text += std::isalnum(byte) != 0 ? c : '_';
    }
  }
  return text;
}

std::string binary(std::int64_t value) {
  if (value == 0) return "0";
  std::string text;
  for (int bit = std::bit_width(static_cast<std::uint64_t>(value)); bit-- > 0;) {
    text += ((static_cast<std::uint64_t>(value) >> bit) & 1) != 0 ? '1' : '0';
  }
  return text;
}

}  // namespace

std::string value_change_dump(const std::vector<Signal>& signals, Time until) {
  std::string text = "$version Partita $end\n$timescale 1 ps $end\n";
  std::string scope;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    if (signals[i].group != scope) {
      if (!scope.empty()) text += "$upscope $end\n";
      scope = signals[i].group;
      text += fmt::format("$scope module {} $end\n", scope);
    }
    text += fmt::format("$var wire 64 {} {} $end\n", identifier(i), reference(signals[i]));
  }
  if (!scope.empty()) text += "$upscope $end\n";
  text += "$enddefinitions $end\n";

  // By time, then in the order of signals. All begin at 0.
  std::map<Time, std::string> changes;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    if (signals[i].values.at(Time{0}) == 0)
      changes[Time{0}] += fmt::format("b0 {}\n", identifier(i));
    for (const Series::Point& point : signals[i].values.points()) {
      if (point.at > until) break;
      changes[point.at] += fmt::format("b{} {}\n", binary(point.value), identifier(i));
    }
  }
  changes[until];
  for (const auto& [at, lines] : changes) text += fmt::format("#{}\n{}", at.count(), lines);
  return text;
}

}  // namespace partita
