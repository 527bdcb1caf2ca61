#include "partition/loads/load_model.h"

#include <algorithm>

namespace partita::loads {
namespace {

void add(const Uses& uses, IdVector<ResourceId, std::int64_t>& loads) {
  for (const Use& use : uses) loads[use.resource] += use.amount;
}

// The places of these items, ascending, each once.
std::vector<PlaceId> places_of(const LoadModel& model, const Assignment& assignment,
                               const std::vector<ItemId>& items) {
  std::vector<PlaceId> places;
  for (const ItemId item : items) places.push_back(model.devices[assignment[item]].place);
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

}  // namespace

bool is_assignment(const LoadModel& model, const Assignment& assignment) {
  for (const ItemId item : ids<ItemId>(model.items.size())) {
    const auto& options = model.items[item].options;
    const bool known = std::any_of(options.begin(), options.end(), [&](const auto& option) {
      return option.device == assignment[item];
    });
    if (!known) return false;
  }
  return true;
}

Loads loads_of(const LoadModel& model, const Assignment& assignment) {
  Loads found;
  found.of.assign(model.resources.size(), 0);
  found.held.assign(model.places.size(), 0);
  IdVector<PlaceId, std::int64_t> beside(model.places.size(), 0);
  for (const ItemId item : ids<ItemId>(model.items.size())) {
    const auto& options = model.items[item].options;
    const auto option = std::find_if(options.begin(), options.end(), [&](const auto& candidate) {
      return candidate.device == assignment[item];
    });
    add(option->uses, found.of);
    const PlaceId place = model.devices[assignment[item]].place;
    found.held[place] += model.items[item].size.value;
    beside[place] = std::max(beside[place], model.items[item].beside.value);
  }
  for (const Net& net : model.nets) {
    const DeviceId from = assignment[net.producer];
    const Tariff& tariff = model.tariffs[net.tariff];
    bool leaves = false;
    for (const PlaceId place : places_of(model, assignment, net.consumers)) {
      if (place == model.devices[from].place) continue;
      leaves = true;
      add(tariff.each[from][place], found.of);
    }
    if (leaves) add(tariff.once[from], found.of);
  }
  for (const Holding& holding : model.holdings) {
    for (const PlaceId place : places_of(model, assignment, holding.users))
      found.held[place] += holding.size.value;
  }
  for (const PlaceId place : ids<PlaceId>(model.places.size())) found.held[place] += beside[place];
  found.value = *std::max_element(found.of.begin(), found.of.end());
  for (const PlaceId place : ids<PlaceId>(model.places.size())) {
    if (const auto capacity = model.places[place].capacity)
      found.excess += std::max<std::int64_t>(0, found.held[place] - capacity->value);
  }
  if (model.ordered) {
    for (const auto& arc : model.arcs)
      found.broken_arcs += assignment[arc.from] > assignment[arc.to] ? 1 : 0;
  }
  return found;
}

}  // namespace partita::loads
