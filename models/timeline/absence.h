// When processors are away, as the machine's load tells: for the checker, which shares no code with
// those that it checks.
#pragma once

#include <optional>

#include "models/hardware/hardware.h"

namespace partita {

class Absence {
 public:
  explicit Absence(const Hardware& hardware) : hardware_(hardware) {}

  // The first instant within [from, until) when the processor is away.
  std::optional<Time> within(ProcessorId processor, Time from, Time until) const;
  bool at(ProcessorId processor, Time when) const {
    return within(processor, when, when + Time{1}).has_value();
  }
  // The first instant from `when` on when it is there; none: never.
  std::optional<Time> end(ProcessorId processor, Time when) const;

 private:
  const Hardware& hardware_;
};

}  // namespace partita
