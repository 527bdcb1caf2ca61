#include "partition/bounds/set_load.h"

#include <algorithm>
#include <limits>

namespace partita::bounds {
namespace {

using namespace loads;

std::int64_t amount(const Uses& uses, ResourceId resource) {
  std::int64_t sum = 0;
  for (const Use& use : uses) sum += use.resource == resource ? use.amount : 0;
  return sum;
}

// The least that a net can add where `from` are the devices its producer may be on and `to` the
// places of the consumer that makes it cross.
struct Least {
  std::int64_t value = std::numeric_limits<std::int64_t>::max();
  void offer(std::int64_t candidate) { value = std::min(value, candidate); }
  std::int64_t or_zero() const {
    return value == std::numeric_limits<std::int64_t>::max() ? 0 : value;
  }
};

}  // namespace

std::int64_t SetLoad::of(const IdVector<ItemId, char>& members) const {
  std::int64_t sum = 0;
  for (const ItemId item : ids<ItemId>(work.size())) sum += members[item] ? work[item].value() : 0;
  for (const Net& net : nets) {
    const auto inside = std::count_if(net.consumers.begin(), net.consumers.end(),
                                      [&](ItemId item) { return members[item] != 0; });
    if (members[net.producer] && inside < std::ssize(net.consumers)) sum += net.leaving;
    if (!members[net.producer] && inside > 0) sum += net.entering;
  }
  return sum;
}

SetLoad set_load(const LoadModel& model, DeviceId device, ResourceId resource) {
  SetLoad load;
  const PlaceId here = model.devices[device].place;
  // Another device here would take a consumer without any transfer.
  bool alone = true;
  for (const DeviceId other : ids<DeviceId>(model.devices.size()))
    alone = alone && (other == device || model.devices[other].place != here);

  IdVector<TariffId, std::int64_t> leaving(model.tariffs.size(), 0), entering(leaving);
  for (const TariffId id : ids<TariffId>(alone ? model.tariffs.size() : 0)) {
    const Tariff& tariff = model.tariffs[id];
    Least out, in;
    for (const DeviceId other : ids<DeviceId>(model.devices.size())) {
      const PlaceId there = model.devices[other].place;
      if (there == here) continue;
      out.offer(amount(tariff.once[device], resource) +
                amount(tariff.each[device][there], resource));
      in.offer(amount(tariff.once[other], resource) + amount(tariff.each[other][here], resource));
    }
    leaving[id] = out.or_zero();
    entering[id] = in.or_zero();
  }

  load.work.resize(model.items.size());
  for (const ItemId item : ids<ItemId>(model.items.size())) {
    for (const Item::Option& option : model.items[item].options) {
      if (option.device == device) load.work[item] = amount(option.uses, resource);
    }
  }
  for (const Net& net : model.nets) {
    if (leaving[net.tariff] > 0 || entering[net.tariff] > 0)
      load.nets.push_back({net.producer, net.consumers, leaving[net.tariff], entering[net.tariff]});
  }
  return load;
}

ResourceId busiest_resource(const LoadModel& model, DeviceId device) {
  IdVector<ResourceId, std::int64_t> asked(model.resources.size(), 0);
  for (const Item& item : model.items) {
    for (const Item::Option& option : item.options) {
      if (option.device != device) continue;
      for (const Use& use : option.uses) asked[use.resource] += use.amount;
    }
  }
  return ResourceId(std::max_element(asked.begin(), asked.end()) - asked.begin());
}

}  // namespace partita::bounds
