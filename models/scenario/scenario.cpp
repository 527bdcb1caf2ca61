#include "models/scenario/scenario.h"

#include <utility>

namespace partita {

bool Scenario::disturbed() const {
  return !load.empty() || adversary || mix.size() > 1 || !arrivals.markov.empty() ||
         (arrivals.process && arrivals.process->kind == Arrivals::Kind::Bursts);
}

Hardware with_load(const Hardware& hardware, std::vector<LoadSpec> load) {
  HardwareParts parts = hardware.parts();
  parts.load = std::move(load);
  return HardwareBuilder::build(std::move(parts));
}

}  // namespace partita
