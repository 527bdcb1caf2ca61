#include "sim/fabric.h"

namespace partita::sim {

void Fabric::load(const Hardware& hardware, std::size_t flows) {
  fluid_.emplace(hardware.channels(), flows);
  owners_.assign(flows, nullptr);
}

void Fabric::reset() {
  rules_.clear();
  fluid_->reset();
}

void Fabric::update() {
  for (RateRule* rule : rules_) rule->apply();
  rules_.clear();
  fluid_->settle(clock_.now(), [&](FlowId flow, Time finish) {
    owners_[flow]->finish_changed(flow, clock_.noted(finish));
  });
}

}  // namespace partita::sim
