#include "sim/delay_line.h"

#include <algorithm>

#include "sim/scheduler.h"

namespace partita::sim {

DelayLine::DelayLine(const sc_core::sc_module_name& name, Clock& clock, Scheduler& scheduler)
    : sc_module(name), clock_(clock), scheduler_(scheduler) {
  SC_METHOD(deliver);
  dont_initialize();
  sensitive << timer_.event();
}

void DelayLine::reset() {
  timer_.cancel();
  flights_.clear();
}

void DelayLine::send(LegJob& job, Time delay) {
  if (delay == Time{0}) return scheduler_.leg_arrived(job);
  const Time arrival = clock_.in(delay);
  flights_.push_back({arrival, &job});
  std::push_heap(flights_.begin(), flights_.end());
  timer_.set(flights_.front().arrival, clock_);
}

void DelayLine::deliver() {
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
