#include "partition/runtime/policies/router.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "partition/problem/candidates.h"
#include "partition/runtime/policies/conditioned_machine.h"

namespace partita {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::size_t kMostGreedyPlans = 4096;

// Whether layers and copies take the same on both, as far as one file can tell.
bool are_alike(const Hardware& hardware, ProcessorId a, ProcessorId b) {
  const ProcessorSpec &one = hardware.processors()[a], &other = hardware.processors()[b];
  if (one.memory == other.memory || one.kind != other.kind || one.peak != other.peak ||
      one.efficiency != other.efficiency || one.streams != other.streams ||
      one.launch_overhead != other.launch_overhead || one.time_scale != other.time_scale ||
      one.supports != other.supports) {
    return false;
  }
  const MemorySpec &here = hardware.memories()[one.memory],
                   &there = hardware.memories()[other.memory];
  return here.bandwidth == there.bandwidth && here.capacity == there.capacity;
}

std::vector<std::vector<ProcessorId>> groups_of(const Hardware& hardware) {
  std::vector<std::vector<ProcessorId>> groups;
  for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return are_alike(hardware, group.front(), p);
    });
    same == groups.end() ? groups.push_back({p}) : same->push_back(p);
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

}  // namespace

Router::Router(const PolicyProblem& problem, const PlanLibrary& library, View view)
    : problem_(problem),
      view_(std::move(view)),
      hardware_(without_load(*problem.hardware)),
      alike_(groups_of(hardware_)),
      offered_(problem.classes.size()),
      has_all_(hardware_.processors().size(), false),
      free_at_start_(hardware_.processors().size(), 0.0),
      free_(hardware_.processors().size(), 0.0),
      end_(layer_count(problem), 0.0),
      on_(layer_count(problem)),
      work_(hardware_.processors().size(), 0.0),
      best_work_(work_),
      rate_(problem.arrivals_per_second) {
  for (const InputClass& each : problem_.classes) delays_.emplace_back(*each.network, hardware_);
  for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size())) {
    neighbours_.emplace_back();
    const auto package = hardware_.processors()[p].package;
    if (!package) continue;
    for (const ProcessorId q : ids<ProcessorId>(hardware_.processors().size())) {
      if (q != p && hardware_.processors()[q].package == package)
        neighbours_.back().push_back({q, hardware_.packages()[*package].slowdown - 1});
    }
  }
  for (std::size_t c = 0; c < offered_.size(); ++c) {
    for (const Candidate& candidate : library.candidates)
      offer(c, candidate.configuration->plans[c]);
    const std::size_t own = offered_[c].size();
    for (std::size_t i = 0; i < own; ++i) offer_alike(c, *offered_[c][i].plan);
  }
}

void Router::offer(std::size_t input_class, const std::shared_ptr<const Plan>& plan) {
  std::vector<Offered>& offered = offered_[input_class];
  if (offered.size() == kMostPlans) return;
  const bool known = std::any_of(offered.begin(), offered.end(), [&](const Offered& each) {
    return each.plan == plan || each.plan->placement().order == plan->placement().order;
  });
  if (known) return;
  offered.push_back({plan,
                     weight_places(*problem_.classes[input_class].network, hardware_,
                                   std::vector<std::shared_ptr<const Plan>>{plan}),
                     false});
}

// The same on each other place in every group: gpu0's part on gpu1, gpu1's on gpu2, and so on.
void Router::offer_alike(std::size_t input_class, const Plan& plan) {
  const Network& network = *problem_.classes[input_class].network;
  for (const std::vector<ProcessorId>& group : alike_) {
    for (std::size_t by = 1; by < group.size(); ++by) {
      Placement placement = plan.placement();
      for (std::size_t i = 0; i < group.size(); ++i) {
        const ProcessorId to = group[(i + by) % group.size()];
        placement.order[to] = plan.order(group[i]);
        for (const LayerId layer : plan.order(group[i])) placement.processor[layer] = to;
      }
      auto made = make_plan(network, hardware_, std::move(placement), plan.method());
      if (auto* moved = std::get_if<Plan>(&made))
        offer(input_class, std::make_shared<Plan>(std::move(*moved)));
    }
  }
}

