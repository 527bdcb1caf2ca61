#include "sim/package.h"

#include <utility>

#include "sim/processor.h"

namespace partita::sim {

Package::Package(Fabric& fabric, double slowdown)
    : fabric_(fabric), ppm_(disturbance_ppm(slowdown)) {}

void Package::reset() {
  running_ = 0;
  pending_ = false;
}

void Package::changed(int change) {
  running_ += change;
  if (!std::exchange(pending_, true)) fabric_.apply_later(*this);
}

void Package::apply() {
  pending_ = false;
  for (Processor* member : members_) member->limit_layers();
}

}  // namespace partita::sim
