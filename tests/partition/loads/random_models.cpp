#include "tests/partition/loads/random_models.h"

#include <algorithm>

#include "models/base/random.h"

namespace partita::test {

using namespace loads;

LoadModel random_model(std::uint64_t seed, std::size_t most_items, bool ordered) {
  Random random(seed);
  LoadModel model;
  model.ordered = ordered;
  const std::size_t devices = 2 + random.below(3), places = 2 + random.below(2);
  const std::size_t items = 2 + random.below(most_items - 1);
  const auto amount = [&] { return static_cast<std::int64_t>(random.below(20)); };
  const auto some = [&] {
    Uses uses;
    for (std::size_t i = 0; i <= devices; ++i) {
      if (random.one_in(2)) uses.push_back({ResourceId(i), amount()});
    }
    return uses;
  };
  for (std::size_t i = 0; i <= devices; ++i) model.resources.push_back("r" + std::to_string(i));
  for (std::size_t i = 0; i < places; ++i) {
    model.places.push_back({"m" + std::to_string(i), std::nullopt});
    if (random.one_in(2)) {
      model.places[PlaceId(i)].capacity =
          Bytes{static_cast<std::int64_t>(7 * items + random.below(5 * items))};
    }
  }
  for (std::size_t i = 0; i < devices; ++i)
    model.devices.push_back({"d" + std::to_string(i), PlaceId(i % places)});
  for (std::size_t i = 0; i < items; ++i) {
    Item item{"i" + std::to_string(i), {}, Bytes{amount()}, {}};
    item.beside = Bytes{item.size.value % 4};
    for (std::size_t d = 0; d < devices; ++d) {
      if (ordered || !random.one_in(4)) item.options.push_back({DeviceId(d), some()});
    }
    if (item.options.empty()) item.options.push_back({DeviceId(0), some()});
    model.items.push_back(std::move(item));
  }
  for (int i = 0; i < 2; ++i) {
    Tariff tariff;
    for (std::size_t from = 0; from < devices; ++from) {
      tariff.once.push_back(some());
      tariff.each.push_back({});
      for (std::size_t to = 0; to < places; ++to) tariff.each[DeviceId(from)].push_back(some());
    }
    model.tariffs.push_back(std::move(tariff));
  }
  const auto subset = [&](ItemId without, std::size_t part) {
    std::vector<ItemId> chosen;
    for (const ItemId item : ids<ItemId>(items)) {
      if (item != without && random.one_in(part)) chosen.push_back(item);
    }
    return chosen;
  };
  for (const ItemId item : ids<ItemId>(items)) {
    std::vector<ItemId> consumers = subset(item, 3);
    if (!consumers.empty())
      model.nets.push_back({item, std::move(consumers), TariffId(random.below(2))});
    for (const ItemId later : ids<ItemId>(items)) {
      if (index(later) > index(item) && random.one_in(3)) model.arcs.push_back({item, later});
    }
  }
  std::vector<ItemId> users = subset(ItemId(items), 2);
  if (users.size() >= 2) model.holdings.push_back({Bytes{amount()}, std::move(users)});
  return model;
}

Assignment random_assignment(std::uint64_t seed, const LoadModel& model) {
  Random random(seed);
  Assignment assignment;
  for (const Item& item : model.items)
    assignment.push_back(item.options[random.below(item.options.size())].device);
  return assignment;
}

std::int64_t crossings_of(const LoadModel& model, const Assignment& assignment) {
  std::int64_t crossings = 0;
  for (const auto& arc : model.arcs)
    crossings += assignment[arc.from] == assignment[arc.to] ? 0 : 1;
  return crossings;
}

OperatorGraph random_graph(std::uint64_t seed, std::size_t most_nodes) {
  Random random(seed);
  OperatorGraph graph{.name = "random",
                      .accelerators = 1 + random.below(3),
                      .cpus = 1 + random.below(2),
                      .capacity = 0,
                      .nodes = {}};
  const std::size_t nodes = 3 + random.below(most_nodes - 2);
  const auto eighths = [&](std::size_t most) {
    return static_cast<double>(random.below(most)) / 8;
  };
  for (std::size_t i = 0; i < nodes; ++i) {
    OperatorGraph::Node node{.id = std::to_string(i),
                             .accelerator = eighths(40),
                             .cpu = eighths(200),
                             .backward = false,
                             .colour = std::nullopt,
                             .size = static_cast<double>(random.below(10)),
                             .send = eighths(12),
                             .successors = {}};
    if (random.one_in(10)) node.accelerator.reset();
    if (random.one_in(4)) node.colour = std::to_string(random.below(3));
    for (std::size_t next = i + 1; next < nodes; ++next) {
      if (random.one_in(3)) node.successors.push_back(next);
    }
    graph.nodes.push_back(std::move(node));
  }
  graph.capacity = static_cast<double>(random.below(6 * nodes) + 3 * nodes);
  return graph;
}

}  // namespace partita::test
