#include "partition/loads/load_state.h"

#include <algorithm>

#include "models/base/assert.h"

namespace partita::loads {

LoadState::LoadState(const LoadModel& model)
    : model_(model),
      options_(model.items.size() * model.devices.size()),
      roles_(model.items.size()),
      holdings_of_(model.items.size()),
      arcs_of_(model.items.size()),
      neighbours_(model.items.size()),
      is_touched_(model.resources.size()) {
  Assignment first;
  for (const ItemId item : ids<ItemId>(model.items.size())) {
    const auto& options = model.items[item].options;
    for (const auto& option : options) {
      // An option may take nothing.
      static constexpr Use kNothing{};
      options_[index(item) * model.devices.size() + index(option.device)] =
          option.uses.empty() ? Taken{&kNothing, 0} : Taken{option.uses};
    }
    first.push_back(options.front().device);
  }
  for (const Tariff& tariff : model.tariffs) {
    for (const DeviceId from : ids<DeviceId>(model.devices.size())) {
      once_.emplace_back(tariff.once[from]);
      for (const Uses& uses : tariff.each[from]) each_.emplace_back(uses);
    }
  }
  const auto join = [&](ItemId a, ItemId b) {
    neighbours_[a].push_back(b);
    neighbours_[b].push_back(a);
  };
  for (std::uint32_t net = 0; net < model.nets.size(); ++net) {
    roles_[model.nets[net].producer].push_back({net, true});
    for (const ItemId consumer : model.nets[net].consumers) {
      roles_[consumer].push_back({net, false});
      join(model.nets[net].producer, consumer);
    }
  }
  for (std::uint32_t holding = 0; holding < model.holdings.size(); ++holding) {
    const auto& users = model.holdings[holding].users;
    for (const ItemId user : users) holdings_of_[user].push_back(holding);
    for (std::size_t i = 1; i < users.size(); ++i) join(users[i - 1], users[i]);
  }
  for (std::uint32_t arc = 0; arc < model.arcs.size(); ++arc) {
    arcs_of_[model.arcs[arc].from].push_back(arc);
    arcs_of_[model.arcs[arc].to].push_back(arc);
    join(model.arcs[arc].from, model.arcs[arc].to);
  }
  for (auto& list : neighbours_) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  levels_.push_back(0);
  for (const Item& item : model.items) levels_.push_back(item.beside.value);
  std::sort(levels_.begin(), levels_.end());
  levels_.erase(std::unique(levels_.begin(), levels_.end()), levels_.end());
  for (const Item& item : model.items) {
    const auto level = std::lower_bound(levels_.begin(), levels_.end(), item.beside.value);
    level_.push_back(static_cast<std::uint32_t>(level - levels_.begin()));
  }
  load(first);
}

void LoadState::load(const Assignment& assignment) {
  assignment_ = assignment;
  Loads found = loads_of(model_, assignment);
  loads_ = std::move(found.of);
  held_ = std::move(found.held);
  excess_ = found.excess;
  broken_arcs_ = found.broken_arcs;
  crossings_ = std::count_if(model_.arcs.begin(), model_.arcs.end(), [&](const auto& arc) {
    return assignment_[arc.from] != assignment_[arc.to];
  });
  const auto place_of = [&](ItemId item) { return model_.devices[assignment_[item]].place; };
  counts_.assign(model_.nets.size() * model_.places.size(), 0);
  spread_.assign(model_.nets.size(), 0);
  for (std::size_t net = 0; net < model_.nets.size(); ++net) {
    for (const ItemId consumer : model_.nets[net].consumers)
      spread_[net] += count(net, place_of(consumer))++ == 0 ? 1 : 0;
  }
  holders_.assign(model_.holdings.size() * model_.places.size(), 0);
  for (std::size_t holding = 0; holding < model_.holdings.size(); ++holding) {
    for (const ItemId user : model_.holdings[holding].users)
      ++holders_[holding * model_.places.size() + index(place_of(user))];
  }
  at_level_.assign(model_.places.size() * levels_.size(), 0);
  top_.assign(model_.places.size(), 0);
  for (const ItemId item : ids<ItemId>(model_.items.size())) {
    const PlaceId place = place_of(item);
    ++at_level_[index(place) * levels_.size() + level_[item]];
    top_[place] = std::max(top_[place], level_[item]);
  }
  for (const ResourceId resource : ids<ResourceId>(loads_.size())) {
    if (!std::exchange(is_touched_[resource], 1)) touched_.push_back(resource);
  }
}

std::int64_t LoadState::value() const { return *std::max_element(loads_.begin(), loads_.end()); }

void LoadState::forget_touched() {
  for (const ResourceId resource : touched_) is_touched_[resource] = 0;
  touched_.clear();
}

void LoadState::add(Taken uses, std::int64_t sign) {
  for (const Use& use : uses) {
    loads_[use.resource] += sign * use.amount;
    if (!std::exchange(is_touched_[use.resource], 1)) touched_.push_back(use.resource);
  }
}

void LoadState::keep(PlaceId place, std::int64_t bytes) {
  const auto& capacity = model_.places[place].capacity;
  const auto over = [&] {
    return capacity ? std::max<std::int64_t>(0, held_[place] - capacity->value) : 0;
  };
  excess_ -= over();
  held_[place] += bytes;
  excess_ += over();
}

// One item more, or less, that needs so much beside.
void LoadState::count_beside(PlaceId place, std::uint32_t level, std::int32_t change) {
  std::uint32_t* const counts = &at_level_[index(place) * levels_.size()];
  counts[level] += static_cast<std::uint32_t>(change);
  std::uint32_t top = std::max(top_[place], level);
  while (top > 0 && counts[top] == 0) --top;
  const std::uint32_t before = std::exchange(top_[place], top);
  if (top != before) keep(place, levels_[top] - levels_[before]);
}

// All that the net takes with its producer on `from`.
void LoadState::send_from(std::size_t net, DeviceId from, std::int64_t sign) {
  const TariffId tariff = model_.nets[net].tariff;
  const PlaceId home = model_.devices[from].place;
  std::uint32_t left = spread_[net];
  if (count(net, home) > 0) --left;
  if (left == 0) return;
  add(once(tariff, from), sign);
  for (std::size_t place = 0; left > 0; ++place) {
    const PlaceId to{static_cast<std::uint32_t>(place)};
    if (to == home || count(net, to) == 0) continue;
    add(each(tariff, from, to), sign);
    --left;
  }
}

// One consumer goes from one place to another.
void LoadState::consume(std::size_t net, PlaceId before, PlaceId after) {
  const DeviceId from = assignment_[model_.nets[net].producer];
  const PlaceId home = model_.devices[from].place;
  const TariffId tariff = model_.nets[net].tariff;
  const auto leaves = [&] { return spread_[net] > (count(net, home) > 0 ? 1u : 0u); };
  const bool left = leaves();
  if (--count(net, before) == 0) {
    --spread_[net];
    if (before != home) add(each(tariff, from, before), -1);
  }
  if (count(net, after)++ == 0) {
    ++spread_[net];
    if (after != home) add(each(tariff, from, after), 1);
  }
  if (left != leaves()) add(once(tariff, from), left ? -1 : 1);
}

void LoadState::use_holding(std::size_t holding, PlaceId before, PlaceId after) {
  const auto users = [&](PlaceId place) -> std::uint32_t& {
    return holders_[holding * model_.places.size() + index(place)];
  };
  const std::int64_t size = model_.holdings[holding].size.value;
  if (--users(before) == 0) keep(before, -size);
  if (users(after)++ == 0) keep(after, size);
}

void LoadState::move(ItemId item, DeviceId device) {
  const DeviceId from = assignment_[item];
  if (from == device) return;
  PARTITA_ASSERT(can_have(item, device), "an item goes where it may");
  add(option(item, from), -1);
  add(option(item, device), 1);
  const PlaceId old_place = model_.devices[from].place, new_place = model_.devices[device].place;
  for (const Role role : roles_[item]) {
    if (role.produces) {
      // Who copies may depend on the device even where the place stays.
      send_from(role.net, from, -1);
      send_from(role.net, device, 1);
    } else if (old_place != new_place) {
      consume(role.net, old_place, new_place);
    }
  }
  if (old_place != new_place) {
    keep(old_place, -model_.items[item].size.value);
    keep(new_place, model_.items[item].size.value);
    count_beside(old_place, level_[item], -1);
    count_beside(new_place, level_[item], 1);
    for (const std::uint32_t holding : holdings_of_[item])
      use_holding(holding, old_place, new_place);
  }
  for (const std::uint32_t id : arcs_of_[item]) {
    const auto& arc = model_.arcs[id];
    if (arc.from == arc.to) continue;
    const bool leads = arc.from == item;
    const DeviceId other = assignment_[leads ? arc.to : arc.from];
    crossings_ += (device != other ? 1 : 0) - (from != other ? 1 : 0);
    if (!model_.ordered) continue;
    broken_arcs_ -= (leads ? from > other : other > from) ? 1 : 0;
    broken_arcs_ += (leads ? device > other : other > device) ? 1 : 0;
  }
  assignment_[item] = device;
}

}  // namespace partita::loads
