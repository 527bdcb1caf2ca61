#include "models/sweep/point_seed.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string>

#include "models/sweep/measure.h"

namespace partita {

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::uint64_t splitmix64(std::uint64_t state) {
  state += 0x9e3779b97f4a7c15;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
  return state ^ (state >> 31);
}

std::uint64_t option_hash(std::string_view name, std::string_view text) {
  if (const auto read = read_measured(text)) {
    return option_hash(name, read->number, read->measure->unit);
  }
  if (text == "false") return 0;
  return splitmix64(fnv1a(fmt::format("{}={}", name, text)));
}

std::uint64_t option_hash(std::string_view name, double number, std::string_view unit) {
  std::array<char, 32> digits;
  const char* const end = std::to_chars(digits.begin(), digits.end(), number).ptr;  // the shortest
  std::string line;
  line.reserve(name.size() + digits.size() + unit.size() + 2);
  line.append(name).append("=").append(digits.data(),
                                       static_cast<std::size_t>(end - digits.data()));
  if (!unit.empty()) line.append(" ").append(unit);
  return splitmix64(fnv1a(line));
}

std::uint64_t point_seed(std::uint64_t sweep_seed, std::uint64_t point, std::size_t repetition) {
  return splitmix64(splitmix64(splitmix64(sweep_seed) ^ point) + repetition) >> 1;
}

}  // namespace partita
