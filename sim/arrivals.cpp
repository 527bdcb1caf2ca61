#include "sim/arrivals.h"

#include "sim/scheduler.h"

namespace partita::sim {

Arrivals::Arrivals(const sc_core::sc_module_name& name, const Clock& clock, Scheduler& scheduler)
    : sc_module(name), clock_(clock), scheduler_(scheduler) {
  SC_METHOD(arrive);
  dont_initialize();
  sensitive << start_ << timer_.event();
}

void Arrivals::reset(const Workload& workload) {
  timer_.cancel();
  workload_ = &workload;
  arrived_ = 0;
  start_.notify(sc_core::SC_ZERO_TIME);
}

void Arrivals::arrive() {
  const std::vector<Request>& requests = workload_->requests;
  const std::size_t before = arrived_;
  while (arrived_ < requests.size() &&
         (workload_->saturated || requests[arrived_].arrival <= clock_.now())) {
    ++arrived_;
  }
  if (arrived_ < requests.size()) timer_.set(requests[arrived_].arrival, clock_);
  if (arrived_ > before) scheduler_.arrived(arrived_);
}

}  // namespace partita::sim
