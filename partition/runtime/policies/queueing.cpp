#include "partition/runtime/policies/queueing.h"

#include <algorithm>

namespace partita {

double cost_over(const ServiceTimes& times, double rate, double backlog, double horizon) {
  const double utilisation = std::min(rate * times.period, kMostUtilisation);
  const double settled_rate = times.period > 0 ? utilisation / times.period : 0;
  const double waiting = settled_rate * times.period_squared / (2 * (1 - utilisation));
  double cost = rate * horizon * (times.latency + waiting);
  if (times.period <= 0) return cost;
  const double shrinks = 1 / times.period - rate;  // requests a second
  const bool gets_empty = shrinks > 0 && backlog <= shrinks * horizon;
  if (gets_empty) {
    cost += backlog * backlog / (2 * shrinks);
  } else {
    cost += backlog * horizon - shrinks * horizon * horizon / 2;
  }
  return cost;
}

// The derivative of rate * mean square / (2 (1 - rate * period)), as periods grow in proportion.
double waiting_slope(const ServiceTimes& times, double rate) {
  if (times.period <= 0) return 0;
  const double utilisation = std::min(rate * times.period, kMostUtilisation);
  const double spread = times.period_squared / (times.period * times.period);
  const double idle = 1 - utilisation;
  return spread * (utilisation / idle + utilisation * utilisation / (2 * idle * idle));
}

double backlog_after(const ServiceTimes& times, double rate, double backlog, double seconds) {
  if (times.period <= 0) return 0;
  return std::max(0.0, backlog + (rate - 1 / times.period) * seconds);
}

}  // namespace partita
