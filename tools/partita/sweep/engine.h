// Who computes the points of a sweep: processes here, or other computers.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/partita/sweep/protocol.h"

namespace partita::command {

struct FinishedPoint {
  std::int64_t key = 0;  // as it was submitted
  PointAnswer answer;
  int attempts = 1;
};

class Engine {
 public:
  virtual ~Engine() = default;

  // How many more points it wants, so that nobody waits for work and nobody hoards it.
  virtual std::size_t wanted() const = 0;
  virtual void submit(std::int64_t key, PointQuestion question) = 0;
  // Points that were submitted and have not come back.
  virtual std::size_t under_way() const = 0;
  // Waits until points are finished, at most so long; they may be none. Throws Error when no point
  // can be computed any more.
  virtual std::vector<FinishedPoint> wait(std::chrono::milliseconds at_most) = 0;
};

struct PointLimits {
  std::optional<std::chrono::nanoseconds> time{};  // of one point
  std::int64_t memory = 0;                         // bytes of its process; 0: none
};

}  // namespace partita::command
