#include "models/evaluate/facts.h"

#include <algorithm>

#include "models/plan/plan.h"

namespace partita::plain {

Facts::Facts(const Network& network, const Hardware& hardware, const CostTable& costs)
    : processors(hardware.processors().size()),
      memories(hardware.memories().size()),
      host(hardware.host()) {
  for (const Tensor& tensor : network.tensors()) {
    tensors.push_back({tensor.size, tensor.is_output, tensor.stays,
                       tensor.transfer_time.has_value(), content_of(tensor)});
    producers.push_back(tensor.producer);
    for (const LayerId consumer : tensor.consumers) consumers.add(consumer);
    consumers.finish_list();
  }
  for (const PackageSpec& package : hardware.packages()) {
    packages.push_back({disturbance_ppm(package.slowdown), {}});
  }
  for (const ProcessorId id : ids<ProcessorId>(processors)) {
    const ProcessorSpec& spec = hardware.processors()[id];
    processor.push_back({.memory = spec.memory,
                         .channel = hardware.channel_of(spec.memory),
                         .package = spec.package,
                         .share = share_ppm(spec.stream_share),
                         .falls_asleep = spec.sleep ? spec.sleep->after : Time{0},
                         .wakes = spec.sleep ? spec.sleep->wake : Time{0}});
    if (spec.package) packages[*spec.package].members.push_back(id);
  }
  for (const LoadSpec& load : hardware.load()) {
    if (const auto* busy = std::get_if<BusyShare>(&load.effect)) {
      processor[busy->processor].ever_slow = true;
    } else if (const auto* slowed = std::get_if<SlowedDown>(&load.effect)) {
      processor[slowed->processor].ever_slow = true;
    }
  }

  std::vector<TensorId> distinct;
  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    LayerFact fact;
    fact.workspace = layer.work.workspace;
    distinct = layer.inputs;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    for (const TensorId input : distinct) {
      const Tensor& tensor = network.tensor(input);
      if (flows(network, input)) {
        inputs.add(input);
        readers.push_back(id);
        ++(tensor.producer ? fact.made_inputs : fact.given_inputs);
      } else if (tensor.consumers.size() == 1) {
        fact.own_weights += tensor.size;
      } else {
        shared_weights.add(input);
      }
    }
    for (const TensorId output : layer.outputs) {
      outputs.add(output);
      fact.results += network.tensor(output).size;
    }
    inputs.finish_list();
    outputs.finish_list();
    shared_weights.finish_list();
    layers.push_back(fact);
    for (const ProcessorId p : ids<ProcessorId>(processors)) {
      const std::optional<LayerCost>& cost = costs(id, p);
      demands.push_back(
          cost ? layer_demand(after(cost->launch_overhead(hardware.processors()[p]), cost->time),
                              cost->traffic, hardware.channels()[processor[p].channel].capacity)
               : LayerDemand{});
    }
  }
  lay_out_streams(hardware, 1);
}

bool Facts::lay_out_streams(const Hardware& hardware, std::size_t requests) {
  const std::size_t before = streams;
  streams = 0;
  for (const ProcessorId id : ids<ProcessorId>(processors)) {
    const auto all = static_cast<std::size_t>(hardware.processors()[id].streams);
    // More than all layers together can never be used.
    const bool scarce =
        layers.size() < all && requests <= all / std::max<std::size_t>(1, layers.size());
    ProcessorFact& fact = processor[id];
    fact.first_stream = static_cast<std::uint32_t>(streams);
    fact.streams = static_cast<std::uint32_t>(scarce ? layers.size() * requests : all);
    fact.crowds = static_cast<std::int64_t>(fact.streams) * fact.share > 1'000'000;
    streams += fact.streams;
  }
  return streams != before;
}

}  // namespace partita::plain
