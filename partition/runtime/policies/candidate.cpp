#include "partition/runtime/policies/candidate.h"

#include <algorithm>
#include <cmath>

#include "models/plan/resident_weights.h"
#include "models/timeline/time_spent.h"
#include "partition/problem/candidates.h"

namespace partita {
namespace {

constexpr double kSame = 1e-3;
constexpr std::size_t kMostCuts = 24;

}  // namespace

std::vector<WeightPlace> weight_places(const Network& network, const Hardware& hardware,
                                       std::span<const std::shared_ptr<const Plan>> plans) {
  std::vector<WeightPlace> places;
  for (const auto& plan : plans) {
    for (const LayerId layer : network.layers()) {
      const MemoryId memory = hardware.processors()[plan->processor(layer)].memory;
      for (const TensorId weight : weights_of(network, layer))
        places.push_back({weight, plan->read_from(weight, memory)});
    }
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

CandidateMaker::CandidateMaker(const PolicyProblem& problem)
    : in_flight_(problem.in_flight), undisturbed_(problem), known_(when_known(problem)) {
  if (problem.replicates) find_standby();
  for (std::size_t c = 0; c < undisturbed_.classes(); ++c)
    finders_.emplace_back(undisturbed_.network(c), undisturbed_.hardware());
}

// All weights, wherever they leave at least half of the memory free for what requests need.
void CandidateMaker::find_standby() {
  const Network& network = undisturbed_.network(0);
  const Hardware& hardware = undisturbed_.hardware();
  std::vector<TensorId> weights;
  for (const LayerId layer : network.layers()) {
    for (const TensorId weight : weights_of(network, layer)) weights.push_back(weight);
  }
  std::sort(weights.begin(), weights.end());
  weights.erase(std::unique(weights.begin(), weights.end()), weights.end());
  Bytes all;
  for (const TensorId weight : weights) all += network.tensor(weight).size;
  std::vector<bool> serves(hardware.memories().size(), false);
  for (const ProcessorSpec& processor : hardware.processors())
    serves[index(processor.memory)] = true;
  for (const TensorId weight : weights) {
    for (const MemoryId memory : ids<MemoryId>(serves.size())) {
      if (serves[index(memory)] && all * 2 <= hardware.memories()[memory].capacity)
        standby_.push_back({weight, memory});
    }
  }
}

Candidate CandidateMaker::make(std::string name, std::vector<std::shared_ptr<const Plan>> plans) {
  const Hardware& hardware = undisturbed_.hardware();
  Candidate made;
  made.uses.assign(hardware.processors().size(), false);
  made.weights = weight_places(undisturbed_.network(0), hardware, plans);
  made.weights.insert(made.weights.end(), standby_.begin(), standby_.end());
  std::sort(made.weights.begin(), made.weights.end());
  made.weights.erase(std::unique(made.weights.begin(), made.weights.end()), made.weights.end());
  Slowdowns none;
  fill_slowdowns(Conditions::undisturbed(hardware), none);
  for (std::size_t c = 0; c < plans.size(); ++c) {
    const Plan& plan = *plans[c];
    const Timeline& timeline = undisturbed_.run(c, plan);
    Candidate::OfClass& of = made.classes.emplace_back();
    of.spent = time_spent(known_.run(c, plan), known_.network(c), hardware, plan);
    of.undisturbed = seconds(timeline.makespan);
    of.loads = finders_[c].loads(plan, timeline, none);
    of.cuts.push_back(finders_[c].of_makespan(plan, timeline, none));
    if (in_flight_ > 1) {
      ServiceTimes alone;
      add_class(alone, 1, of.undisturbed, largest(of.loads, none), in_flight_);
      of.stretch = std::max(1.0, undisturbed_.period(c, plan, in_flight_) / alone.period);
    }
    for (const LayerId layer : undisturbed_.network(c).layers())
      made.uses[index(plan.processor(layer))] = true;
  }
  made.configuration =
      std::make_shared<Configuration>(Configuration{std::move(name), std::move(plans), standby_});
  return made;
}

void CandidateMaker::add_cut(Candidate& candidate, std::size_t input_class,
                             const Timeline& timeline, const Slowdowns& at,
                             const ShareFinder::Beyond& beyond) {
  std::vector<TimeShares>& cuts = candidate.classes[input_class].cuts;
  const double exact = seconds(timeline.makespan);
  // One that says more was wrong about what does not change. That of the undisturbed machine stays.
  const auto is_wrong = [&](const TimeShares& cut) {
    return stretched(cut, at) > (1 + kSame) * exact;
  };
  cuts.erase(std::remove_if(cuts.begin() + 1, cuts.end(), is_wrong), cuts.end());
  if (largest(cuts, at) >= (1 - kSame) * exact) return;
  // The first is that of the undisturbed machine; of the others the oldest goes.
  if (cuts.size() == kMostCuts) cuts.erase(cuts.begin() + 1);
  const Plan& plan = *candidate.configuration->plans[input_class];
  cuts.push_back(finders_[input_class].of_makespan(plan, timeline, at, beyond, cuts.front()[0]));
}

bool CandidateMaker::fits(std::span<const std::shared_ptr<const Plan>> plans) {
  const Hardware& hardware = undisturbed_.hardware();
  IdVector<MemoryId, Bytes> weights(hardware.memories().size()), beside = weights;
  for (const WeightPlace& place : weight_places(undisturbed_.network(0), hardware, plans))
    weights[place.memory] += undisturbed_.network(0).tensor(place.weight).size;
  for (std::size_t c = 0; c < plans.size(); ++c) {
    const IdVector<MemoryId, Bytes> own =
        resident_weights(undisturbed_.network(c), hardware, *plans[c]);
    const Timeline& timeline = undisturbed_.run(c, *plans[c]);
    for (const MemoryId memory : ids<MemoryId>(own.size()))
      beside[memory] = std::max(beside[memory], timeline.memory_peak[memory] - own[memory]);
  }
  for (const MemoryId memory : ids<MemoryId>(weights.size())) {
    const Bytes held = weights[memory] + beside[memory] * static_cast<std::int64_t>(in_flight_);
    if (held > hardware.memories()[memory].capacity) return false;
  }
  return true;
}

void add_class(ServiceTimes& sum, double share, double latency, double largest_load,
               std::size_t in_flight, double stretch) {
  const double period = stretch * std::max(latency / static_cast<double>(in_flight), largest_load);
  sum.latency += share * latency;
  sum.period += share * period;
  sum.period_squared += share * period * period;
}

ServiceTimes estimated_times(const Candidate& candidate, const Slowdowns& slowdowns,
                             std::span<const double> shares, std::size_t in_flight) {
  ServiceTimes sum;
  for (std::size_t c = 0; c < candidate.classes.size(); ++c) {
    const Candidate::OfClass& of = candidate.classes[c];
    add_class(sum, shares[c], largest(of.cuts, slowdowns), largest(of.loads, slowdowns), in_flight);
  }
  return sum;
}

}  // namespace partita
