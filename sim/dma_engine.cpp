#include "sim/dma_engine.h"

#include <algorithm>

#include "sim/scheduler.h"

namespace partita::sim {

DmaEngine::DmaEngine(const sc_core::sc_module_name& name, Clock& clock, Fabric& fabric,
                     DelayLine& line, Scheduler& scheduler)
    : sc_module(name), clock_(clock), fabric_(fabric), line_(line), scheduler_(scheduler) {
  SC_METHOD(end);
  dont_initialize();
  sensitive << timer_.event();
  SC_METHOD(start);
  dont_initialize();
  sensitive << wake_;
}

void DmaEngine::load(const EngineSpec& spec, FlowId first_flow) {
  first_flow_ = first_flow;
  channels_.clear();
  for (std::size_t i = 0; i < static_cast<std::size_t>(spec.channels); ++i) {
    const auto flow = static_cast<FlowId>(index(first_flow) + i);
    channels_.emplace_back(clock_, fabric_).load(spec, flow);
    fabric_.own(flow, *this);
  }
}

void DmaEngine::reset() {
  timer_.cancel();
  wake_.cancel();
  queue_.clear();
  for (LegServer& channel : channels_) channel.reset();
  busy_ = 0;
}

void DmaEngine::queue(LegJob& job) {
  queue_.push(job);
  if (busy_ < channels_.size()) wake_.notify(sc_core::SC_ZERO_TIME);
}

// Who would have been served next may be gone: rates change all the same.
void DmaEngine::forget(const Inference& inference) {
  queue_.remove(inference);
  fabric_.touch();
}

std::vector<const LegJob*> DmaEngine::serves() const {
  std::vector<const LegJob*> jobs;
  for (const LegServer& channel : channels_) {
    if (channel.busy()) jobs.push_back(channel.job());
  }
  return jobs;
}

void DmaEngine::end() {
  const Time now = clock_.now();
  for (LegServer& channel : channels_) {
    if (channel.due() != now) continue;
    LegJob& job = *channel.job();
    if (!channel.finish_phase()) continue;
    channel.free();
    --busy_;
    for_copy(job, [&](LegJob& each) { line_.send(each, each.leg->latency); });
  }
  set_timer();
  if (busy_ < channels_.size() && !queue_.empty()) {
    wake_.notify(sc_core::SC_ZERO_TIME);
  } else {
    fabric_.touch();
  }
}

void DmaEngine::start() {
  if (scheduler_.deciding()) return wake_.notify(sc_core::SC_ZERO_TIME);
  if (busy_ == channels_.size() || queue_.empty()) return;
  for (LegServer& channel : channels_) {
    if (channel.busy() || queue_.empty()) continue;
    LegJob& job = queue_.pop();
    ++busy_;
    scheduler_.leg_started(job);
    channel.start(job);
  }
  set_timer();
  fabric_.touch();
}

void DmaEngine::finish_changed(FlowId flow, Time finish) {
  channels_[index(flow) - index(first_flow_)].finish_changed(finish);
  set_timer();
}

void DmaEngine::set_timer() {
  Time next = Time::max();
  for (const LegServer& channel : channels_) next = std::min(next, channel.due());
  timer_.set(next, clock_);
}

}  // namespace partita::sim
