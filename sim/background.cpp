#include "sim/background.h"

#include <algorithm>

#include "sim/processor.h"
#include "sim/scheduler.h"

namespace partita::sim {

Background::Background(const sc_core::sc_module_name& name, Clock& clock, Fabric& fabric,
                       Scheduler& scheduler)
    : sc_module(name), clock_(clock), fabric_(fabric), scheduler_(scheduler) {
  SC_METHOD(turn);
  dont_initialize();
  sensitive << timer_.event();
  SC_METHOD(send);
  dont_initialize();
  sensitive << send_;
  SC_METHOD(wait_for_starts);
  dont_initialize();
  sensitive << look_;
  SC_METHOD(reconsider);
  dont_initialize();
  sensitive << reconsider_;
}

void Background::load(const Hardware& hardware,
                      const IdVector<ProcessorId, Processor*>& processors) {
  load_.emplace(hardware);
  processors_ = processors;
  channel_.clear();
  for (const LoadFlow& flow : load_->flows()) channel_.push_back(flow.channel);
  slowed_.assign(processors.size(), {});
}

void Background::lay_out(FlowId first_flow) { first_flow_ = first_flow; }

void Background::reset() {
  timer_.cancel();
  send_.cancel();
  look_.cancel();
  reconsider_.cancel();
  load_->restart();
  flowing_.assign(channel_.size(), false);
  for (Slowed& slowed : slowed_) slowed.speed.reset();
  if (!load_->empty()) timer_.set(load_->next(), clock_);
}

void Background::turn() {
  load_->advance();
  for (const ProcessorId id : load_->changed_processors()) {
    tell(id);
  }
  scheduler_.load_turned();
  send_.notify(sc_core::SC_ZERO_TIME);
  look();
}

void Background::tell(ProcessorId id) {
  Slowed& slowed = slowed_[id];
  if (!slowed.speed) return processors_[id]->load_changed(load_->lost(id), load_->speeds(id));
  const std::span<const Ratio> others = load_->speeds(id);
  slowed.speeds.assign(others.begin(), others.end());
  slowed.speeds.push_back(*slowed.speed);
  processors_[id]->load_changed(load_->lost(id), slowed.speeds);
}

void Background::slow_down(const SlowedDown& slowed) {
  const Ratio speed = speed_of(slowed);
  slowed_[slowed.processor].speed.reset();
  if (speed.numerator < speed.denominator) slowed_[slowed.processor].speed = speed;
  tell(slowed.processor);
}

void Background::send() {
  for (const std::uint32_t which : load_->changed_flows()) {
    const auto flow = static_cast<FlowId>(index(first_flow_) + which);
    const std::int64_t rate = load_->rate(which);
    if (rate > 0 && flowing_[which]) {
      fabric_.limit(flow, rate);
    } else if (rate > 0) {
      fabric_.start_endless(flow, {&channel_[which], 1}, rate,
                            {{}, load_->flows()[which].priority});
    } else if (flowing_[which]) {
      fabric_.stop(flow);
    }
    flowing_[which] = rate > 0;
  }
  fabric_.touch();
}

// What starts in this instant does so a delta cycle after what ends in it.
void Background::look() {
  if (load_->empty()) return;
  look_.notify(sc_core::SC_ZERO_TIME);
}

void Background::reconsider() {
  // Whatever is under way has something that happens next, unless packets wait for each other.
  const bool stuck = !scheduler_.idle() && !sc_core::sc_pending_activity();
  if (scheduler_.done() || stuck || (scheduler_.idle() && !waits_for_return())) {
    timer_.cancel();
  } else {
    timer_.set(load_->next(), clock_);
  }
}

bool Background::waits_for_return() const {
  for (const ProcessorId id : ids<ProcessorId>(processors_.size())) {
    const Processor& processor = *processors_[id];
    if (processor.lost() && !processor.given_up() && processor.has_work() && load_->returns(id)) {
      return true;
    }
  }
  return false;
}

}  // namespace partita::sim
