#include "partition/runtime/policies/turns.h"

#include <algorithm>
#include <cmath>

namespace partita {
namespace {

// Exponentially weighted; the first counts fully.
void remember(double& mean, double value) {
  mean = mean == 0 ? value : mean + (value - mean) / Turns::kMemory;
}

}  // namespace

void Turns::told(Time now, std::span<const LayerReading> layers) {
  double sum = 0;
  std::size_t count = 0;
  for (const LayerReading& reading : layers) {
    if (reading.start < Time{0}) continue;
    sum += seconds(now - reading.start);
    ++count;
  }
  now_ = seconds(now);
  if (count == 0) return;
  if (age_ > 0) remember(late_, now_ - told_at_ + age_);
  age_ = sum / static_cast<double>(count);
  told_at_ = now_;
}

void Turns::seen(Time now, ProcessorId processor, double slowdown) {
  Of& of = of_[index(processor)];
  const double level = std::log(slowdown);
  const double on = of.direction == 0 ? std::abs(level) : of.direction * (level - of.furthest);
  if (of.direction != 0 && on >= 0) {
    of.furthest = level;
    return;
  }
  if (std::abs(on) <= kTurn) return;
  if (of.direction != 0) remember(of.direction > 0 ? of.slow : of.well, seconds(now) - of.since);
  of.before = of.furthest;
  of.direction = of.direction == 0 ? (level > 0 ? 1 : -1) : -of.direction;
  of.furthest = level;
  of.since = seconds(now);
}

double Turns::lasting(ProcessorId processor, double slowdown) const {
  const Of& of = of_[index(processor)];
  if (of.slow == 0 || of.well == 0) return slowdown;
  const double other = of.direction > 0 ? of.well : of.slow;
  const double own = std::max(of.direction > 0 ? of.slow : of.well, now_ - of.since);
  const double late = std::min(late_ / own, other / (own + other));
  return 1 / ((1 - late) / slowdown + late / std::exp(of.before));
}

}  // namespace partita
