// What a configuration costs those who ask, over a time to come.
#pragma once

namespace partita {

// Of one configuration under conditions, averaged over classes of inputs. Seconds.
struct ServiceTimes {
  double latency = 0;         // of a request that runs alone
  double period = 0;          // between two that stream through: never below latency / in_flight
  double period_squared = 0;  // mean of the squares
};

// The sum of all latencies of requests that wait, run or come within `horizon`, in request-seconds.
//
// Model: latency and mean waiting of those that come,
//     rate * horizon * (latency + rate * mean square of periods / (2 (1 - rate * period)))
//   (Pollaczek 1930, Khinchine 1932, with the period as the service time), as far as the queue
//   settles: a utilisation above kMostUtilisation counts as that; and, of the backlog, the area
//   under a queue that begins with `backlog` requests and shrinks, or grows, by
//   rate - 1 / period a second.
// Left out: that requests which overlap slow each other down; shedding.
double cost_over(const ServiceTimes& times, double rate, double backlog, double horizon);

// How much longer requests wait, in the same model, for each second that periods are longer.
double waiting_slope(const ServiceTimes& times, double rate);

// How many wait after so many seconds, in the same model.
double backlog_after(const ServiceTimes& times, double rate, double backlog, double seconds);

constexpr double kMostUtilisation = 0.95;

}  // namespace partita
