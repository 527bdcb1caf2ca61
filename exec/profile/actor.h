// A network with the workers that run it, started when they are first needed.
#pragma once

#include <cstdint>
#include <memory>

#include "exec/profile/stage.h"
#include "exec/replay/replay.h"

namespace partita::exec {

class Actor {
 public:
  // The machine must outlive it. `where`: see ReplayerOptions.
  Actor(Stage stage, const Hardware& hardware, std::uint64_t seed, std::string where)
      : stage_(std::move(stage)), hardware_(hardware), seed_(seed), where_(std::move(where)) {}
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  const Stage& stage() const { return stage_; }
  const Network& network() const { return stage_.network; }
  Replayer& replayer() {
    if (!replayer_) {
      replayer_ = std::make_unique<Replayer>(stage_.network, hardware_, seed_,
                                             ReplayerOptions{.where = where_});
    }
    return *replayer_;
  }
  // Whether it had to be done. Precondition: `plan` stays where it is.
  bool prepare(const Plan& plan) {
    if (prepared_ == &plan) return false;
    replayer().prepare(plan);
    prepared_ = &plan;
    return true;
  }

 private:
  const Stage stage_;
  const Hardware& hardware_;
  const std::uint64_t seed_;
  const std::string where_;
  std::unique_ptr<Replayer> replayer_;
  const Plan* prepared_ = nullptr;
};

}  // namespace partita::exec
