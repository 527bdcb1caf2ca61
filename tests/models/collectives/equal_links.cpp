#include "tests/models/collectives/equal_links.h"

#include <fmt/format.h>

#include <stdexcept>

#include "models/network/collective_kind.h"
#include "tests/support/machine.h"

namespace partita::test {
namespace {

using namespace std::chrono_literals;

constexpr Bandwidth kMemory{1'000'000'000'000}, kLink{1'000'000'000};

Tensor f32(const std::string& name, std::int64_t elements) {
  Tensor tensor;
  tensor.name = name;
  tensor.shape = {elements};
  return tensor;
}

std::int64_t result_elements(const OneCollective& one) {
  const auto ranks = static_cast<std::int64_t>(one.ranks);
  if (one.kind == OpKind::AllGather || one.kind == OpKind::GatherToOne) {
    return one.elements * ranks;
  }
  const bool cuts = one.kind == OpKind::ReduceScatter || one.kind == OpKind::ScatterFromOne;
  return cuts ? one.elements / ranks : one.elements;
}

}  // namespace

Hardware equal_links(std::size_t processors) {
  Machine machine;
  const SwitchId node = machine.node("s");
  machine.parts.switches[node].reduction = Bandwidth{1'000'000'000'000};
  for (std::size_t i = 0; i < processors; ++i) {
    const MemoryId memory = machine.memory(fmt::format("m{}", i), kMemory);
    const ProcessorId processor = machine.processor(fmt::format("p{}", i), memory);
    machine.parts.processors[processor].launch_overhead = 50ns;
    machine.parts.processors[processor].peak.fill(FlopRate{1'000'000'000'000'000});
    machine.engine(fmt::format("e{}", i), memory, 100ns, Direction::Out);
    machine.link(fmt::format("l{}", i), memory, node, kLink, 10ns);
  }
  return machine.build();
}

std::size_t operands_of(const OneCollective& one) {
  return comes_from_one(one.kind) ? 1 : one.ranks;
}
std::size_t results_of(const OneCollective& one) { return goes_to_one(one.kind) ? 1 : one.ranks; }

Network network_of(const OneCollective& one) {
  NetworkBuilder builder("one");
  Layer collective;
  collective.name = "c";
  collective.kind = one.kind;
  if (one.kind != OpKind::Broadcast && one.kind != OpKind::AllReduce) {
    collective.attributes.set("axis", std::int64_t{0});
  }
  for (std::size_t i = 0; i < operands_of(one); ++i) {
    Layer maker;
    maker.name = fmt::format("x{}", i);
    maker.outputs = {builder.add_tensor(f32(maker.name, one.elements))};
    collective.inputs.push_back(maker.outputs.front());
    builder.add_layer(std::move(maker));
  }
  for (std::size_t i = 0; i < results_of(one); ++i) {
    collective.outputs.push_back(
        builder.add_tensor(f32(fmt::format("sum{}", i), result_elements(one))));
  }
  const std::vector<TensorId> results = collective.outputs;
  builder.add_layer(std::move(collective));
  for (std::size_t i = 0; i < results_of(one); ++i) {
    Layer reader;
    reader.name = fmt::format("y{}", i);
    reader.inputs = {results[i]};
    reader.outputs = {builder.add_tensor(f32(reader.name, 1))};
    builder.add_layer(std::move(reader));
  }
  return builder.build({"one", 0, 0});
}

CostTable costs_of_1ns(const Network& network, const Hardware& hardware) {
  CostTable costs(network.layer_count(), hardware.processors().size());
  for (const LayerId layer : network.layers()) {
    for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
      costs.set(layer, p, LayerCost{1ns, Bytes{}, CostSource::Given});
    }
  }
  return costs;
}

Plan plan_of(const OneCollective& one, const Network& network, const Hardware& hardware,
             const CollectiveChoice& choice) {
  Placement placement;
  placement.order.resize(hardware.processors().size());
  for (const LayerId id : network.layers()) {
    const std::string& name = network.layer(id).name;
    const std::size_t rank = name == "c" ? 0 : std::stoul(name.substr(1));
    const auto at = static_cast<ProcessorId>(one.on.empty() ? rank : one.on[rank]);
    placement.processor.push_back(at);
    placement.order[at].push_back(id);
  }
  auto made = make_plan(network, hardware, std::move(placement), "by hand");
  if (const auto* bad = std::get_if<BadPlan>(&made)) throw std::logic_error(bad->reason);
  return with_choices(std::get<Plan>(std::move(made)), {{*network.layer_named("c"), choice}});
}

Expanded expanded(const OneCollective& one, const Hardware& hardware,
                  const CollectiveChoice& choice) {
  const Network network = network_of(one);
  auto made = with_collectives(network, hardware, costs_of_1ns(network, hardware),
                               plan_of(one, network, hardware, choice));
  if (const auto* bad = std::get_if<BadPlan>(&made)) throw std::logic_error(bad->reason);
  return std::get<Expanded>(std::move(made));
}

}  // namespace partita::test
