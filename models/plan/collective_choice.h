// How the processors that take part in a collective do it.
#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace partita {

enum class CollectiveAlgorithm : std::uint8_t { Central, Ring, Tree, Direct, InSwitch };
constexpr std::array<std::string_view, 5> kCollectiveAlgorithms{"central", "ring", "tree", "direct",
                                                                "in_switch"};

// Central is what a plan means that says nothing: the layer runs on the processor that it is placed
// on. The others are made of steps (models/collectives).
struct CollectiveChoice {
  CollectiveAlgorithm algorithm = CollectiveAlgorithm::Central;
  int pieces = 1;  // that what is sent at once is cut into, to overlap sending with adding up
  friend auto operator<=>(const CollectiveChoice&, const CollectiveChoice&) = default;
};
constexpr int kMostPieces = 1024;

// "ring" or, in four pieces, "ring/4".
std::string to_string(const CollectiveChoice& choice);
std::optional<CollectiveChoice> collective_choice_from(const std::string& text);
// What may be written, for messages.
std::string known_collective_choices();

}  // namespace partita
