#include "partition/runtime/policies/probes.h"

#include <algorithm>
#include <cmath>

#include "partition/problem/candidates.h"

namespace partita {

Probes::Probes(const PolicyProblem& problem, const Hardware& hardware, const Estimates& estimates)
    : problem_(problem),
      hardware_(hardware),
      estimates_(estimates),
      delays_(*problem.classes.front().network, hardware),
      urgent_(hardware.processors().size(), false) {}

void Probes::use(const Candidate& candidate) {
  if (in_force_ == candidate.configuration) return;
  in_force_ = candidate.configuration;
  uses_ = candidate.uses;
  const std::size_t places = problem_.classes.size() * uses_.size();
  made_.assign(places, {});
  layer_.assign(places, LayerId{});
  urgent_.assign(uses_.size(), false);
}

bool Probes::wanted(ProcessorId processor) const {
  return !uses_[index(processor)] && estimates_.present(processor) &&
         estimates_.slowdown(processor) > kSlow;
}

void Probes::observe(std::span<const LayerReading> layers) {
  for (const LayerReading& reading : layers) {
    if (index(reading.processor) >= uses_.size() || !wanted(reading.processor)) continue;
    if (!is_probed(reading.layer, reading.processor)) continue;
    const std::size_t c = reading.input_class < problem_.classes.size() ? reading.input_class : 0;
    const auto& cost = (*problem_.classes[c].when_known().costs)(reading.layer, reading.processor);
    if (!cost) continue;
    const ProcessorSpec& processor = hardware_.processors()[reading.processor];
    const Time expected = cost->time + cost->launch_overhead(processor);
    if (expected < Estimates::kLeastTime) continue;
    const double ratio = seconds(reading.measured) / seconds(expected);
    const double believed = estimates_.slowdown(reading.processor);
    urgent_[index(reading.processor)] = std::abs(std::log(ratio / believed)) > kSurprise;
  }
}

bool Probes::is_probed(LayerId layer, ProcessorId processor) const {
  for (std::size_t place = index(processor); place < made_.size(); place += uses_.size()) {
    if (made_[place].plan && layer_[place] == layer) return true;
  }
  return false;
}

std::shared_ptr<const Plan> Probes::next(std::size_t input_class) {
  if (!in_force_) return nullptr;
  ++since_;
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    const std::size_t p = (turn_ + i) % uses_.size();
    const ProcessorId processor{static_cast<std::uint32_t>(p)};
    if (!wanted(processor) || (since_ < kEvery && !urgent_[p])) continue;
    Made& made = made_[input_class * uses_.size() + p];
    if (!made.tried) {
      made.tried = true;
      made.plan = make(input_class, processor);
      if (made.plan) {
        const std::size_t place = input_class * uses_.size() + p;
        for (const LayerId layer : ids<LayerId>(layer_count(problem_))) {
          if (made.plan->processor(layer) == processor) layer_[place] = layer;
        }
      }
    }
    if (!made.plan) continue;
    since_ = 0;
    turn_ = p + 1;
    return made.plan;
  }
  return nullptr;
}

// The layer without weights whose way there and back, and time there, are shortest.
std::shared_ptr<const Plan> Probes::make(std::size_t input_class, ProcessorId processor) const {
  const InputClass& of = problem_.classes[input_class];
  const Plan& plan = *in_force_->plans[input_class];
  std::optional<LayerId> best;
  double least = 0;
  for (const LayerId layer : of.network->layers()) {
    const auto& cost = (*of.costs)(layer, processor);
    if (!cost || !weights_of(*of.network, layer).empty()) continue;
    Time sum = cost->time + cost->launch_overhead(hardware_.processors()[processor]);
    if (sum < Estimates::kLeastTime) continue;
    bool possible = true;
    const auto add = [&](std::optional<Time> way) {
      possible = possible && way.has_value();
      if (way) sum += *way;
    };
    for (const TensorId input : of.network->layer(layer).inputs) {
      const Tensor& tensor = of.network->tensor(input);
      if (tensor.producer)
        add(delays_.between(input, plan.processor(*tensor.producer), processor));
      else if (tensor.kind == TensorKind::Input)
        add(delays_.from_host(input, hardware_.processors()[processor].memory));
    }
    for (const TensorId output : of.network->layer(layer).outputs) {
      const Tensor& tensor = of.network->tensor(output);
      for (const LayerId consumer : tensor.consumers)
        add(delays_.between(output, processor, plan.processor(consumer)));
      if (tensor.is_output) add(delays_.to_host(output, processor));
    }
    if (!possible || (best && seconds(sum) >= least)) continue;
    best = layer;
    least = seconds(sum);
  }
  if (!best) return nullptr;
  Placement placement = plan.placement();
  auto& before = placement.order[placement.processor[*best]];
  before.erase(std::find(before.begin(), before.end(), *best));
  placement.processor[*best] = processor;
  placement.order[processor] = {*best};
  auto made = make_plan(*of.network, hardware_, std::move(placement), "probe");
  const auto* probe = std::get_if<Plan>(&made);
  return probe ? std::make_shared<Plan>(*probe) : nullptr;
}

}  // namespace partita
