#include "models/evaluate/inference.h"

#include <algorithm>

namespace partita::plain {

void Inference::begin(const Plan& the_plan, std::uint32_t request, const Network& network,
                      const Hardware& hardware, const Facts& facts, MemoryAccount& memory) {
  number = request;
  plan = &the_plan;
  left = network.layer_count() + plan->transfers().size();
  timeline.origin = Origin::Predicted;
  timeline.makespan = Time{0};
  timeline.memory_peak.clear();
  timeline.interrupted.clear();
  timeline.unfinished.reset();
  timeline.layers.assign(network.layer_count(), LayerSpan{});
  next.assign(facts.processors, 0);
  home.resize(network.layer_count());
  missing.resize(network.layer_count());
  for (const LayerId id : network.layers()) {
    home[id] = facts.processor[plan->processor(id)].memory;
    const bool inputs_travel = facts.host && home[id] != *facts.host;
    const Facts::LayerFact& fact = facts.layers[id];
    missing[id] = fact.made_inputs + (inputs_travel ? fact.given_inputs : 0);
  }
  list_legs(network, hardware, facts);
  count_needs(network, facts);
  put_inputs(network, facts, memory);
}

void Inference::list_legs(const Network& network, const Hardware& hardware, const Facts& facts) {
  timeline.legs.clear();
  moving.clear();
  multicasts = Multicasts(network, hardware, *plan);
  for (std::uint32_t i = 0; i < plan->transfers().size(); ++i) {
    const Transfer& sent = transfer(i);
    Moving one{.first_leg = static_cast<std::uint32_t>(timeline.legs.size())};
    if (facts.tensors[sent.tensor].transfer_time) {
      timeline.legs.emplace_back().transfer = i;
    } else {
      one.route = hardware.route(sent.src, sent.dst);
      const std::optional<LayerId>& producer = network.tensor(sent.tensor).producer;
      std::uint32_t place = 0;
      for (const Leg& leg : *one.route) {
        LegSpan& span = timeline.legs.emplace_back();
        span.transfer = i;
        span.leg = place++;
        span.engine = leg.engine;
        if (!leg.engine) {
          const bool by_producer = producer && memory_of(*producer) == leg.src;
          span.copier = by_producer ? plan->processor(*producer) : leg.copier;
        }
      }
    }
    moving.push_back(one);
  }
}

// Who needs each tensor in each memory.
void Inference::count_needs(const Network& network, const Facts& facts) {
  needed.resize(facts.tensors.size() * facts.memories);
  const auto stays_at = [&](TensorId tensor, MemoryId made) {
    return facts.tensors[tensor].is_output ? facts.host.value_or(made) : std::optional<MemoryId>{};
  };
  for (const LayerId id : network.layers()) {
    const MemoryId here = memory_of(id);
    for (const TensorId input : facts.inputs[id]) needs(facts, input, here) = 0;
    for (const TensorId output : facts.outputs[id]) needs(facts, output, here) = 0;
  }
  if (facts.host) {
    for (const TensorId input : network.inputs()) needs(facts, input, *facts.host) = 0;
  }
  for (const Transfer& sent : plan->transfers()) needs(facts, sent.tensor, sent.dst) = 0;
  for (const LayerId id : network.layers()) {
    const MemoryId here = memory_of(id);
    for (const TensorId input : facts.inputs[id]) ++needs(facts, input, here);
    for (const TensorId output : facts.outputs[id]) {
      if (const auto kept = stays_at(output, here)) needs(facts, output, *kept) += 1;
    }
  }
  for (const Transfer& sent : plan->transfers()) ++needs(facts, sent.tensor, sent.src);
}

void Inference::put_inputs(const Network& network, const Facts& facts, MemoryAccount& memory) {
  for (const TensorId input : network.inputs()) {
    const Bytes size = facts.tensors[input].size;
    if (facts.host) {
      if (needs(facts, input, *facts.host) > 0) memory.put(*facts.host, size);
      continue;
    }
    for (const LayerId consumer : facts.consumers[input]) {
      const MemoryId there = memory_of(consumer);
      const auto first = std::find_if(facts.consumers[input].begin(), facts.consumers[input].end(),
                                      [&](LayerId other) { return memory_of(other) == there; });
      if (*first == consumer) memory.put(there, size);
    }
  }
}

}  // namespace partita::plain
