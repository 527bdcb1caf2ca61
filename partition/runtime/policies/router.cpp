#include "partition/runtime/policies/router.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "models/base/random.h"
#include "models/evaluate/evaluate.h"
#include "models/workload/statistics.h"
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

// Seconds.
double mean_latency(const WorkloadTimeline& record) {
  double sum = 0;
  for (const RequestSpan& each : record.requests) sum += seconds(each.finish - each.arrival);
  return sum / static_cast<double>(record.requests.size());
}
double period(const WorkloadTimeline& record) { return steady_period(record).seconds_each(); }

}  // namespace

Router::Router(const PolicyProblem& problem, const PlanLibrary& library, View view,
               std::optional<Way> always)
    : problem_(problem),
      view_(std::move(view)),
      hardware_(without_load(*problem.hardware)),
      alike_(groups_of(hardware_)),
      neighbours_(neighbours_of(hardware_)),
      offered_(problem.classes.size()),
      has_all_(hardware_.processors().size(), false),
      free_at_start_(hardware_.processors().size(), 0.0),
      free_(hardware_.processors().size(), 0.0),
      end_(layer_count(problem), 0.0),
      on_(layer_count(problem)),
      work_(hardware_.processors().size(), 0.0),
      best_work_(work_),
      moved_(work_),
      best_moved_(work_),
      demand_(work_) {
  for (const InputClass& each : problem_.classes) delays_.emplace_back(*each.network, hardware_);
  for (std::size_t c = 0; c < offered_.size(); ++c) {
    for (const Candidate& candidate : library.candidates)
      offer(c, candidate.configuration->plans[c]);
    const std::size_t own = offered_[c].size();
    for (std::size_t i = 0; i < own; ++i) offer_alike(c, *offered_[c][i].plan);
  }
  occasions_ = library.occasions;
  for (const Candidate& candidate : library.candidates)
    prepared_.push_back(candidate.configuration);
  const Way way = always.value_or(Way::All);
  ways_.assign(occasions_.size(), {way, way});
  if (!always && problem_.arrivals_per_second > 0) try_ways(library);
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
  is_prepared_ = std::any_of(prepared_.begin(), prepared_.end(),
                             [&](const auto& each) { return each.get() == known_; });
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

double Router::demand_of(std::size_t input_class, LayerId layer, ProcessorId processor) const {
  return memory_demand(*(*problem_.classes[input_class].costs)(layer, processor), processor,
                       hardware_);
}

// While both run, a layer and each of its neighbours take so much longer.
Router::Lost Router::lost_to_neighbours(ProcessorId processor, double from, double until,
                                        double demand) const {
  Lost lost;
  for (const Neighbour& neighbour : neighbours_[index(processor)]) {
    const std::size_t q = index(neighbour.processor);
    const double loss = neighbour.loss(demand, demand_[q]);
    lost.own += loss * std::max(0.0, std::min(until, free_[q]) - from);
    lost.others += loss * std::max(0.0, std::min(until, free_at_start_[q]) - from);
  }
  return lost;
}

double Router::end_of(const Plan& plan, std::size_t input_class) {
  free_ = free_at_start_;
  std::fill(work_.begin(), work_.end(), 0.0);
  std::fill(moved_.begin(), moved_.end(), 0.0);
  double last = 0, harm = 0;
  for (const LayerId layer : problem_.classes[input_class].network->layers()) {
    const ProcessorId p = plan.processor(layer);
    on_[index(layer)] = p;
    const double time = time_of(input_class, layer, p);
    const double there = operands_there(input_class, layer, p);
    if (time == kNever || there == kNever) return kNever;
    const double start = std::max(there, free_[index(p)]);
    const double demand = demand_of(input_class, layer, p);
    const Lost lost = lost_to_neighbours(p, start, start + time, demand);
    const double end = start + time + lost.own;
    end_[index(layer)] = free_[index(p)] = end;
    work_[index(p)] += time + lost.own;
    moved_[index(p)] += demand * time;
    harm += lost.others;
    last = std::max(last, end);
  }
  return last + harm;
}

double Router::greedy(std::size_t input_class) {
  free_ = free_at_start_;
  std::fill(work_.begin(), work_.end(), 0.0);
  std::fill(moved_.begin(), moved_.end(), 0.0);
  double last = 0, harm = 0;
  for (const LayerId layer : problem_.classes[input_class].network->layers()) {
    struct {
      double score = kNever, end = 0, time = 0, demand = 0, others = 0;
      ProcessorId processor{};
    } best;
    for (const ProcessorId p : ids<ProcessorId>(free_.size())) {
      if (!has_all_[index(p)]) continue;
      const double time = time_of(input_class, layer, p);
      if (time == kNever) continue;
      const double there = operands_there(input_class, layer, p);
      const double start = std::max(there, free_[index(p)]);
      const double demand = demand_of(input_class, layer, p);
      const Lost lost = lost_to_neighbours(p, start, start + time, demand);
      const double end = start + time + lost.own;
      if (end + lost.others >= best.score) continue;
      best = {end + lost.others, end, time + lost.own, demand, lost.others, p};
    }
    if (best.score == kNever) return kNever;
    on_[index(layer)] = best.processor;
    end_[index(layer)] = free_[index(best.processor)] = best.end;
    work_[index(best.processor)] += best.time;
    moved_[index(best.processor)] += best.demand * best.time;
    harm += best.others;
    last = std::max(last, best.end);
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
  std::fill(demand_.begin(), demand_.end(), 0.0);
  for (const Outstanding& each : outstanding_) {
    // One that should have ended has a little left.
    constexpr double kLeast = 0.05;
    const double left =
        std::clamp((each.end - now) / std::max(each.end - each.start, 1e-12), kLeast, 1.0);
    for (std::size_t p = 0; p < free_at_start_.size(); ++p) {
      free_at_start_[p] += left * each.work[p];
      demand_[p] = std::max(demand_[p], each.demand[p]);
    }
  }
}

void Router::note(double now, double end) {
  constexpr std::size_t kMost = 1024;
  if (outstanding_.size() == kMost) outstanding_.erase(outstanding_.begin());
  Outstanding& noted = outstanding_.emplace_back(Outstanding{now, now + end, best_work_, {}});
  for (std::size_t p = 0; p < best_work_.size(); ++p)
    noted.demand.push_back(best_work_[p] > 0 ? best_moved_[p] / best_work_[p] : 0);
}

std::shared_ptr<const Plan> Router::choose(Time now, std::size_t input_class,
                                           const Configuration& in_force) {
  if (input_class >= offered_.size()) input_class = 0;
  look_at(in_force);
  if (view_.now) view_.now(now);
  return choose(nearest(), seconds(now), input_class, in_force.plans[input_class]);
}

std::shared_ptr<const Plan> Router::choose(Way way, double now, std::size_t input_class,
                                           const std::shared_ptr<const Plan>& usual) {
  fill_free(now);
  double least = end_of(*usual, input_class);
  best_work_ = work_, best_moved_ = moved_;
  const double usual_work = std::accumulate(work_.begin(), work_.end(), 0.0);
  constexpr double kMostLoad = 0.9;
  const double rho = std::min(
      kMostLoad, problem_.arrivals_per_second * *std::max_element(work_.begin(), work_.end()));
  const auto more_work = [&] {
    const double more = std::accumulate(work_.begin(), work_.end(), 0.0) - usual_work;
    return std::max(0.0, more) * rho / (1 - rho);
  };
  const bool is_possible = least < kNever;
  if (is_possible && (way == Way::Usual || (way == Way::All && outstanding_.empty()))) {
    note(now, least);
    return nullptr;
  }
  std::shared_ptr<const Plan> best;
  double enough = is_possible ? least * (1 - kLeastGain) : kNever;
  for (const Offered& each : offered_[input_class]) {
    if (way == Way::Greedy || !each.usable || each.plan == usual) continue;
    const double end = end_of(*each.plan, input_class) + more_work();
    if (end >= enough) continue;
    enough = least = end;
    best = each.plan;
    best_work_ = work_, best_moved_ = moved_;
  }
  double end = greedy(input_class);
  if (way != Way::Greedy) end += more_work();
  const double before = best ? enough * (1 - kLeastGain) : enough;
  if (end < kNever && (way == Way::Greedy || end < before)) {
    if (auto plan = greedy_plan(input_class)) {
      least = end;
      best = std::move(plan);
      best_work_ = work_, best_moved_ = moved_;
    }
  }
  note(now, least < kNever ? least : 0);
  return best;
}

// How far slowdowns are apart; a processor that is there and one that is not are far.
Router::Way Router::nearest() const {
  constexpr double kAbsent = 100;
  double least = kNever;
  Ways found{Way::All, Way::All};
  for (std::size_t i = 0; i < occasions_.size(); ++i) {
    double apart = 0;
    for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size())) {
      const bool present = view_.present(p), was = occasions_[i].conditions.present[p];
      if (present != was) apart += kAbsent;
      if (!present || !was) continue;
      const double ratio = std::log(view_.slowdown(p) / occasions_[i].conditions.slowdown[p]);
      apart += ratio * ratio;
    }
    for (const double slowdown : occasions_[i].conditions.link_slowdown)
      apart += std::log(slowdown) * std::log(slowdown);
    if (apart < least) least = apart, found = ways_[i];
  }
  if (waiting_ <= problem_.in_flight) return found.soonest;
  return is_prepared_ ? found.shortest_period : Way::Usual;
}

