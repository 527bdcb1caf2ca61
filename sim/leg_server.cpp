#include "sim/leg_server.h"

#include <utility>

#include "models/base/assert.h"

namespace partita::sim {

void LegServer::load(EngineSpec spec, FlowId flow) {
  spec_ = std::move(spec);
  flow_ = flow;
}

void LegServer::reset() {
  state_ = State::Idle;
  job_ = nullptr;
  due_ = Time::max();
}

void LegServer::start(LegJob& job, Time waking) {
  PARTITA_ASSERT(!busy(), "one leg at a time");
  job_ = &job;
  for_copy(job, [&](LegJob& each) {
    each.span->start = clock_.now();
    each.span->waking = waking;
    each.completion = spec_.completion;
  });
  pace_ = job.way->pace(job.size);
  const Time wait = fabric_.carries_packets() ? job.way->pace_of_links(job.size).wait : pace_.wait;
  const Time setup = after(waking, after(spec_.setup_of(job.size), wait));
  if (setup == Time{0}) return move();
  state_ = State::SettingUp;
  due_ = clock_.in(setup);
}

void LegServer::move() {
  state_ = State::Moving;
  for_copy(*job_, [&](LegJob& each) { each.span->data = clock_.now(); });
  if (job_->size.value == 0) {
    due_ = clock_.in(Time{1});
    return;
  }
  due_ = Time::max();  // until the fabric has settled
  fabric_.carry(flow_, *job_, pace_.cap);
}

bool LegServer::finish_phase() {
  if (state_ == State::SettingUp) {
    move();
    return false;
  }
  due_ = Time::max();
  if (state_ == State::Moving) {
    if (job_->size.value > 0) fabric_.stop(flow_);
    if (spec_.completion > Time{0}) {
      state_ = State::Completing;
      due_ = clock_.in(spec_.completion);
      return false;
    }
  } else {
    PARTITA_ASSERT(state_ == State::Completing, "nothing to finish");
  }
  state_ = State::Moved;
  return true;
}

bool LegServer::halt() {
  if (state_ != State::SettingUp && state_ != State::Moving) return false;
  if (state_ == State::Moving && job_->size.value > 0) fabric_.stop(flow_);
  state_ = State::Halted;
  due_ = Time::max();
  return true;
}

void LegServer::start_again(Time waking) {
  state_ = State::Idle;
  start(*job_, waking);
}

void LegServer::free() {
  PARTITA_ASSERT(state_ == State::Moved, "the data has not left yet");
  reset();
}

}  // namespace partita::sim
