#include "sim/leg_server.h"

#include "models/base/assert.h"

namespace partita::sim {

void LegServer::load(Time setup, FlowId flow) {
  setup_ = setup;
  flow_ = flow;
}

void LegServer::reset() {
  state_ = State::Idle;
  job_ = nullptr;
  due_ = Time::max();
}

void LegServer::start(LegJob& job) {
  PARTITA_ASSERT(!busy(), "one leg at a time");
  job_ = &job;
  job.span->start = clock_.now();
  pace_ = job.leg->pace(job.size);
  const Time setup = setup_ + pace_.wait;
  if (setup == Time{0}) return move();
  state_ = State::SettingUp;
  due_ = clock_.in(setup);
}

void LegServer::move() {
  state_ = State::Moving;
  job_->span->data = clock_.now();
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
  PARTITA_ASSERT(state_ == State::Moving, "nothing to finish");
  state_ = State::Moved;
  if (job_->size.value > 0) fabric_.stop(flow_);
  return true;
}

void LegServer::free() {
  PARTITA_ASSERT(state_ == State::Moved, "the data has not left yet");
  reset();
}

}  // namespace partita::sim
