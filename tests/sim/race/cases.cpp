#include "tests/sim/race/cases.h"

#include <algorithm>
#include <string>

#include "models/base/assert.h"
#include "tests/support/machine.h"
#include "tests/support/random_cases.h"

namespace partita::race {

Hardware server(Delays delays) {
  const auto usual = [&](Time time) { return delays == Delays::Usual ? time : Time{0}; };
  test::Machine machine;
  const MemoryId host = machine.memory("dram", Bandwidth{100'000'000'000});
  machine.parts.host = host;
  machine.processor("cpu", host);
  machine.engine("dram-dma", host, usual(2us));
  const SwitchId hub = machine.node("switch");
  machine.link("up", host, hub, Bandwidth{25'000'000'000}, usual(550ns));
  for (const char* number : {"0", "1", "2"}) {
    const MemoryId memory =
        machine.memory(std::string("hbm") + number, Bandwidth{1'000'000'000'000});
    const ProcessorId id = machine.processor(std::string("gpu") + number, memory);
    machine.parts.processors[id].launch_overhead = usual(5us);
    machine.engine(std::string("out") + number, memory, usual(1us), Direction::Out);
    machine.engine(std::string("in") + number, memory, usual(1us), Direction::In);
    machine.link(std::string("pcie") + number, memory, hub, Bandwidth{25'000'000'000},
                 usual(550ns));
  }
  return machine.build();
}

Network random_layers(std::size_t layers) {
  test::CaseOptions options;
  options.min_layers = options.max_layers = layers;
  for (std::uint64_t seed = 1;; ++seed) {
    Network network = test::random_network(seed, options);
    const bool gives_times =
        std::any_of(network.tensors().begin(), network.tensors().end(),
                    [](const Tensor& it) { return it.transfer_time.has_value(); });
    if (!gives_times) return network;
  }
}

CostTable without_traffic(const CostTable& costs, const Network& network,
                          const Hardware& hardware) {
  CostTable silent = costs;
  for (const LayerId layer : network.layers()) {
    for (const ProcessorId processor : ids<ProcessorId>(hardware.processors().size())) {
      std::optional<LayerCost> cost = costs(layer, processor);
      if (cost) cost->traffic = Bytes{};
      silent.set(layer, processor, cost);
    }
  }
  return silent;
}

Hardware mesh(std::size_t side) {
  test::Machine machine;
  std::vector<MemoryId> tiles;
  for (std::size_t i = 0; i < side * side; ++i) {
    const std::string number = std::to_string(i);
    tiles.push_back(machine.memory("m" + number, Bandwidth{100'000'000'000}));
    machine.processor("p" + number, tiles.back());
    machine.engine("e" + number, tiles.back(), 100ns);
    // Named by the tile at its far end.
    const auto join = [&](const std::string& name, std::size_t from) {
      machine.link(name + number, tiles[from], tiles[i], Bandwidth{10'000'000'000}, 50ns);
    };
    if (i % side > 0) join("west", i - 1);
    if (i >= side) join("north", i - side);
  }
  return machine.build();
}

Network columns(std::size_t layers, std::size_t width) {
  test::Graph graph;
  std::vector<TensorId> results;
  for (std::size_t i = 0; i < layers; ++i) {
    std::vector<TensorId> inputs;
    if (i >= width) {
      inputs.push_back(results[i - width]);
      if (i % width > 0) inputs.push_back(results[i - width - 1]);
    }
    const auto size = static_cast<std::int64_t>(10'000 + 1'000 * (i % 7));
    results.push_back(graph.layer("layer" + std::to_string(i), inputs, Bytes{size}));
  }
  return graph.build();
}

Plan local_plan(const Network& network, const Hardware& hardware, std::size_t width) {
  const std::size_t processors = hardware.processors().size();
  PARTITA_ASSERT(width == processors, "a column for each tile");
  Placement placement{IdVector<LayerId, ProcessorId>(network.layer_count()),
                      IdVector<ProcessorId, std::vector<LayerId>>(processors)};
  for (const LayerId layer : network.layers()) {
    const auto processor =
        static_cast<ProcessorId>(std::stoul(network.layer(layer).name.substr(5)) % width);
    placement.processor[layer] = processor;
    placement.order[processor].push_back(layer);
  }
  auto made = make_plan(network, hardware, std::move(placement), "local");
  const auto* bad = std::get_if<BadPlan>(&made);
  PARTITA_ASSERT(bad == nullptr, bad->reason);
  return std::get<Plan>(std::move(made));
}

}  // namespace partita::race