const WorkloadTimeline& Router::tried(Way way, double rate, const Configuration& configuration,
                                      Evaluator& evaluator) {
  constexpr std::size_t kRequests = 48;
  Random random(problem_.seed);
  const std::vector<double> shares = expected_shares(problem_);
  outstanding_.clear();
  Workload workload;
  workload.in_flight = std::max<std::size_t>(1, problem_.in_flight);
  std::vector<std::shared_ptr<const Plan>> plans;
  double arrival = 0, now = 0;
  for (std::size_t i = 0; i < kRequests; ++i) {
    arrival += static_cast<double>(random.exponential()) * 0x1p-32 / rate;
    now = std::max(now, arrival);
    double draw = static_cast<double>(random.bits() >> 11) * 0x1p-53;
    std::size_t input_class = 0;
    while (input_class + 1 < shares.size() && draw >= shares[input_class])
      draw -= shares[input_class++];
    std::erase_if(outstanding_, [&](const Outstanding& each) { return each.end <= now; });
    while (outstanding_.size() >= workload.in_flight) {
      const auto first =
          std::min_element(outstanding_.begin(), outstanding_.end(),
                           [](const auto& a, const auto& b) { return a.end < b.end; });
      now = std::max(now, first->end);
      outstanding_.erase(first);
    }
    const auto& usual = configuration.plans[input_class];
    auto plan = choose(way, now, input_class, usual);
    plans.push_back(plan ? plan : usual);
    workload.requests.push_back({scaled(std::chrono::seconds{1}, arrival), plans.back().get(),
                                 static_cast<std::uint32_t>(input_class)});
  }
  outstanding_.clear();
  return evaluator.run(workload);
}

