// Which layers are collectives, whatever kind of network they are in.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "models/network/network.h"

namespace partita {

// A layer of a costed graph says it with this attribute, whose text is one of the names below.
inline constexpr const char* kCollectiveAttribute = "collective";

constexpr std::array<std::string_view, 7> kCollectiveNames{
    "all_reduce", "reduce_scatter", "all_gather", "all_to_all", "broadcast", "gather", "scatter"};

constexpr OpKind collective_at(std::size_t name) {
  return static_cast<OpKind>(static_cast<std::size_t>(OpKind::AllReduce) + name);
}
constexpr std::string_view collective_name(OpKind kind) {
  return kCollectiveNames[static_cast<std::size_t>(kind) -
                          static_cast<std::size_t>(OpKind::AllReduce)];
}

inline std::optional<OpKind> collective_of(const Layer& layer) {
  if (is_collective(layer.kind)) return layer.kind;
  if (!layer.attributes.has(kCollectiveAttribute)) return std::nullopt;
  const std::string& name = layer.attributes.text(kCollectiveAttribute);
  for (std::size_t i = 0; i < kCollectiveNames.size(); ++i) {
    if (kCollectiveNames[i] == name) return collective_at(i);
  }
  return std::nullopt;
}

// Whether one participant alone brings an operand, or gets a result.
constexpr bool comes_from_one(OpKind kind) {
  return kind == OpKind::Broadcast || kind == OpKind::ScatterFromOne;
}
constexpr bool goes_to_one(OpKind kind) { return kind == OpKind::GatherToOne; }

// What it exchanges: its operands without the weights that a costed graph may give it.
inline std::vector<TensorId> collective_operands(const Network& network, const Layer& layer) {
  std::vector<TensorId> operands;
  for (const TensorId id : layer.inputs) {
    if (network.tensor(id).kind != TensorKind::Weight) operands.push_back(id);
  }
  return operands;
}

}  // namespace partita
