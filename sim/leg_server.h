// The states of a copy: set-up, then data, then completion. A DMA engine has one for each channel,
// and every processor has one for want of an engine.
#pragma once

#include "sim/clock.h"
#include "sim/fabric.h"
#include "sim/leg_job.h"

namespace partita::sim {

// Model: the set-up of all descriptors, then the data as a flow over the leg's channels, then
// completion. An empty tensor takes 1 ps of data.
// Left out: pauses of the data between descriptors; only their sum counts, before the data.
class LegServer {
 public:
  LegServer(Clock& clock, Fabric& fabric) : clock_(clock), fabric_(fabric) {}

  void load(EngineSpec spec, FlowId flow);
  void reset();

  bool busy() const { return state_ != State::Idle; }
  // When set-up or data will be over; Time::max() where only the fabric knows, or nothing goes on.
  Time due() const { return due_; }
  LegJob* job() const { return job_; }

  // Second phase of an instant: a new leg, whose copier has to wake first.
  void start(LegJob& job, Time waking = Time{0});

  // First phase: what was due is over. True if that was all; what comes next follows at
  // once.
  bool finish_phase();
  void free();

  // Second phase: the leg stops, to begin again. False where its data has left already, or there is
  // none.
  bool halt();
  bool halted() const { return state_ == State::Halted; }
  void start_again(Time waking);

  void finish_changed(Time finish) { due_ = finish; }

 private:
  enum class State : std::uint8_t { Idle, SettingUp, Moving, Completing, Moved, Halted };

  void move();

  Clock& clock_;
  Fabric& fabric_;
  EngineSpec spec_;
  Pace pace_;
  FlowId flow_{};
  State state_ = State::Idle;
  LegJob* job_ = nullptr;
  Time due_ = Time::max();
};

}  // namespace partita::sim
