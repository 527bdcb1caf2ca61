// One attempt to answer a request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "models/plan/plan.h"

namespace partita {

// Numbers count from 0 in the order in which they were made.
enum class RunId : std::uint32_t {};

struct Run {
  RunId id{};
  std::size_t request = 0;
  std::shared_ptr<const Plan> plan;
  std::uint32_t era = 0;  // of the configuration in force when it started: Switchover::era()
};

}  // namespace partita
