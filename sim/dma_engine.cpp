#include "sim/dma_engine.h"

#include "sim/scheduler.h"

namespace partita::sim {

DmaEngine::DmaEngine(const sc_core::sc_module_name& name, Clock& clock, Fabric& fabric,
                     DelayLine& line, Scheduler& scheduler)
    : sc_module(name),
      clock_(clock),
      fabric_(fabric),
      line_(line),
      scheduler_(scheduler),
      server_(clock, fabric) {
  SC_METHOD(end);
  dont_initialize();
  sensitive << timer_.event();
  SC_METHOD(start);
  dont_initialize();
  sensitive << wake_;
}

void DmaEngine::load(const EngineSpec& spec, FlowId flow) {
  server_.load(spec.setup, flow);
  fabric_.own(flow, *this);
}

void DmaEngine::reset() {
  timer_.cancel();
  wake_.cancel();
  queue_.clear();
  server_.reset();
}

void DmaEngine::queue(LegJob& job) {
  queue_.push(job);
  if (!server_.busy()) wake_.notify(sc_core::SC_ZERO_TIME);
}

void DmaEngine::end() {
  LegJob& job = *server_.job();
  if (server_.finish_phase()) {
    server_.free();
    line_.send(job, job.leg->latency);
    if (!queue_.empty()) wake_.notify(sc_core::SC_ZERO_TIME);
  }
  timer_.set(server_.due(), clock_);
  fabric_.touch();
}

void DmaEngine::start() {
  if (server_.busy() || queue_.empty()) return;
  LegJob& job = queue_.pop();
  scheduler_.leg_started(job);
  server_.start(job);
  timer_.set(server_.due(), clock_);
  fabric_.touch();
}

void DmaEngine::finish_changed(FlowId, Time finish) {
  server_.finish_changed(finish);
  timer_.set(finish, clock_);
}

}  // namespace partita::sim
