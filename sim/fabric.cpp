#include "sim/fabric.h"

#include "sim/leg_job.h"
#include "sim/packet/packet_network.h"

namespace partita::sim {

void Fabric::load(const Hardware& hardware, std::size_t flows) {
  fluid_.emplace(hardware.channels(), flows);
  channels_ = hardware.channels().size();
  owners_.assign(flows, nullptr);
  endless_.assign(flows, false);
  in_packets_.assign(flows, false);
}

void Fabric::reset() {
  rules_.clear();
  fluid_->reset();
  endless_.assign(endless_.size(), false);
  in_packets_.assign(in_packets_.size(), false);
}

void Fabric::carry(FlowId flow, LegJob& job, std::int64_t cap) {
  const Leg& way = *job.way;
  const FlowTraits traits{way.uses[static_cast<std::size_t>(job.content)],
                          way.priorities ? job.priority_on_links() : 0};
  if (packets_ == nullptr) return start(flow, way.channels, picobytes(job.size), cap, traits);
  in_packets_[flow] = true;
  start_endless(flow, way.channels, cap, traits);
  packets_->start(flow, job, *owners_[flow]);
}

void Fabric::update() {
  for (RateRule* rule : rules_) rule->apply();
  rules_.clear();
  fluid_->settle(clock_.now(), [&](FlowId flow, Time finish) {
    if (!endless_[flow]) owners_[flow]->finish_changed(flow, clock_.noted(finish));
  });
  if (packets_ != nullptr) leave_to_packets();
}

void Fabric::leave_to_packets() {
  for (const ChannelId channel : ids<ChannelId>(channels_)) {
    std::int64_t taken = 0, others = 0;
    for (const FlowId flow : fluid_->crossing(channel)) {
      if (in_packets_[flow]) continue;
      taken += fluid_->taken(flow, channel);
      ++others;
    }
    packets_->leave(channel, taken, others);
  }
}

}  // namespace partita::sim