void Router::look_at(const Configuration& configuration) {
  if (known_ == &configuration) return;
  known_ = &configuration;
  const Network& network = *problem_.classes.front().network;
  resident_ = weight_places(network, hardware_, configuration.plans);
  resident_.insert(resident_.end(), configuration.also.begin(), configuration.also.end());
  std::sort(resident_.begin(), resident_.end());
  resident_.erase(std::unique(resident_.begin(), resident_.end()), resident_.end());
  for (std::vector<Offered>& all : offered_) {
    for (Offered& each : all) {
      each.usable = std::includes(resident_.begin(), resident_.end(), each.weights.begin(),
                                  each.weights.end());
    }
  }
  for (const ProcessorId p : ids<ProcessorId>(has_all_.size())) {
    const MemoryId memory = hardware_.processors()[p].memory;
    has_all_[index(p)] = true;
    for (const LayerId layer : network.layers()) {
      for (const TensorId weight : weights_of(network, layer)) {
        if (!std::binary_search(resident_.begin(), resident_.end(), WeightPlace{weight, memory}))
          has_all_[index(p)] = false;
      }
    }
  }
}

double Router::time_of(std::size_t input_class, LayerId layer, ProcessorId processor) const {
  const auto& cost = (*problem_.classes[input_class].costs)(layer, processor);
  if (!cost || !view_.present(processor)) return kNever;
  const Time expected = cost->time + cost->launch_overhead(hardware_.processors()[processor]);
  return seconds(expected) * view_.factor(input_class, layer, processor);
}

double Router::operands_there(std::size_t input_class, LayerId layer, ProcessorId processor) const {
  const Network& network = *problem_.classes[input_class].network;
  const MemoryId here = hardware_.processors()[processor].memory;
  double there = 0;
  for (const TensorId input : network.layer(layer).inputs) {
    const Tensor& tensor = network.tensor(input);
    if (tensor.producer) {
      const auto way = delays_[input_class].between(input, on_[index(*tensor.producer)], processor);
      if (!way) return kNever;
      there = std::max(there, end_[index(*tensor.producer)] + seconds(*way));
    } else if (tensor.kind == TensorKind::Input) {
      const auto way = delays_[input_class].from_host(input, here);
      if (!way) return kNever;
      there = std::max(there, seconds(*way));
    }
  }
  return there;
}

double Router::lost_to_neighbours(ProcessorId processor, double from, double until) const {
  double lost = 0;
  for (const auto& [other, slowdown] : neighbours_[index(processor)])
    lost += slowdown * std::max(0.0, std::min(until, free_at_start_[index(other)]) - from);
  return lost;
}

double Router::end_of(const Plan& plan, std::size_t input_class) {
  free_ = free_at_start_;
  std::fill(work_.begin(), work_.end(), 0.0);
  double last = 0, harm = 0;
  for (const LayerId layer : problem_.classes[input_class].network->layers()) {
    const ProcessorId p = plan.processor(layer);
    on_[index(layer)] = p;
    const double time = time_of(input_class, layer, p);
    const double there = operands_there(input_class, layer, p);
    if (time == kNever || there == kNever) return kNever;
    const double start = std::max(there, free_[index(p)]);
    const double lost = lost_to_neighbours(p, start, start + time);
    const double end = start + time + lost;
    end_[index(layer)] = free_[index(p)] = end;
    work_[index(p)] += time;
    harm += lost;
    last = std::max(last, end);
  }
  return last + harm;
}

double Router::greedy(std::size_t input_class) {
  free_ = free_at_start_;
  std::fill(work_.begin(), work_.end(), 0.0);
  double last = 0, harm = 0;
  for (const LayerId layer : problem_.classes[input_class].network->layers()) {
    double first = kNever, end_there = 0, time_there = 0, lost_there = 0;
    ProcessorId best{};
    for (const ProcessorId p : ids<ProcessorId>(free_.size())) {
      if (!has_all_[index(p)]) continue;
      const double time = time_of(input_class, layer, p);
      if (time == kNever) continue;
      const double there = operands_there(input_class, layer, p);
      const double start = std::max(there, free_[index(p)]);
      const double lost = lost_to_neighbours(p, start, start + time);
      const double end = start + time + lost;
      if (end + lost >= first) continue;
      first = end + lost, best = p, end_there = end, time_there = time, lost_there = lost;
    }
    if (first == kNever) return kNever;
    on_[index(layer)] = best;
    end_[index(layer)] = free_[index(best)] = end_there;
    work_[index(best)] += time_there;
    harm += lost_there;
    last = std::max(last, end_there);
  }
  return last + harm;
}

