#include "models/timeline/made_copies.h"

#include <algorithm>

namespace partita {
namespace {

// Of a transfer that takes part in a multicast, which has one leg; nullptr where it is missing.
const LegSpan* leg_of(const Timeline& timeline, std::uint32_t transfer) {
  const auto found = std::lower_bound(
      timeline.legs.begin(), timeline.legs.end(), transfer,
      [](const LegSpan& each, std::uint32_t wanted) { return each.transfer < wanted; });
  return found != timeline.legs.end() && found->transfer == transfer ? &*found : nullptr;
}

}  // namespace

Multicasts multicasts_in(const Timeline& timeline, const Network& network, const Hardware& hardware,
                         const Plan& plan) {
  if (timeline.origin == Origin::Measured) return {};
  std::vector<bool> shared(plan.transfers().size());
  for (const LegSpan& leg : timeline.legs) shared[leg.transfer] = !leg.engine && !leg.copier;
  return {network, hardware, plan, shared};
}

const LegSpan& first_of_copy(const Timeline& timeline, const Multicasts& multicasts,
                             const LegSpan& leg) {
  const Multicast* all = multicasts.of(leg.transfer);
  const LegSpan* first = all == nullptr ? nullptr : leg_of(timeline, all->first());
  return first == nullptr ? leg : *first;
}

Time all_arrived(const Timeline& timeline, const Multicasts& multicasts, const LegSpan& leg) {
  Time last = leg.finish;
  const Multicast* all = multicasts.of(leg.transfer);
  if (all == nullptr) return last;
  for (const Multicast::Branch& branch : all->branches) {
    const LegSpan* each = leg_of(timeline, branch.transfer);
    if (each != nullptr) last = std::max(last, each->finish);
  }
  return last;
}

}  // namespace partita
