// The states of a copy: set-up, then data. A DMA engine has one, and every processor has one for
// want of an engine.
#pragma once

#include "sim/clock.h"
#include "sim/fabric.h"
#include "sim/leg_job.h"

namespace partita::sim {

// Model: set-up, then the data as a flow over the leg's channels. An empty tensor takes 1 ps of
// data.
class LegServer {
 public:
  LegServer(Clock& clock, Fabric& fabric) : clock_(clock), fabric_(fabric) {}

  void load(Time setup, FlowId flow);
  void reset();

  bool busy() const { return state_ != State::Idle; }
  // When set-up or data will be over; Time::max() where only the fabric knows, or nothing goes on.
  Time due() const { return due_; }
  LegJob* job() const { return job_; }

  // Second phase of an instant: a new leg.
  void start(LegJob& job);

  // First phase: what was due is over. True if that was the data; after the set-up, the data
  // follows at once.
  bool finish_phase();
  void free();

  void finish_changed(Time finish) { due_ = finish; }

 private:
  enum class State : std::uint8_t { Idle, SettingUp, Moving, Moved };

  void move();

  Clock& clock_;
  Fabric& fabric_;
  Time setup_{0};
  Pace pace_;
  FlowId flow_{};
  State state_ = State::Idle;
  LegJob* job_ = nullptr;
  Time due_ = Time::max();
};

}  // namespace partita::sim
