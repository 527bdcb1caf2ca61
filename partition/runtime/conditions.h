// How processors and links do now, as far as anybody knows: in parts of what the machine file says.
#pragma once

#include "models/hardware/hardware.h"

namespace partita {

// slowdown 1: as expected; 2: everything takes twice as long. Below 1 where costs were too high.
struct Conditions {
  IdVector<ProcessorId, double> slowdown;
  IdVector<ProcessorId, bool> present;
  IdVector<LinkId, double> link_slowdown;

  static Conditions undisturbed(const Hardware& hardware) {
    return {IdVector<ProcessorId, double>(hardware.processors().size(), 1.0),
            IdVector<ProcessorId, bool>(hardware.processors().size(), true),
            IdVector<LinkId, double>(hardware.links().size(), 1.0)};
  }
};

}  // namespace partita
