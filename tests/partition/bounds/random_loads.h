// Small random load models.
#pragma once

#include <algorithm>
#include <set>

#include "models/base/random.h"
#include "partition/loads/load_model.h"

namespace partita::test {

struct LoadShape {
  std::size_t items = 5, devices = 3;
  bool alike = false;    // all devices the same, but the last, which is a slow one that pays nothing
  bool together = false;  // some devices share a place
};

// Each device has a resource for its work, and all share one that takes a part of what is sent.
inline loads::LoadModel random_loads(const LoadShape& shape, Random& random) {
  using namespace loads;
  LoadModel model;
  const auto amount = [&](std::size_t most) {
    return static_cast<std::int64_t>(random.below(most + 1));
  };
  const std::size_t places = shape.together ? (shape.devices + 1) / 2 : shape.devices;
  for (std::size_t place = 0; place < places; ++place) model.places.push_back({"p", std::nullopt});
  for (std::size_t device = 0; device < shape.devices; ++device) {
    model.resources.push_back("r");
    model.devices.push_back({"d", PlaceId(device % places)});
  }
  const ResourceId shared = model.resources.push_back("bus");
  for (std::size_t i = 0; i < shape.items; ++i) {
    Item item{.name = "i", .options = {}, .size = {}};
    const std::int64_t alike = amount(20);
    const std::size_t sure = random.below(shape.devices);
    for (std::size_t d = 0; d < shape.devices; ++d) {
      if (!shape.alike && d != sure && random.one_in(4)) continue;
      const bool slow = shape.alike && d + 1 == shape.devices;
      item.options.push_back(
          {DeviceId(d), {{ResourceId(d), slow ? 4 * alike : shape.alike ? alike : amount(20)}}});
    }
    model.items.push_back(std::move(item));
  }
  const std::size_t nets = random.below(shape.items + 3);
  for (std::size_t n = 0; n < nets && shape.items > 1; ++n) {
    Tariff tariff;
    const std::int64_t alike = amount(8);
    const bool on_bus = random.one_in(2);
    for (std::size_t from = 0; from < shape.devices; ++from) {
      const auto paid = [&](std::size_t device) {
        if (shape.alike && device + 1 == shape.devices) return Uses{};
        Uses uses{{ResourceId(device), shape.alike ? alike : amount(8)}};
        if (on_bus) uses.push_back({shared, amount(2)});
        return uses;
      };
      tariff.once.push_back(paid(from));
      tariff.each.push_back({});
      for (std::size_t place = 0; place < places; ++place) {
        const bool stays = place == from % places;
        tariff.each[DeviceId(from)].push_back(stays ? Uses{} : paid(place));
      }
    }
    model.tariffs.push_back(std::move(tariff));
    const auto producer = ItemId(random.below(shape.items));
    std::set<ItemId> consumers;
    for (std::size_t i = 1 + random.below(3); i > 0; --i)
      consumers.insert(ItemId(random.below(shape.items)));
    consumers.erase(producer);
    if (consumers.empty()) consumers.insert(ItemId((index(producer) + 1) % shape.items));
    model.nets.push_back({producer, {consumers.begin(), consumers.end()}, TariffId(n)});
  }
  return model;
}

// The least largest load of all assignments.
inline std::int64_t brute_force(const loads::LoadModel& model) {
  using namespace loads;
  std::vector<std::size_t> choice(model.items.size(), 0);
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (;;) {
    Assignment assignment(model.items.size());
    for (const ItemId item : ids<ItemId>(model.items.size()))
      assignment[item] = model.items[item].options[choice[index(item)]].device;
    best = std::min(best, loads_of(model, assignment).value);
    std::size_t at = 0;
    while (at < choice.size() && ++choice[at] == model.items[ItemId(at)].options.size())
      choice[at++] = 0;
    if (at == choice.size()) return best;
  }
}

}  // namespace partita::test
