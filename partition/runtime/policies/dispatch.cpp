#include "partition/runtime/policies/dispatch.h"

#include <algorithm>
#include <limits>

#include "partition/problem/candidates.h"

namespace partita {

std::unique_ptr<Dispatch> Dispatch::make(const PolicyProblem& problem) {
  std::unique_ptr<Dispatch> made(new Dispatch(problem));
  std::vector<std::shared_ptr<const Plan>> plans;
  for (std::size_t c = 0; c < problem.classes.size(); ++c) {
    auto plan = made->plan_for(Time{0}, static_cast<std::uint32_t>(c));
    if (!plan) return nullptr;
    plans.push_back(std::move(plan));
  }
  const Network& network = *problem.classes.front().network;
  for (const ProcessorId p : ids<ProcessorId>(made->allowed_.size())) {
    if (!made->allowed_[index(p)]) continue;
    auto all =
        make_plan(network, made->hardware_, all_on(network, made->hardware_, p), "weights there");
    if (const auto* plan = std::get_if<Plan>(&all)) plans.push_back(std::make_shared<Plan>(*plan));
  }
  made->everywhere_ =
      std::make_shared<Configuration>(Configuration{"weights everywhere", std::move(plans)});
  std::fill(made->free_at_.begin(), made->free_at_.end(), 0.0);
  return made;
}

Dispatch::Dispatch(const PolicyProblem& problem)
    : problem_(problem),
      hardware_(without_load(*problem.hardware)),
      estimates_(problem_, hardware_),
      link_of_(hardware_.channels().size()),
      free_at_(hardware_.processors().size(), 0.0),
      on_(layer_count(problem)),
      end_(layer_count(problem), 0.0) {
  for (const InputClass& each : problem_.classes) delays_.emplace_back(*each.network, hardware_);
  for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size()))
    allowed_.push_back(holds_all_weights(p));
  for (const LinkId link : ids<LinkId>(hardware_.links().size())) {
    for (const ChannelId channel : hardware_.channels_of(link)) link_of_[channel] = link;
  }
}

bool Dispatch::holds_all_weights(ProcessorId processor) const {
  Bytes running;
  for (const InputClass& each : problem_.classes) {
    for (const LayerId layer : each.network->layers())
      running = std::max(running, needed_while_running(*each.network, layer));
  }
  const Bytes all = problem_.classes.front().network->total_weights() +
                    running * static_cast<std::int64_t>(problem_.in_flight);
  return all <= hardware_.memories()[hardware_.processors()[processor].memory].capacity;
}

void Dispatch::observe(Time, std::span<const LayerReading> layers,
                       std::span<const CopyReading> copies) {
  estimates_.observe(layers, copies);
}

Decision Dispatch::decide(const Situation& situation) {
  if (situation.running == 0) std::fill(free_at_.begin(), free_at_.end(), 0.0);
  return Stay{"nothing to move"};
}

std::shared_ptr<const Plan> Dispatch::plan_for(Time now, std::uint32_t seen_class) {
  const std::size_t c = seen_class < problem_.classes.size() ? seen_class : 0;
  const std::optional<Placement> placed = placement(now, c);
  if (!placed) return nullptr;
  auto made = make_plan(*problem_.classes[c].network, hardware_, *placed, "dispatch");
  const auto* plan = std::get_if<Plan>(&made);
  return plan ? std::make_shared<Plan>(*plan) : nullptr;
}

double Dispatch::link_slowdown(MemoryId src, MemoryId dst) const {
  double slowest = 1;
  const Route* route = src == dst ? nullptr : hardware_.route(src, dst);
  if (route == nullptr) return slowest;
  for (const Leg& leg : *route) {
    for (const ChannelId channel : leg.channels) {
      if (link_of_[channel])
        slowest = std::max(slowest, estimates_.link_slowdown(*link_of_[channel]));
    }
  }
  return slowest;
}

std::optional<double> Dispatch::operands_there(std::size_t input_class, LayerId layer,
                                               ProcessorId processor) const {
  const Network& network = *problem_.classes[input_class].network;
  const MemoryId here = hardware_.processors()[processor].memory;
  double there = 0;
  for (const TensorId input : network.layer(layer).inputs) {
    const Tensor& tensor = network.tensor(input);
    if (tensor.producer) {
      const ProcessorId from = on_[*tensor.producer];
      const auto way = delays_[input_class].between(input, from, processor);
      if (!way) return std::nullopt;
      const double slower = link_slowdown(hardware_.processors()[from].memory, here);
      there = std::max(there, end_[*tensor.producer] + seconds(*way) * slower);
    } else if (tensor.kind == TensorKind::Input) {
      const auto way = delays_[input_class].from_host(input, here);
      if (!way) return std::nullopt;
      there = std::max(there, seconds(*way));
    }
  }
  return there;
}

// Times count from now.
std::optional<Placement> Dispatch::placement(Time now, std::size_t input_class) {
  const InputClass& of = problem_.classes[input_class];
  Placement placed{IdVector<LayerId, ProcessorId>(of.network->layer_count()),
                   IdVector<ProcessorId, std::vector<LayerId>>(free_at_.size())};
  // When each stream has done what is outstanding.
  std::vector<std::vector<double>> free;
  for (std::size_t p = 0; p < free_at_.size(); ++p) {
    const int streams = hardware_.processors()[static_cast<ProcessorId>(p)].streams;
    free.emplace_back(streams, std::max(0.0, free_at_[p] - seconds(now)));
  }
  for (const LayerId layer : of.network->layers()) {
    double first = std::numeric_limits<double>::infinity();
    for (const ProcessorId p : ids<ProcessorId>(free.size())) {
      const auto& cost = (*of.costs)(layer, p);
      if (!cost || !allowed_[index(p)] || !estimates_.present(p)) continue;
      const auto there = operands_there(input_class, layer, p);
      if (!there) continue;
      const double time = seconds(cost->time + cost->launch_overhead(hardware_.processors()[p])) *
                          estimates_.factor(input_class, layer, p);
      const double stream = *std::min_element(free[index(p)].begin(), free[index(p)].end());
      const double end = std::max(*there, stream) + time;
      if (end < first) first = end, on_[layer] = p;
    }
    if (first == std::numeric_limits<double>::infinity()) return std::nullopt;
    end_[layer] = first;
    auto& streams = free[index(on_[layer])];
    *std::min_element(streams.begin(), streams.end()) = first;
    placed.processor[layer] = on_[layer];
    placed.order[on_[layer]].push_back(layer);
  }
  for (std::size_t p = 0; p < free.size(); ++p)
    free_at_[p] = seconds(now) + *std::max_element(free[p].begin(), free[p].end());
  return placed;
}

}  // namespace partita
