#include "partition/runtime/relocation_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "partition/problem/candidates.h"

namespace partita {

RelocationPlanner::RelocationPlanner(const Network& network, const Hardware& hardware,
                                     bool host_keeps_weights)
    : network_(network),
      hardware_(hardware),
      keeper_(host_keeps_weights ? hardware.host() : std::nullopt),
      move_cost_(network, hardware) {
  for (const LayerId layer : network.layers()) weights_.push_back(weights_of(network, layer));
}

std::vector<WeightPlace> RelocationPlanner::in_order(const Configuration& configuration) const {
  std::vector<WeightPlace> order;
  WeightSet seen(network_, hardware_);
  const auto take = [&](const WeightPlace& place) {
    if (seen.add(place)) order.push_back(place);
  };
  for (const LayerId layer : network_.layers()) {
    for (const auto& plan : configuration.plans) {
      const MemoryId memory = hardware_.processors()[plan->processor(layer)].memory;
      for (const TensorId weight : weights_[layer]) {
        take({weight, plan->read_from(weight, memory)});
      }
    }
  }
  for (const WeightPlace& place : configuration.also) take(place);
  if (keeper_) {
    for (const auto& weights : weights_) {
      for (const TensorId weight : weights) take({weight, *keeper_});
    }
  }
  return order;
}

WeightSet RelocationPlanner::needed_by(const Configuration& configuration) const {
  WeightSet needed(network_, hardware_);
  for (const WeightPlace& place : in_order(configuration)) needed.add(place);
  return needed;
}

void RelocationPlanner::add_needs(const Plan& plan, WeightSet& to) const {
  for (const LayerId layer : network_.layers()) {
    const MemoryId memory = hardware_.processors()[plan.processor(layer)].memory;
    for (const TensorId weight : weights_[layer]) to.add({weight, plan.read_from(weight, memory)});
  }
}

bool RelocationPlanner::has_needs(const Plan& plan, const WeightSet& in) const {
  for (const LayerId layer : network_.layers()) {
    const MemoryId memory = hardware_.processors()[plan.processor(layer)].memory;
    for (const TensorId weight : weights_[layer]) {
      if (!in.has(weight, plan.read_from(weight, memory))) return false;
    }
  }
  return true;
}

bool RelocationPlanner::can_be_made(const Move& move,
                                    const IdVector<ProcessorId, bool>& present) const {
  const Route* route = hardware_.route(move.src, move.dst);
  if (route == nullptr || network_.tensor(move.weight).transfer_time) return true;
  return std::ranges::all_of(
      *route, [&](const Leg& leg) { return leg.engine || !leg.copier || present[*leg.copier]; });
}

bool RelocationPlanner::can_be_made(const Relocation& relocation,
                                    const IdVector<ProcessorId, bool>& present) const {
  return std::ranges::all_of(relocation.moves,
                             [&](const Move& move) { return can_be_made(move, present); });
}

std::optional<MemoryId> RelocationPlanner::nearest(
    const WeightSet& from, const WeightPlace& missing,
    const IdVector<ProcessorId, bool>* present) const {
  std::optional<MemoryId> best;
  Time least{0};
  for (const MemoryId src : ids<MemoryId>(hardware_.memories().size())) {
    if (!from.has(missing.weight, src)) continue;
    if (present != nullptr && !can_be_made({missing.weight, src, missing.memory}, *present)) {
      continue;
    }
    const auto time = move_cost_.alone(missing.weight, src, missing.memory);
    if (time && (!best || *time < least)) best = src, least = *time;
  }
  return best;
}

RelocationPlanner::Cost RelocationPlanner::cost(const WeightSet& from, const WeightSet& to) const {
  Cost cost;
  bool reachable = true;
  move_cost_.clear();
  to.for_each([&](const WeightPlace& place) {
    if (from.has(place)) return;
    cost.bytes += network_.tensor(place.weight).size;
    const auto src = nearest(from, place, nullptr);
    if (src) move_cost_.add(place.weight, *src, place.memory);
    reachable = reachable && src;
  });
  if (reachable) cost.time = move_cost_.together();
  return cost;
}

void RelocationPlanner::add_room(const Move& move, IdVector<MemoryId, Bytes>& to) const {
  const Tensor& tensor = network_.tensor(move.weight);
  to[move.dst] += tensor.size;
  const Route* route = hardware_.route(move.src, move.dst);
  if (route == nullptr || tensor.transfer_time) return;
  for (const Leg& leg : *route) {
    if (leg.dst != move.dst) to[leg.dst] += tensor.size;
  }
}

std::string RelocationPlanner::no_way(const WeightPlace& missing) const {
  return fmt::format("weight {} has no way to memory {}", network_.tensor(missing.weight).name,
                     hardware_.memories()[missing.memory].name);
}

std::string RelocationPlanner::too_full(const IdVector<MemoryId, Bytes>& held) const {
  for (const MemoryId id : ids<MemoryId>(held.size())) {
    const MemorySpec& memory = hardware_.memories()[id];
    if (held[id] <= memory.capacity) continue;
    return fmt::format("memory {} would hold {}, {} more than its {}", memory.name,
                       to_string(held[id]), to_string(held[id] - memory.capacity),
                       to_string(memory.capacity));
  }
  return "";
}

std::variant<Migration, NoMigration> RelocationPlanner::beside(const Now& now,
                                                               const WeightSet& kept,
                                                               const Configuration& wanted) const {
  const std::vector<WeightPlace> needed = in_order(wanted);
  WeightSet stays(network_, hardware_);
  Relocation step;
  Migration migration;
  IdVector<MemoryId, Bytes> held = now.activations;
  move_cost_.clear();
  for (const WeightPlace& place : needed) {
    if (now.resident.has(place)) {
      stays.add(place);
      continue;
    }
    const auto src = nearest(now.resident, place, &now.present);
    if (!src) return NoMigration{no_way(place)};
    stays.add({place.weight, *src});
    step.moves.push_back({place.weight, *src, place.memory});
    add_room(step.moves.back(), held);
    migration.bytes += network_.tensor(place.weight).size;
    move_cost_.add(place.weight, *src, place.memory);
  }
  now.resident.for_each([&](const WeightPlace& place) {
    if (!kept.has(place) && !stays.has(place)) {
      step.drops.push_back(place);
    } else {
      held[place.memory] += network_.tensor(place.weight).size;
    }
  });
  if (std::string reason = too_full(held); !reason.empty()) return NoMigration{reason};
  migration.cost = move_cost_.together();
  migration.steps.push_back(std::move(step));
  return migration;
}

std::variant<Migration, NoMigration> RelocationPlanner::in_steps(
    const Now& now, const Configuration& wanted) const {
  const std::vector<WeightPlace> order = in_order(wanted);
  WeightSet needed(network_, hardware_);
  for (const WeightPlace& place : order) needed.add(place);
  IdVector<MemoryId, Bytes> held = now.activations;
  for (const MemoryId id : ids<MemoryId>(held.size())) held[id] += needed.bytes(id);
  if (std::string reason = too_full(held); !reason.empty()) return NoMigration{reason};

  Migration migration;
  WeightSet resident = now.resident;
  std::vector<WeightPlace> missing;
  std::ranges::copy_if(order, std::back_inserter(missing),
                       [&](const WeightPlace& place) { return !resident.has(place); });
  do {
    std::vector<Move> moves;  // all that are left, from where they would come now
    WeightSet sources(network_, hardware_);
    for (const WeightPlace& place : missing) {
      const auto src = nearest(resident, place, &now.present);
      if (!src) return NoMigration{no_way(place)};
      sources.add({place.weight, *src});
      moves.push_back({place.weight, *src, place.memory});
    }
    Relocation step;
    resident.for_each([&](const WeightPlace& place) {
      if (!needed.has(place) && !sources.has(place)) step.drops.push_back(place);
    });
    for (const WeightPlace& place : step.drops) resident.remove(place);
    for (const MemoryId id : ids<MemoryId>(held.size())) held[id] = resident.bytes(id);
    missing.clear();
    move_cost_.clear();
    std::string full;
    for (const Move& move : moves) {
      IdVector<MemoryId, Bytes> with = held;
      add_room(move, with);
      if (std::string reason = too_full(with); !reason.empty()) {
        if (full.empty()) full = std::move(reason);
        missing.push_back({move.weight, move.dst});
        continue;
      }
      held = std::move(with);
      step.moves.push_back(move);
      migration.bytes += network_.tensor(move.weight).size;
      move_cost_.add(move.weight, move.src, move.dst);
    }
    if (step.moves.empty() && !missing.empty()) return NoMigration{full};
    for (const Move& move : step.moves) resident.add({move.weight, move.dst});
    migration.cost += move_cost_.together();
    migration.steps.push_back(std::move(step));
  } while (!missing.empty());
  return migration;
}

}  // namespace partita
