#include "sim/delay_line.h"

#include <algorithm>

#include "sim/scheduler.h"

namespace partita::sim {

DelayLine::DelayLine(const sc_core::sc_module_name& name, Clock& clock, Scheduler& scheduler)
    : sc_module(name), clock_(clock), scheduler_(scheduler) {
  SC_METHOD(arrive);
  dont_initialize();
  sensitive << timer_.event();
}

void DelayLine::reset() {
  timer_.cancel();
  flights_.clear();
}

void DelayLine::send(LegJob& job, Time delay) {
  if (packets_deliver_ && job.leg != nullptr && job.size.value > 0) {
    job.left = true;
    if (job.arrives == Time::max()) return;
    // Where switches send on, one way may have been faster than the last byte on another.
    deliver(job, std::max(Time{0}, job.arrives + job.completion - clock_.now()));
    return;
  }
  deliver(job, delay);
}

void DelayLine::packets_arrive(LegJob& job, Time at) {
  job.arrives = at;
  if (job.left) deliver(job, at + job.completion - clock_.now());
}

void DelayLine::deliver(LegJob& job, Time delay) {
  if (delay == Time{0}) return scheduler_.leg_arrived(job);
  const Time arrival = clock_.in(delay);
  flights_.push_back({arrival, &job});
  std::push_heap(flights_.begin(), flights_.end());
  timer_.set(flights_.front().arrival, clock_);
}

void DelayLine::arrive() {
  const Time now = clock_.now();
  while (!flights_.empty() && flights_.front().arrival == now) {
    std::pop_heap(flights_.begin(), flights_.end());
    LegJob& job = *flights_.back().job;
    flights_.pop_back();
    scheduler_.leg_arrived(job);
  }
  if (!flights_.empty()) timer_.set(flights_.front().arrival, clock_);
}

}  // namespace partita::sim
