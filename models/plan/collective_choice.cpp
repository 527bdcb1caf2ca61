#include "models/plan/collective_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace partita {

std::string to_string(const CollectiveChoice& choice) {
  const auto name = kCollectiveAlgorithms[static_cast<std::size_t>(choice.algorithm)];
  return choice.pieces == 1 ? std::string{name} : fmt::format("{}/{}", name, choice.pieces);
}

std::optional<CollectiveChoice> collective_choice_from(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto found = std::find(kCollectiveAlgorithms.begin(), kCollectiveAlgorithms.end(),
                               std::string_view{text}.substr(0, slash));
  if (found == kCollectiveAlgorithms.end()) return std::nullopt;
  CollectiveChoice choice;
  choice.algorithm =
      static_cast<CollectiveAlgorithm>(std::distance(kCollectiveAlgorithms.begin(), found));
  if (slash == std::string::npos) return choice;
  const char *const first = text.data() + slash + 1, *const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, choice.pieces);
  if (error != std::errc{} || end != last || choice.pieces < 1 || choice.pieces > kMostPieces) {
    return std::nullopt;
  }
  return choice;
}

std::string known_collective_choices() {
  return fmt::format("{}; in pieces, up to {}: ring/4", fmt::join(kCollectiveAlgorithms, ", "),
                     kMostPieces);
}

}  // namespace partita
