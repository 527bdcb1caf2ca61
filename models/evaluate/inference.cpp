#include "models/evaluate/inference.h"

#include <algorithm>
#include <utility>

#include "models/evaluate/cold_weights.h"

namespace partita::plain {

void Inference::begin(std::uint32_t request, const Seen& as) {
  number = request;
  seen = &as;
  under_way = 0;
  cancelled = false;
  timeline.origin = Origin::Predicted;
  timeline.makespan = Time{0};
  timeline.memory_peak.clear();
  timeline.interrupted.clear();
  timeline.unfinished.reset();
}

void Inference::begin(const Plan& the_plan, std::uint32_t request, const Seen& as,
                      const Hardware& hardware, MemoryAccount& memory, ColdWeights& cold_weights) {
  begin(request, as);
  const Network& network = as.network;
  const Facts& facts = as.facts;
  plan = &the_plan;
  transfers = the_plan.transfers();
  left = network.layer_count() + plan->transfers().size();
  timeline.layers.assign(network.layer_count(), LayerSpan{});
  begin_layers(network, facts);
  list_copies(network, facts);
  list_legs(hardware, facts);
  count_readers(network, facts);
  put_inputs(network, facts, memory, cold_weights);
}

// In queues, weights give way to whatever requests wait for.
void Inference::begin(const Relocation& relocation, std::uint32_t request, const Seen& as,
                      const Hardware& hardware) {
  constexpr std::int32_t kBelowAll = -1;
  begin(request, as);
  plan = nullptr;
  moves_.clear();
  for (const Relocation::Move& move : relocation.moves) {
    moves_.push_back({move.weight, move.src, move.dst, kBelowAll});
  }
  transfers = moves_;
  left = moves_.size();
  timeline.layers.clear();
  turns.assign(as.facts.processors, {});
  copies.clear();
  multicasts = {};
  list_legs(hardware, as.facts);
}

void Inference::cancel() {
  cancelled = true;
  turns.assign(turns.size(), {});
}

void Inference::release_held(MemoryAccount& memory) const {
  if (!relocates()) {
    release_layers(memory);
    for (const TensorId input : seen->network.inputs()) {
      if (facts().host) {
        const Copy& given = copies[index(input)];
        if (given.needed > 0) memory.release(given.memory, facts().tensors[input].size);
      } else if (!facts().consumers[input].empty()) {
        for (auto id = static_cast<std::uint32_t>(index(input)); id != kNone;
             id = copies[id].next) {
          if (copies[id].needed > 0) {
            memory.release(copies[id].memory, facts().tensors[input].size);
          }
        }
      }
    }
  }
  release_transfers(memory);
}

// A layer that has begun is over, or was lost with its processor.
void Inference::release_layers(MemoryAccount& memory) const {
  const auto release_results = [&](LayerId id, bool all) {
    for (const TensorId output : facts().outputs[id]) {
      const Copy& copy = copies[index(output)];
      if (all || copy.needed > 0) memory.release(copy.memory, facts().tensors[output].size);
    }
  };
  for (const LayerId id : seen->network.layers()) {
    if (is_over(id)) release_results(id, false);
  }
  std::vector<LayerId> lost;
  for (const Interruption& each : timeline.interrupted) {
    if (each.layer && !is_over(*each.layer)) lost.push_back(*each.layer);
  }
  std::sort(lost.begin(), lost.end());
  lost.erase(std::unique(lost.begin(), lost.end()), lost.end());
  for (const LayerId id : lost) {
    memory.release(layers[id].memory, facts().layers[id].workspace);
    release_results(id, true);
  }
}

// The present leg of a transfer waits, or has been lost, or has arrived and was the last or the
// next one was not queued.
void Inference::release_transfers(MemoryAccount& memory) const {
  for (std::uint32_t i = 0; i < transfers.size(); ++i) {
    const Transfer& sent = transfers[i];
    const Moving& one = moving[i];
    const LegSpan& now = timeline.legs[one.span];
    const auto release_last = [&](bool arrived) {
      const bool holds = relocates() ? !arrived : copies[first_brought_ + i].needed > 0;
      if (holds) memory.release(sent.dst, one.size);
    };
    if (one.leg == nullptr) {
      const bool posted = !facts().producers[sent.tensor] || now.queued > Time{0};
      if (posted) release_last(true);
      continue;
    }
    const bool arrived = now.finish > Time{0};
    // Where it lies on its way: that leg has not left, or has not arrived elsewhere.
    if (now.leg > 0 && !arrived) memory.release(one.leg->src, one.size);
    const bool lost = std::any_of(timeline.interrupted.begin(), timeline.interrupted.end(),
                                  [&](const Interruption& each) { return each.leg == one.span; });
    if (!arrived && !lost) continue;
    if (one.more == 0) {
      release_last(arrived);
    } else {
      memory.release(one.leg->dst, one.size);
    }
  }
}

void Inference::begin_layers(const Network& network, const Facts& facts) {
  turns.resize(facts.processors);
  for (const ProcessorId id : ids<ProcessorId>(facts.processors)) {
    const std::vector<LayerId>& order = plan->order(id);
    turns[id] = {0, order.empty() ? kNoLayer : order.front()};
  }
  layers.resize(network.layer_count());
  for (const LayerId id : network.layers()) {
    OfLayer& layer = layers[id];
    layer.processor = plan->processor(id);
    layer.memory = facts.processor[layer.processor].memory;
    layer.demand = facts.demands[index(id) * facts.processors + index(layer.processor)];
    const bool inputs_travel = facts.host && layer.memory != *facts.host;
    const Facts::LayerFact& fact = facts.layers[id];
    layer.missing = fact.made_inputs + (inputs_travel ? fact.given_inputs : 0);
  }
  // What the host has is there for who reads it in place.
  for (const InPlace& each : plan->in_place()) {
    if (!facts.flows(network, each.tensor) || network.tensor(each.tensor).producer) continue;
    for (const LayerId consumer : facts.consumers[each.tensor]) {
      if (layers[consumer].memory == each.memory) --layers[consumer].missing;
    }
  }
}

// Where tensors come to, and what is needed there beside readers: transfers that set out, and
// outputs, which the user reads in the host's memory, or where they are made.
void Inference::list_copies(const Network& network, const Facts& facts) {
  const auto user_reads = [&](TensorId tensor, MemoryId memory, MemoryId made) {
    return facts.tensors[tensor].is_output && memory == facts.host.value_or(made) ? 1u : 0u;
  };
  first_brought_ = static_cast<std::uint32_t>(facts.tensors.size());
  copies.resize(facts.tensors.size() + plan->transfers().size());
  for (const LayerId id : network.layers()) {
    const MemoryId here = layers[id].memory;
    for (const TensorId output : facts.outputs[id]) {
      home(output) = {here, user_reads(output, here, here), kNone, kNone};
    }
  }
  for (const TensorId input : network.inputs()) give(input, facts);
  for (std::uint32_t i = 0; i < plan->transfers().size(); ++i) {
    const Transfer& sent = transfer(i);
    Copy& from = home(sent.tensor);
    ++from.needed;
    brought(i) = {sent.dst, user_reads(sent.tensor, sent.dst, from.memory),
                  std::exchange(from.next, first_brought_ + i), kNone};
  }
}

// An input of the network, in the host's memory or, without a host, wherever it is read.
void Inference::give(TensorId input, const Facts& facts) {
  if (facts.host) {
    home(input) = {*facts.host, 0, kNone, kNone};
    return;
  }
  const std::span<const LayerId> consumers = facts.consumers[input];
  if (consumers.empty()) return;
  home(input) = {layers[consumers.front()].memory, 0, kNone, kNone};
  for (const LayerId consumer : consumers) {
    const MemoryId there = layers[consumer].memory;
    auto id = static_cast<std::uint32_t>(index(input));
    while (id != kNone && copies[id].memory != there) id = copies[id].next;
    if (id != kNone) continue;
    const auto added = static_cast<std::uint32_t>(copies.size());
    copies.push_back({there, 0, std::exchange(home(input).next, added), kNone});
  }
}

void Inference::list_legs(const Hardware& hardware, const Facts& facts) {
  timeline.legs.clear();
  moving.clear();
  for (std::uint32_t i = 0; i < transfers.size(); ++i) {
    const Transfer& sent = transfer(i);
    Moving& one = moving.emplace_back();
    const Facts::TensorFact& tensor = facts.tensors[sent.tensor];
    one.size = tensor.size;
    one.span = static_cast<std::uint32_t>(timeline.legs.size());
    if (tensor.given_time) {
      timeline.legs.emplace_back().transfer = i;
    } else {
      const Route& route = *hardware.route(sent.src, sent.dst);
      one.leg = route.data();
      one.more = static_cast<std::uint32_t>(route.size() - 1);
      const std::optional<LayerId>& producer = facts.producers[sent.tensor];
      std::uint32_t place = 0;
      for (const Leg& leg : route) {
        LegSpan& span = timeline.legs.emplace_back();
        span.transfer = i;
        span.leg = place++;
        span.engine = leg.engine;
        if (!leg.engine) {
          const bool by_producer = producer && layers[*producer].memory == leg.src;
          span.copier = by_producer ? layers[*producer].processor : leg.copier;
        }
      }
    }
  }
}

void Inference::count_readers(const Network& network, const Facts& facts) {
  readings.resize(facts.inputs.items());
  std::uint32_t item = 0;
  for (const LayerId id : network.layers()) {
    const MemoryId here = layers[id].memory;
    for (const TensorId input : facts.inputs[id]) {
      const std::uint32_t copy = copy_in(input, plan->read_from(input, here));
      ++copies[copy].needed;
      readings[item] = {copy, std::exchange(copies[copy].first_reading, item)};
      ++item;
    }
  }
}

void Inference::put_inputs(const Network& network, const Facts& facts, MemoryAccount& memory,
                           ColdWeights& cold_weights) {
  for (const TensorId input : network.inputs()) {
    const Facts::TensorFact& fact = facts.tensors[input];
    const auto put = [&](MemoryId there) {
      if (!fact.stays || cold_weights.claim(input, there)) memory.put(there, fact.size);
    };
    if (facts.host) {
      if (home(input).needed > 0) put(*facts.host);
    } else if (!facts.consumers[input].empty()) {
      for (auto id = static_cast<std::uint32_t>(index(input)); id != kNone; id = copies[id].next) {
        put(copies[id].memory);
      }
    }
  }
}

}  // namespace partita::plain