std::shared_ptr<const Plan> Router::greedy_plan(std::size_t input_class) {
  if (greedy_plans_.size() >= kMostGreedyPlans) greedy_plans_.clear();
  const auto [entry, is_new] = greedy_plans_.try_emplace(on_);
  if (is_new) {
    const Network& network = *problem_.classes[input_class].network;
    Placement placement{IdVector<LayerId, ProcessorId>(on_.size()),
                        IdVector<ProcessorId, std::vector<LayerId>>(free_.size())};
    for (const LayerId layer : network.layers()) {
      placement.processor[layer] = on_[index(layer)];
      placement.order[on_[index(layer)]].push_back(layer);
    }
    auto made = make_plan(network, hardware_, std::move(placement), "routed");
    if (auto* plan = std::get_if<Plan>(&made))
      entry->second = std::make_shared<Plan>(std::move(*plan));
  }
  return entry->second;
}

void Router::fill_free(double now) {
  std::fill(free_at_start_.begin(), free_at_start_.end(), 0.0);
  for (const Outstanding& each : outstanding_) {
    // One that should have ended has a little left.
    constexpr double kLeast = 0.05;
    const double left =
        std::clamp((each.end - now) / std::max(each.end - each.start, 1e-12), kLeast, 1.0);
    for (std::size_t p = 0; p < free_at_start_.size(); ++p)
      free_at_start_[p] += left * each.work[p];
  }
}

void Router::note(double now, double end) {
  constexpr std::size_t kMost = 1024;
  if (outstanding_.size() == kMost) outstanding_.erase(outstanding_.begin());
  outstanding_.push_back({now, now + end, best_work_});
}

std::shared_ptr<const Plan> Router::choose(Time now, std::size_t input_class,
                                           const Configuration& in_force) {
  if (input_class >= offered_.size()) input_class = 0;
  look_at(in_force);
  if (view_.now) view_.now(now);
  fill_free(seconds(now));
  const std::shared_ptr<const Plan>& usual = in_force.plans[input_class];
  double least = end_of(*usual, input_class);
  best_work_ = work_;
  const double usual_work = std::accumulate(work_.begin(), work_.end(), 0.0);
  constexpr double kMostLoad = 0.9;
  const double rho = std::min(kMostLoad, rate_ * *std::max_element(work_.begin(), work_.end()));
  const auto more_work = [&] {
    const double more = std::accumulate(work_.begin(), work_.end(), 0.0) - usual_work;
    return std::max(0.0, more) * rho / (1 - rho);
  };
  const bool idle = outstanding_.empty();
  if (idle && least < kNever) {
    note(seconds(now), least);
    return nullptr;
  }
  std::shared_ptr<const Plan> best;
  double enough = least < kNever ? least * (1 - kLeastGain) : kNever;
  for (const Offered& each : offered_[input_class]) {
    if (!each.usable || each.plan == usual) continue;
    const double end = end_of(*each.plan, input_class) + more_work();
    if (end >= enough) continue;
    enough = least = end;
    best = each.plan;
    best_work_ = work_;
  }
  if (const double end = greedy(input_class) + more_work();
      end < enough * (best ? 1 - kLeastGain : 1)) {
    if (auto plan = greedy_plan(input_class)) {
      least = end;
      best = std::move(plan);
      best_work_ = work_;
    }
  }
  note(seconds(now), least < kNever ? least : 0);
  return best;
}

// Whichever should have ended first.
void Router::answered(Time) {
  const auto first =
      std::min_element(outstanding_.begin(), outstanding_.end(),
                       [](const Outstanding& a, const Outstanding& b) { return a.end < b.end; });
  if (first != outstanding_.end()) outstanding_.erase(first);
}

void Router::running(std::size_t requests) {
  while (outstanding_.size() > requests) answered(Time{0});
}

}  // namespace partita