void Router::try_ways(const PlanLibrary& library) {
  // What is not better by so much is not worth other plans. Many wait mostly because conditions are
  // none of these occasions, or have just been others: then a period must be shorter by more.
  constexpr double kSooner = 0.01, kShorter = 0.05;
  ConditionedMachine machine(problem_);
  const View later = view_;
  for (std::size_t i = 0; i < occasions_.size(); ++i) {
    const Conditions& conditions = occasions_[i].conditions;
    const Candidate* best = nullptr;
    double least = kNever;
    for (std::size_t x = 0; x < library.candidates.size(); ++x) {
      if (library.cost[x][i] < least) least = library.cost[x][i], best = &library.candidates[x];
    }
    if (best == nullptr) continue;
    machine.set(conditions);
    view_ = {[&](std::size_t, LayerId, ProcessorId p) { return conditions.slowdown[p]; },
             [&](ProcessorId p) { return conditions.slowdown[p]; },
             [&](ProcessorId p) { return bool{conditions.present[p]}; }};
    std::vector<Variant> variants;
    for (std::size_t c = 0; c < machine.classes(); ++c)
      variants.push_back({&machine.network(c), &machine.costs(c)});
    Evaluator evaluator(std::move(variants), machine.hardware());
    look_at(*best->configuration);
    const auto best_way = [&](double rate, double (*cost)(const WorkloadTimeline&), double gain) {
      double lowest = cost(tried(Way::Usual, rate, *best->configuration, evaluator)) * (1 - gain);
      Way found = Way::Usual;
      for (const Way way : {Way::Greedy, Way::All}) {
        const double other = cost(tried(way, rate, *best->configuration, evaluator));
        if (other < lowest) lowest = other, found = way;
      }
      return found;
    };
    ways_[i] = {best_way(problem_.arrivals_per_second, mean_latency, kSooner),
                best_way(kNever, period, kShorter)};
  }
  view_ = later;
  known_ = nullptr;
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
