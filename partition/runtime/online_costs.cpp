#include "partition/runtime/online_costs.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace partita {
namespace {

constexpr double kLeastNoise = 1e-6;    // variance: a tenth of a percent
constexpr double kMedianSize = 0.6745;  // of a normal variable, in standard deviations

double square(double x) { return x * x; }

// One more on `side` (-1, 0, 1). True: `enough` in a row, and counting starts anew.
bool goes_on(int& in_a_row, int side, int enough) {
  const bool same_side = side * in_a_row > 0;
  in_a_row = same_side ? in_a_row + side : side;
  if (std::abs(in_a_row) < enough) return false;
  in_a_row = 0;
  return true;
}

}  // namespace

OnlineCosts::OnlineCosts(CostTable expected, OnlineOptions options)
    : expected_(std::move(expected)),
      options_(options),
      processors_(expected_.processors()),
      biases_(expected_.layers() * expected_.processors()) {
  for (OfProcessor& each : processors_) {
    each.scale.variance = square(options_.processor_doubt);
  }
  for (Bias& each : biases_) {
    each.variance = square(options_.layer_doubt);
    each.noise = square(options_.noise);
  }
  innovations_.reserve(expected_.layers());
  by_time_.reserve(expected_.layers());
}

void OnlineCosts::observe(std::span<const Observation> in_any_order) {
  ++inferences_;
  // Of a scale that nothing is known of, the first reading is believed most.
  std::vector<Observation>& readings = by_time_;
  readings.assign(in_any_order.begin(), in_any_order.end());
  std::sort(readings.begin(), readings.end(), [](const Observation& a, const Observation& b) {
    return std::tie(b.expected, a.processor, a.layer) < std::tie(a.expected, b.processor, b.layer);
  });
  for (OfProcessor& each : processors_) {
    each.scale.variance = std::min(each.scale.variance + square(options_.processor_drift),
                                   square(options_.processor_doubt));
    each.before = each.scale;
    each.expected = each.above = each.below = 0;
    each.readings = 0;
  }
  for (const Observation& reading : readings) learn(reading);

  for (std::size_t p = 0; p < processors_.size(); ++p) {
    OfProcessor& of = processors_[p];
    if (of.expected == 0) continue;
    const int side = 2 * of.above > of.expected ? 1 : 2 * of.below > of.expected ? -1 : 0;
    const auto surprising = static_cast<double>(std::max(of.above, of.below));
    const bool at_once = of.readings >= options_.confirm_layer &&
                         surprising > options_.at_once * static_cast<double>(of.expected);
    const int enough = at_once ? 1 : options_.confirm_processor;
    const bool confirmed = goes_on(of.scale.surprises, side, enough);
    // Until it is known to be a change, it was a disturbance, of which the scale learns nothing.
    if (side != 0) of.scale.value = of.before.value, of.scale.variance = of.before.variance;
    if (!confirmed) continue;
    ++of.changes;
    of.scale.value += typical_innovation(readings, static_cast<ProcessorId>(p));
    of.scale.variance = square(options_.processor_doubt);
    for (const Observation& reading : readings) {
      if (index(reading.processor) == p) learn(reading);
    }
  }
}

double OnlineCosts::innovation(const Observation& reading) const {
  return std::log(static_cast<double>(reading.measured.count()) /
                  static_cast<double>(reading.expected.count())) -
         processors_[index(reading.processor)].scale.value -
         biases_[place(reading.layer, reading.processor)].value;
}

double OnlineCosts::typical_innovation(std::span<const Observation> readings,
                                       ProcessorId processor) {
  innovations_.clear();
  double time = 0;
  for (const Observation& reading : readings) {
    if (reading.processor != processor || !expected_(reading.layer, processor)) continue;
    innovations_.emplace_back(innovation(reading), static_cast<double>(reading.expected.count()));
    time += innovations_.back().second;
  }
  std::sort(innovations_.begin(), innovations_.end());
  double up_to = 0;
  for (const auto& [value, weight] : innovations_) {
    up_to += weight;
    if (2 * up_to >= time) return value;
  }
  return 0;
}

double OnlineCosts::variance(LayerId layer, ProcessorId processor) const {
  const Bias& bias = biases_[place(layer, processor)];
  const auto unseen = static_cast<double>(inferences_ - bias.seen);
  return std::min(bias.variance + unseen * square(options_.layer_drift),
                  square(options_.layer_doubt));
}

void OnlineCosts::learn(const Observation& reading) {
  if (!expected_(reading.layer, reading.processor)) return;
  OfProcessor& of = processors_[index(reading.processor)];
  Bias& bias = biases_[place(reading.layer, reading.processor)];
  bias.variance = variance(reading.layer, reading.processor);
  bias.seen = inferences_;

  const double innovation = this->innovation(reading);
  const auto total = [&] { return of.scale.variance + bias.variance + bias.noise; };
  const double most = options_.clip * std::sqrt(total());
  const int side = innovation > most ? 1 : innovation < -most ? -1 : 0;
  of.expected += reading.expected.count();
  ++of.readings;
  if (side > 0) of.above += reading.expected.count();
  if (side < 0) of.below += reading.expected.count();
  if (goes_on(bias.surprises, side, options_.confirm_layer)) {
    bias.variance = square(options_.change_doubt);
  }

  const double sum = total(), limit = options_.clip * std::sqrt(sum);
  const double clipped = std::clamp(innovation, -limit, limit);
  for (Estimate* each : {&of.scale, static_cast<Estimate*>(&bias)}) {
    const double gain = each->variance / sum;
    each->value += gain * clipped;
    each->variance *= 1 - gain;
  }
  // The variance moves by twice as much, in logarithms, as the deviation.
  const double step =
      (std::abs(innovation) > kMedianSize * std::sqrt(sum) ? 1 : -1) / options_.memory;
  bias.noise = std::max(kLeastNoise, bias.noise * std::exp(step));
}

void OnlineCosts::rescale(ProcessorId processor, double factor) {
  Estimate& scale = processors_[index(processor)].scale;
  scale.value += std::log(factor);
  scale.variance = square(options_.processor_doubt);
}

void OnlineCosts::forget(ProcessorId processor) {
  processors_[index(processor)].scale = {.variance = square(options_.processor_doubt)};
}

double OnlineCosts::factor(LayerId layer, ProcessorId processor) const {
  return std::exp(processors_[index(processor)].scale.value +
                  biases_[place(layer, processor)].value);
}

double OnlineCosts::slowdown(ProcessorId processor) const {
  return std::exp(processors_[index(processor)].scale.value);
}

std::int64_t OnlineCosts::changes(ProcessorId processor) const {
  return processors_[index(processor)].changes;
}

void OnlineCosts::predict(CostTable& into) const {
  constexpr double kNinety = 1.645;  // standard deviations on each side of 90 % of a normal
  for (const LayerId layer : ids<LayerId>(expected_.layers())) {
    for (const ProcessorId processor : ids<ProcessorId>(processors_.size())) {
      std::optional<LayerCost> cost = expected_(layer, processor);
      if (cost) {
        const OfProcessor& of = processors_[index(processor)];
        cost->time = std::max(Time{1}, scaled(cost->time, factor(layer, processor)));
        cost->source = CostSource::Learned;
        const double doubt = std::sqrt(of.scale.variance + variance(layer, processor) +
                                       biases_[place(layer, processor)].noise);
        cost->spread = {std::exp(-kNinety * doubt), std::exp(kNinety * doubt)};
      }
      into.set(layer, processor, cost);
    }
  }
}

}  // namespace partita
