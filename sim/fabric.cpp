#include "sim/fabric.h"

namespace partita::sim {

Fabric::Fabric(const sc_core::sc_module_name& name, Clock& clock) : sc_module(name), clock_(clock) {
  SC_METHOD(settle);
  dont_initialize();
  sensitive << rates_;
}

void Fabric::load(const Hardware& hardware, std::size_t flows) {
  fluid_.emplace(hardware.channels(), flows);
  owners_.assign(flows, nullptr);
}

void Fabric::reset() {
  rates_.cancel();
  rules_.clear();
  fluid_->reset();
}

void Fabric::settle() {
  for (RateRule* rule : rules_) rule->apply();
  rules_.clear();
  fluid_->settle(clock_.now(), [&](FlowId flow, Time finish) {
    owners_[flow]->finish_changed(flow, clock_.noted(finish));
  });
}

}  // namespace partita::sim
