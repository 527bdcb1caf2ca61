#include "partition/problem/idle_machine.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "models/plan/plan.h"

namespace partita {
namespace {

std::int64_t number(const std::optional<Time>& time) {
  return time ? time->count() : IdleMachine::kNever;
}

std::vector<TensorId> between(const Network& network, LayerId from, LayerId to) {
  std::vector<TensorId> tensors;
  for (const TensorId tensor : network.layer(from).outputs) {
    const auto& consumers = network.tensor(tensor).consumers;
    if (std::binary_search(consumers.begin(), consumers.end(), to)) tensors.push_back(tensor);
  }
  return tensors;
}

// What decides how long it takes to send all that goes from one layer to another.
using Sent = std::vector<std::tuple<std::int64_t, Content, std::optional<Time>>>;

Sent sent(const Network& network, LayerId from, LayerId to) {
  Sent all;
  for (const TensorId id : between(network, from, to)) {
    const Tensor& tensor = network.tensor(id);
    all.emplace_back(tensor.size.value, content_of(tensor), tensor.transfer_time);
  }
  std::sort(all.begin(), all.end());
  return all;
}

bool holds_everything(const Network& network, const Hardware& hardware) {
  Wide all = 0;
  for (const Tensor& tensor : network.tensors()) all += tensor.size.value;
  for (const LayerId layer : network.layers()) all += network.layer(layer).work.workspace.value;
  return std::all_of(hardware.memories().begin(), hardware.memories().end(),
                     [&](const MemorySpec& memory) { return memory.capacity.value >= all; });
}

// A layer alone on a memory has all the bandwidth that it asks for.
bool layers_contend(const Problem& problem) {
  std::vector<ChannelId> used;
  for (const ProcessorId p : ids<ProcessorId>(problem.hardware.processors().size())) {
    bool asks = false;
    for (const LayerId layer : problem.network.layers()) {
      const auto& cost = problem.costs(layer, p);
      asks |= cost && cost->traffic > Bytes{};
    }
    if (asks) used.push_back(problem.hardware.channel_of(problem.hardware.processors()[p].memory));
  }
  std::sort(used.begin(), used.end());
  return std::adjacent_find(used.begin(), used.end()) != used.end();
}

// Every tensor that moves takes a time of its own, given or none.
bool is_sent_freely(const Hardware& hardware, const Tensor& tensor) {
  if (tensor.transfer_time || hardware.memories().size() == 1) return true;
  if (tensor.producer) {
    return tensor.consumers.empty() && !(tensor.is_output && hardware.host());
  }
  return tensor.kind != TensorKind::Input || !hardware.host();
}

bool nothing_disturbs(const Problem& problem) {
  const Network& network = problem.network;
  const Hardware& hardware = problem.hardware;
  if (!hardware.load().empty() || !hardware.packages().empty()) return false;
  for (const ProcessorSpec& spec : hardware.processors()) {
    if (spec.streams > 1) return false;  // they may share its compute
  }
  for (const Tensor& tensor : network.tensors()) {
    if (!is_sent_freely(hardware, tensor)) return false;
  }
  return !layers_contend(problem) && holds_everything(network, hardware);
}

std::vector<LayerId> all_layers(const Network& network) {
  std::vector<LayerId> layers;
  for (const LayerId layer : network.layers()) layers.push_back(layer);
  return layers;
}

}  // namespace

IdleMachine::IdleMachine(const Problem& problem, const Delays& delays, const Candidates& candidates)
    : IdleMachine(problem, delays, candidates, all_layers(problem.network), true, true) {
  real_ = problem.constraints.none() && nothing_disturbs(problem);
}

IdleMachine::IdleMachine(const Problem& problem, const Delays& delays, const Candidates& candidates,
                         std::vector<LayerId> layers, bool with_inputs, bool with_outputs)
    : of_(std::move(layers)), in_(of_.size()), out_(of_.size()) {
  for (const ProcessorSpec& spec : problem.hardware.processors())
    streams_.push_back(static_cast<std::size_t>(spec.streams));
  const std::size_t cells = of_.size() * processors();
  time_.assign(cells, kNever), received_.assign(cells, 0), delivery_.assign(cells, 0);
  fill_layers(problem, candidates);
  if (with_inputs) fill_received(problem, delays);
  if (with_outputs) fill_delivery(problem, delays);
  fill_ways(problem, delays);
}

void IdleMachine::fix(std::size_t layer, std::size_t processor) {
  for (std::size_t p = 0; p < processors(); ++p) {
    if (p != processor) time_[layer * processors() + p] = kNever;
  }
  class_.clear();
}

void IdleMachine::charge(const std::function<Time(LayerId, ProcessorId)>& extra, Part part,
                         Part part_of_ways) {
  extra_.assign(time_.size(), 0);
  for (std::size_t i = 0; i < layers(); ++i) {
    for (const ProcessorId p : ids<ProcessorId>(processors())) {
      const std::size_t cell = i * processors() + index(p);
      if (time_[cell] != kNever) extra_[cell] = extra(of_[i], p).count();
    }
  }
  const auto shorten = [](std::vector<std::int64_t>& times, Part by) {
    for (std::int64_t& time : times) {
      if (time != kNever)
        time = static_cast<std::int64_t>(static_cast<Wide>(time) * by.numerator / by.denominator);
    }
  };
  shorten(time_, part);
  for (auto* times : {&received_, &delivery_, &ways_}) shorten(*times, part_of_ways);
  class_.clear();
}

void IdleMachine::fill_layers(const Problem& problem, const Candidates& candidates) {
  for (std::size_t i = 0; i < of_.size(); ++i) {
    for (const ProcessorId p : candidates[of_[i]]) {
      const LayerCost& cost = *problem.costs(of_[i], p);
      time_[i * processors() + index(p)] =
          (cost.launch_overhead(problem.hardware.processors()[p]) + cost.time).count();
    }
  }
}

void IdleMachine::fill_received(const Problem& problem, const Delays& delays) {
  for (std::size_t i = 0; i < of_.size(); ++i) {
    for (const TensorId input : problem.network.layer(of_[i]).inputs) {
      const Tensor& tensor = problem.network.tensor(input);
      if (tensor.producer || tensor.kind != TensorKind::Input) continue;
      for (const ProcessorId p : ids<ProcessorId>(processors())) {
        std::int64_t& received = received_[i * processors() + index(p)];
        const MemoryId here = problem.hardware.processors()[p].memory;
        received = std::max(received, number(delays.from_host(input, here)));
      }
    }
  }
}

void IdleMachine::fill_delivery(const Problem& problem, const Delays& delays) {
  for (std::size_t i = 0; i < of_.size(); ++i) {
    for (const TensorId output : problem.network.layer(of_[i]).outputs) {
      if (!problem.network.tensor(output).is_output) continue;
      for (const ProcessorId p : ids<ProcessorId>(processors())) {
        std::int64_t& delivery = delivery_[i * processors() + index(p)];
        delivery = std::max(delivery, number(delays.to_host(output, p)));
      }
    }
  }
}

std::size_t IdleMachine::entries(const Problem& problem) {
  const std::size_t processors = problem.hardware.processors().size();
  std::set<Sent> different;
  for (const LayerId from : problem.network.layers()) {
    for (const LayerId to : problem.network.successors(from))
      different.insert(sent(problem.network, from, to));
  }
  return different.size() * processors * processors;
}

void IdleMachine::fill_ways(const Problem& problem, const Delays& delays) {
  const Network& network = problem.network;
  std::map<Sent, std::uint32_t> known;
  for (std::size_t i = 0; i < of_.size(); ++i) {
    for (const LayerId to : network.successors(of_[i])) {
      const auto member = std::lower_bound(of_.begin(), of_.end(), to);
      if (member == of_.end() || *member != to) continue;
      const auto other = static_cast<std::uint32_t>(member - of_.begin());
      const auto next = static_cast<std::uint32_t>(ways_.size());
      const auto [found, is_new] = known.try_emplace(sent(network, of_[i], to), next);
      out_[i].push_back({other, found->second});
      in_[other].push_back({static_cast<std::uint32_t>(i), found->second});
      if (!is_new) continue;
      tables_.push_back(next);
      ways_.resize(ways_.size() + processors() * processors());
      for (const TensorId tensor : between(network, of_[i], to)) {
        for (const ProcessorId src : ids<ProcessorId>(processors())) {
          for (const ProcessorId dst : ids<ProcessorId>(processors())) {
            std::int64_t& way = ways_[next + index(src) * processors() + index(dst)];
            way = std::max(way, number(delays.between(tensor, src, dst)));
          }
        }
      }
    }
  }
}

bool IdleMachine::same(std::size_t p, std::size_t q) const {
  if (streams_[p] != streams_[q]) return false;
  for (std::size_t layer = 0; layer < layers(); ++layer) {
    if (time(layer, p) != time(layer, q) || extra(layer, p) != extra(layer, q) ||
        received(layer, p) != received(layer, q) || delivery(layer, p) != delivery(layer, q)) {
      return false;
    }
  }
  for (const std::uint32_t table : tables_) {
    const Arc arc{0, table};
    if (way(arc, p, q) != way(arc, q, p) || way(arc, p, p) != way(arc, q, q)) return false;
    for (std::size_t other = 0; other < processors(); ++other) {
      if (other == p || other == q) continue;
      if (way(arc, p, other) != way(arc, q, other) || way(arc, other, p) != way(arc, other, q))
        return false;
    }
  }
  return true;
}

bool IdleMachine::sends_alike(std::size_t p, std::size_t q) const {
  for (std::size_t layer = 0; layer < layers(); ++layer) {
    if (delivery(layer, p) != delivery(layer, q)) return false;
  }
  for (const std::uint32_t table : tables_) {
    for (std::size_t other = 0; other < processors(); ++other) {
      if (way({0, table}, p, other) != way({0, table}, q, other)) return false;
    }
  }
  return true;
}

bool IdleMachine::receives_alike(std::size_t p, std::size_t q) const {
  for (std::size_t layer = 0; layer < layers(); ++layer) {
    if (received(layer, p) != received(layer, q)) return false;
  }
  for (const std::uint32_t table : tables_) {
    for (std::size_t other = 0; other < processors(); ++other) {
      if (way({0, table}, other, p) != way({0, table}, other, q)) return false;
    }
  }
  return true;
}

void IdleMachine::find_sources() const {
  source_.clear(), destination_.clear();
  for (std::size_t p = 0; p < processors(); ++p) {
    std::size_t source = 0, destination = 0;
    while (source < p && !sends_alike(source, p)) ++source;
    while (destination < p && !receives_alike(destination, p)) ++destination;
    source_.push_back(source);
    destination_.push_back(destination);
  }
}

void IdleMachine::find_classes() const {
  for (std::size_t p = 0; p < processors(); ++p) {
    std::size_t first = 0;
    while (first < p && (class_[first] != first || !same(first, p))) ++first;
    class_.push_back(first);
  }
}

}  // namespace partita
