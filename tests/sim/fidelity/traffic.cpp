#include "tests/sim/fidelity/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "models/base/random.h"
#include "tests/support/machine.h"

namespace partita::test {
namespace {

constexpr int kEach = 4;

struct Message {
  std::size_t from, to;  // of the processors that take part
  Bytes size;
};

// One processor on each memory.
std::vector<ProcessorId> apart(const Hardware& hardware) {
  std::vector<ProcessorId> chosen;
  std::vector<MemoryId> taken;
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    const MemoryId memory = hardware.processors()[id].memory;
    if (std::find(taken.begin(), taken.end(), memory) != taken.end()) continue;
    taken.push_back(memory);
    chosen.push_back(id);
  }
  return chosen;
}

Bytes power_between(Random& random, int low, int high) {
  const std::uint64_t base = std::uint64_t{1}
                             << (static_cast<std::size_t>(low) +
                                 random.below(static_cast<std::size_t>(high - low)));
  return Bytes{static_cast<std::int64_t>(base + random.below(base))};
}

Bytes random_message(Random& random, Traffic traffic) {
  if (traffic != Traffic::ManyToOneMixed) return power_between(random, 12, 22);
  return random.one_in(4) ? power_between(random, 20, 22) : power_between(random, 12, 14);
}

std::vector<Message> messages(Random& random, Traffic traffic, std::size_t ends) {
  std::vector<Message> all;
  const auto add = [&](std::size_t from, std::size_t to) {
    if (from != to) all.push_back({from, to, random_message(random, traffic)});
  };
  const std::size_t one = random.below(ends);
  const std::size_t shift = 1 + random.below(ends - 1);
  for (int round = 0; round < (traffic == Traffic::AllToAll ? 1 : kEach); ++round) {
    for (std::size_t i = 0; i < ends; ++i) {
      switch (traffic) {
        case Traffic::Pairs: add(i, (i + shift) % ends); break;
        case Traffic::OneToMany: add(one, i); break;
        case Traffic::ManyToOne:
        case Traffic::ManyToOneMixed: add(i, one); break;
        case Traffic::AllToAll:
          for (std::size_t step = 1; step < ends; ++step) add(i, (i + step) % ends);
          break;
      }
    }
  }
  return all;
}

}  // namespace

TrafficCase random_traffic(Traffic traffic, std::uint64_t seed, const Hardware& hardware) {
  Random random(seed);
  const std::vector<ProcessorId> ends = apart(hardware);
  const std::vector<Message> all = messages(random, traffic, ends.size());
  Graph graph;
  std::vector<std::vector<int>> orders(hardware.processors().size());
  std::vector<TensorId> sent;
  int layer = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    sent.push_back(graph.layer(fmt::format("send{}", i), {}, all[i].size));
    orders[index(ends[all[i].from])].push_back(layer++);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    graph.layer(fmt::format("receive{}", i), {sent[i]}, Bytes{1});
    orders[index(ends[all[i].to])].push_back(layer++);
  }
  Network network = graph.build();
  CostTable costs(network.layer_count(), hardware.processors().size());
  for (const LayerId id : network.layers()) {
    LayerCost cost;
    cost.time = Time{static_cast<std::int64_t>(1 + random.below(20'000'000))};
    for (const ProcessorId processor : ids<ProcessorId>(hardware.processors().size())) {
      costs.set(id, processor, cost);
    }
  }
  Plan plan = plan_of(network, hardware, orders);
  return {std::move(network), std::move(costs), std::move(plan)};
}

}  // namespace partita::test
