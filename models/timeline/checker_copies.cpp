// Legs that are one copy, as switches on the way send it on to several outputs.
#include <algorithm>

#include "models/timeline/checker.h"

namespace partita::checking {

// Where a leg comes through after each of its links.
std::vector<Endpoint> Checker::stops(const Leg& leg) const {
  std::vector<Endpoint> all;
  Endpoint at = leg.src;
  for (const ChannelId channel : leg.channels) {
    for (const LinkId id : ids<LinkId>(hardware_.links().size())) {
      const auto& [forwards, backwards] = hardware_.channels_of(id);
      if (forwards != channel && backwards != channel) continue;
      const LinkSpec& link = hardware_.links()[id];
      at = link.a == at ? link.b : link.a;
      all.push_back(at);
    }
  }
  return all;
}

// Whether the ways of two legs are the same as far as a switch that can send on to both.
bool Checker::fork_at_multicast(const Leg& a, const Leg& b) const {
  const std::vector<Endpoint> of_a = stops(a), of_b = stops(b);
  std::optional<Endpoint> last;
  for (std::size_t i = 0; i < std::min(of_a.size(), of_b.size()); ++i) {
    // Links that stand side by side are other ways.
    if (of_a[i] != of_b[i] || a.channels[i + 1] != b.channels[i + 1]) break;
    last = of_a[i];
  }
  const auto* node = last ? std::get_if<SwitchId>(&*last) : nullptr;
  return node != nullptr && hardware_.switches()[*node].multicast;
}

bool Checker::are_one_copy(const LegSpan& a, const LegSpan& b) const {
  const Transfer& of_a = transfers()[a.transfer];
  const Transfer& of_b = transfers()[b.transfer];
  return of_a.tensor == of_b.tensor && of_a.src == of_b.src && of_a.priority == of_b.priority &&
         a.engine == b.engine && a.copier == b.copier && fork_at_multicast(leg_of(a), leg_of(b));
}

// A leg goes with the first one before it that it can be one copy with, and with all that do.
void Checker::find_copies() {
  const bool any = std::any_of(hardware_.switches().begin(), hardware_.switches().end(),
                               [](const SwitchSpec& node) { return node.multicast; });
  copies_.clear();
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    look_at(part);
    std::vector<std::vector<const LegSpan*>> copies;
    std::map<TensorId, std::vector<std::size_t>> of_tensor;
    for (const LegSpan& span : timeline().legs) {
      const Transfer& transfer = transfer_of(span);
      const bool may = any && exact_ && !relocates() && by_engine_or_copier(span) &&
                       hardware_.route(transfer.src, transfer.dst)->size() == 1;
      std::vector<std::size_t>& others = of_tensor[transfer.tensor];
      const auto found = std::find_if(others.begin(), others.end(), [&](std::size_t other) {
        return std::all_of(copies[other].begin(), copies[other].end(),
                           [&](const LegSpan* leg) { return are_one_copy(*leg, span); });
      });
      if (may && found != others.end()) {
        copies[*found].push_back(&span);
        continue;
      }
      if (may) others.push_back(copies.size());
      copies.push_back({&span});
    }
    copies_.push_back(std::move(copies));
  }
}

void Checker::check_copies() {
  for (const std::vector<const LegSpan*>& copy : copies_[request()]) {
    const LegSpan& first = *copy.front();
    if (!has_ended(first)) continue;
    for (const LegSpan* leg : copy) {
      if (first_start(*leg) != first_start(first)) {
        found("{} and {} are one copy, but begin at {} and {} ps for the first time", name(first),
              name(*leg), first_start(first).count(), first_start(*leg).count());
      }
      if (leg->start != first.start || leg->data != first.data) {
        found("{} and {} are one copy, but begin at {} and {} ps, and their data at {} and {} ps",
              name(first), name(*leg), first.start.count(), leg->start.count(), first.data.count(),
              leg->data.count());
      }
      const Time sent = leg == &first ? Time{0} : first.finish - leg_of(first).latency;
      const bool fluid = timeline().fidelity == Fidelity::Fluid;
      if (leg != &first && fluid && leg->finish - leg_of(*leg).latency != sent) {
        found("{} and {} are one copy, but all of it is sent at {} and {} ps", name(first),
              name(*leg), sent.count(), (leg->finish - leg_of(*leg).latency).count());
      }
    }
  }
}

}  // namespace partita::checking
