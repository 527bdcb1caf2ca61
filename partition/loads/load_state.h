// An assignment whose loads follow every move at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "partition/loads/load_model.h"

namespace partita::loads {

// Model: what loads_of() says, kept up to date: a move costs as much as the item has options' uses and
//   places that its tensors go to or come from. All amounts are whole numbers, so it equals the full
//   evaluation exactly, whatever moves came before.
// Keeps a reference: the model must outlive it.
class LoadState {
 public:
  // Each item on its first option.
  explicit LoadState(const LoadModel& model);

  void load(const Assignment& assignment);
  // Precondition: can_have(item, device).
  void move(ItemId item, DeviceId device);

  bool can_have(ItemId item, DeviceId device) const {
    return option(item, device).data() != nullptr;
  }
  const Assignment& assignment() const { return assignment_; }
  DeviceId device(ItemId item) const { return assignment_[item]; }
  std::int64_t load_of(ResourceId resource) const { return loads_[resource]; }
  const IdVector<ResourceId, std::int64_t>& loads() const { return loads_; }
  std::int64_t held(PlaceId place) const { return held_[place]; }
  std::int64_t value() const;  // the largest load, in O(resources)
  std::int64_t excess() const { return excess_; }
  std::int64_t broken_arcs() const { return broken_arcs_; }
  // Arcs between different devices.
  std::int64_t crossings() const { return crossings_; }

  // Resources whose load may have changed since the last call of forget_touched(), each once.
  const std::vector<ResourceId>& touched() const { return touched_; }
  void forget_touched();

  // Items that share a net, an arc or a holding with this one; ascending.
  std::span<const ItemId> neighbours(ItemId item) const { return neighbours_[item]; }

 private:
  struct Role {
    std::uint32_t net;
    bool produces;
  };

  // What it takes of the resources; no data where it may not be.
  using Taken = std::span<const Use>;
  Taken option(ItemId item, DeviceId device) const {
    return options_[index(item) * model_.devices.size() + index(device)];
  }
  Taken once(TariffId tariff, DeviceId from) const {
    return once_[index(tariff) * model_.devices.size() + index(from)];
  }
  Taken each(TariffId tariff, DeviceId from, PlaceId to) const {
    return each_[(index(tariff) * model_.devices.size() + index(from)) * model_.places.size() +
                 index(to)];
  }
  std::uint32_t& count(std::size_t net, PlaceId place) {
    return counts_[net * model_.places.size() + index(place)];
  }
  void add(Taken uses, std::int64_t sign);
  void keep(PlaceId place, std::int64_t bytes);
  void count_beside(PlaceId place, std::uint32_t level, std::int32_t change);
  void send_from(std::size_t net, DeviceId from, std::int64_t sign);
  void consume(std::size_t net, PlaceId before, PlaceId after);
  void use_holding(std::size_t holding, PlaceId before, PlaceId after);

  const LoadModel& model_;
  // The model's lists, one after another: it would take three look-ups to find one there.
  std::vector<Taken> options_, once_, each_;
  IdVector<ItemId, std::vector<Role>> roles_;
  IdVector<ItemId, std::vector<std::uint32_t>> holdings_of_;
  IdVector<ItemId, std::vector<std::uint32_t>> arcs_of_;
  IdVector<ItemId, std::vector<ItemId>> neighbours_;

  Assignment assignment_;
  IdVector<ResourceId, std::int64_t> loads_;
  IdVector<PlaceId, std::int64_t> held_;
  std::vector<std::uint32_t> counts_;   // net x place: consumers there
  std::vector<std::uint32_t> spread_;   // of each net: places with consumers
  std::vector<std::uint32_t> holders_;  // holding x place: users there
  // Of Item::beside: the distinct values, ascending; which one each item has; place x value: items there
  // that have it; the greatest of each place.
  std::vector<std::int64_t> levels_;
  IdVector<ItemId, std::uint32_t> level_;
  std::vector<std::uint32_t> at_level_;
  IdVector<PlaceId, std::uint32_t> top_;
  std::int64_t excess_ = 0, broken_arcs_ = 0, crossings_ = 0;
  std::vector<ResourceId> touched_;
  IdVector<ResourceId, char> is_touched_;
};

}  // namespace partita::loads
