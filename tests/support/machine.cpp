#include "tests/support/machine.h"

#include "models/base/assert.h"

namespace partita::test {

MemoryId Machine::memory(const std::string& name, Bandwidth bandwidth, Bytes capacity) {
  MemorySpec spec;
  spec.name = name;
  spec.bandwidth = bandwidth;
  spec.capacity = capacity;
  return parts.memories.push_back(spec);
}

MemoryId Machine::part(const std::string& name, MemoryId whole, Bytes capacity) {
  MemorySpec spec;
  spec.name = name;
  spec.capacity = capacity;
  spec.part_of = whole;
  return parts.memories.push_back(spec);
}

ProcessorId Machine::processor(const std::string& name, MemoryId memory) {
  ProcessorSpec spec;
  spec.name = name;
  spec.memory = memory;
  spec.peak.fill(FlopRate{1'000'000'000});
  spec.efficiency.fill(1);
  spec.supports.fill(true);
  spec.stream_share = 1.0 / 1024;  // streams do not slow each other down
  return parts.processors.push_back(spec);
}

EngineId Machine::engine(const std::string& name, MemoryId memory, Time setup,
                         Direction direction) {
  EngineSpec spec;
  spec.name = name;
  spec.memory = memory;
  spec.setup = setup;
  spec.direction = direction;
  return parts.engines.push_back(spec);
}

SwitchId Machine::node(const std::string& name, Time latency) {
  SwitchSpec spec;
  spec.name = name;
  spec.latency = latency;
  return parts.switches.push_back(spec);
}

LinkId Machine::link(const std::string& name, Endpoint a, Endpoint b, Bandwidth bandwidth,
                     Time latency, bool full_duplex) {
  LinkSpec spec;
  spec.name = name;
  spec.a = a;
  spec.b = b;
  spec.bandwidth = bandwidth;
  spec.latency = latency;
  spec.full_duplex = full_duplex;
  return parts.links.push_back(spec);
}

std::size_t Machine::package(double slowdown, std::initializer_list<ProcessorId> members) {
  PackageSpec spec;
  spec.name = "package" + std::to_string(parts.packages.size());
  spec.slowdown = slowdown;
  parts.packages.push_back(spec);
  for (const ProcessorId member : members) {
    parts.processors[member].package = parts.packages.size() - 1;
  }
  return parts.packages.size() - 1;
}

TensorId Graph::add(const std::string& name, TensorKind kind, Bytes size) {
  Tensor tensor;
  tensor.name = name;
  tensor.kind = kind;
  tensor.size = size;
  return builder_.add_tensor(std::move(tensor));
}

TensorId Graph::input(const std::string& name, Bytes size) {
  return add(name, TensorKind::Input, size);
}

TensorId Graph::weight(const std::string& name, Bytes size) {
  return add(name, TensorKind::Weight, size);
}

void Graph::add_layer(const std::string& name, const std::vector<TensorId>& inputs, TensorId result,
                      Bytes workspace) {
  Layer layer;
  layer.name = name;
  layer.inputs = inputs;
  layer.outputs = {result};
  layer.work.workspace = workspace;
  builder_.add_layer(std::move(layer));
}

TensorId Graph::layer(const std::string& name, const std::vector<TensorId>& inputs, Bytes result,
                      Bytes workspace) {
  const TensorId made = add(name, TensorKind::Activation, result);
  add_layer(name, inputs, made, workspace);
  return made;
}

TensorId Graph::layer_sent_in(Time transfer_time, const std::string& name,
                              const std::vector<TensorId>& inputs, Bytes result) {
  Tensor tensor;
  tensor.name = name;
  tensor.size = result;
  tensor.transfer_time = transfer_time;
  const TensorId made = builder_.add_tensor(std::move(tensor));
  add_layer(name, inputs, made, Bytes{});
  return made;
}

CostTable costs_of(std::initializer_list<std::initializer_list<Time>> times) {
  CostTable costs(times.size(), times.begin()->size());
  std::size_t layer = 0;
  for (const auto& row : times) {
    std::size_t processor = 0;
    for (const Time time : row) {
      costs.set(static_cast<LayerId>(layer), static_cast<ProcessorId>(processor++),
                LayerCost{time, Bytes{}, CostSource::Given});
    }
    ++layer;
  }
  return costs;
}

Plan plan_of(const Network& network, const Hardware& hardware,
             const std::vector<std::vector<int>>& orders) {
  Placement placement{IdVector<LayerId, ProcessorId>(network.layer_count()),
                      IdVector<ProcessorId, std::vector<LayerId>>(hardware.processors().size())};
  for (std::size_t processor = 0; processor < orders.size(); ++processor) {
    for (const int layer : orders[processor]) {
      const auto id = static_cast<LayerId>(layer);
      placement.processor[id] = static_cast<ProcessorId>(processor);
      placement.order[static_cast<ProcessorId>(processor)].push_back(id);
    }
  }
  auto made = make_plan(network, hardware, std::move(placement), "test");
  const auto* bad = std::get_if<BadPlan>(&made);
  PARTITA_ASSERT(bad == nullptr, bad->reason);
  return std::get<Plan>(std::move(made));
}

}  // namespace partita::test
