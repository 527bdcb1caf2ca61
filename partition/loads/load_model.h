// How much each resource of a machine has to do for one of many inferences that stream through: plain
// data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/base/ids.h"
#include "models/base/units.h"

namespace partita::loads {

enum class ItemId : std::uint32_t {};
enum class DeviceId : std::uint32_t {};
enum class PlaceId : std::uint32_t {};
enum class ResourceId : std::uint32_t {};
enum class TariffId : std::uint32_t {};

// So much of a resource's time. Amounts are whole numbers of ticks (LoadModel::ticks), so sums are
// exact in any order.
struct Use {
  ResourceId resource{};
  std::int64_t amount = 0;
  friend bool operator==(const Use&, const Use&) = default;
};
using Uses = std::vector<Use>;

// Layers that sit on one device: one layer, or a group that must stay together.
struct Item {
  struct Option {
    DeviceId device{};
    Uses uses;
  };
  std::string name;
  std::vector<Option> options;  // ascending by device, at least one; no other device can have it
  Bytes size;                   // of what it alone keeps in the memory of its device
  Bytes beside{};               // what it needs there, too, while it works: one item does at a time
};

// Where work is done. Devices of one place share what is in it: nothing is sent between them.
struct Device {
  std::string name;
  PlaceId place{};
};

struct Place {
  std::string name;
  std::optional<Bytes> capacity;  // absent: no limit
};

// What sending one tensor takes, from a device to other places.
struct Tariff {
  // By device of the producer: taken once if any consumer is in another place, however many.
  IdVector<DeviceId, Uses> once;
  // By device of the producer, then by place: taken once for each other place with a consumer.
  IdVector<DeviceId, IdVector<PlaceId, Uses>> each;
};

// One tensor that goes from item to items.
struct Net {
  ItemId producer{};
  std::vector<ItemId> consumers;  // ascending, each once, without the producer; at least one
  TariffId tariff{};              // nets that cost the same share one
};

// What several items keep in memory together: weights that they share. Once in each place with a
// user.
struct Holding {
  Bytes size;
  std::vector<ItemId> users;  // ascending, at least two
};

// Model: with each item on one of its devices, the load of a resource is the sum of what the chosen
//   options and the nets take of it; no inference can follow another faster than the largest load,
//   whatever the order of work. What comes from outside or goes there belongs to an item with a
//   single option that takes nothing.
// Left out: latency, order, and what tensors keep in memory on their way, or while they wait.
struct LoadModel {
  IdVector<ResourceId, std::string> resources;
  IdVector<PlaceId, Place> places;
  IdVector<DeviceId, Device> devices;
  IdVector<ItemId, Item> items;  // in an order along the graph (of each item's first layer)
  IdVector<TariffId, Tariff> tariffs;
  std::vector<Net> nets;
  std::vector<Holding> holdings;

  // Where `ordered`, devices are the stages of a pipeline: along each of these arcs between items the
  // device's number must not fall. Without, they only tell a search what belongs together.
  struct Arc {
    ItemId from{}, to{};
    friend auto operator<=>(const Arc&, const Arc&) = default;
  };
  std::vector<Arc> arcs;
  bool ordered = false;

  std::int64_t ticks = 1;  // in one unit of time of whoever made the model
};

using Assignment = IdVector<ItemId, DeviceId>;

// Whether each item is on one of its options.
bool is_assignment(const LoadModel& model, const Assignment& assignment);

// Everything about one assignment, computed afresh.
struct Loads {
  IdVector<ResourceId, std::int64_t> of;  // ticks
  IdVector<PlaceId, std::int64_t> held;   // bytes, the most that an item needs beside them included
  std::int64_t value = 0;                 // the largest load
  std::int64_t excess = 0;                // bytes beyond capacities, together
  std::int64_t broken_arcs = 0;           // 0 unless `ordered`
  bool feasible() const { return excess == 0 && broken_arcs == 0; }
};
// Precondition: is_assignment(model, assignment).
Loads loads_of(const LoadModel& model, const Assignment& assignment);

}  // namespace partita::loads
