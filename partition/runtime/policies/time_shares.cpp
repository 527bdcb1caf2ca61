#include "partition/runtime/policies/time_shares.h"

#include <algorithm>
#include <numeric>

namespace partita {

void fill_slowdowns(const Conditions& conditions, Slowdowns& into) {
  into.assign(1, 1.0);
  for (const double each : conditions.slowdown) into.push_back(each);
  for (const double each : conditions.link_slowdown) into.push_back(each);
}

double stretched(const TimeShares& shares, const Slowdowns& by) {
  return std::inner_product(shares.begin(), shares.end(), by.begin(), 0.0);
}

double largest(const std::vector<TimeShares>& of, const Slowdowns& by) {
  double most = 0;
  for (const TimeShares& each : of) most = std::max(most, stretched(each, by));
  return most;
}

ShareFinder::ShareFinder(const Network& network, const Hardware& hardware)
    : network_(network),
      hardware_(hardware),
      critical_(network, hardware),
      link_of_(hardware.channels().size()) {
  for (const LinkId link : ids<LinkId>(hardware.links().size())) {
    for (const ChannelId channel : hardware.channels_of(link)) link_of_[channel] = link;
  }
}

const Leg& ShareFinder::leg_of(const Plan& plan, const LegSpan& span) const {
  const Transfer& transfer = plan.transfers()[span.transfer];
  return (*hardware_.route(transfer.src, transfer.dst))[span.leg];
}

std::optional<LinkId> ShareFinder::narrowest(const Leg& leg, const Slowdowns& at) const {
  std::optional<LinkId> least;
  double least_rate = 0;
  for (const ChannelId channel : leg.channels) {
    if (!link_of_[channel]) continue;
    const double rate = static_cast<double>(hardware_.channels()[channel].capacity.value) /
                        at[place(*link_of_[channel])];
    if (least && rate >= least_rate) continue;
    least = link_of_[channel];
    least_rate = rate;
  }
  return least;
}

double ShareFinder::data_seconds(const Plan& plan, const LegSpan& span) const {
  const bool is_copy = span.engine || span.copier;
  if (!is_copy) return 0;  // of a time that was given
  const Leg& leg = leg_of(plan, span);
  return std::max(0.0, seconds(span.finish - span.data - leg.latency));
}

// Of what `from` sends to where `to` runs.
void ShareFinder::add_legs(const Plan& plan, const Timeline& timeline, LayerId from, LayerId to,
                           const Slowdowns& at, TimeShares& shares) const {
  const MemoryId there = hardware_.processors()[plan.processor(to)].memory;
  const Time start = timeline.layers[to].start;
  const Plan::Range sent = plan.transfers_of(from);
  const auto first =
      std::lower_bound(timeline.legs.begin(), timeline.legs.end(), sent.first,
                       [](const LegSpan& leg, std::uint32_t t) { return leg.transfer < t; });
  for (auto leg = first; leg != timeline.legs.end() && leg->transfer < sent.last; ++leg) {
    const LegSpan& span = *leg;
    if (plan.transfers()[span.transfer].dst != there || span.finish > start) continue;
    const Route& route = *hardware_.route(plan.transfers()[span.transfer].src, there);
    // Of several tensors, the one that came last counts.
    const bool is_last = span.leg + 1 < route.size() || span.finish == start;
    const std::optional<LinkId> link = narrowest(route[span.leg], at);
    if (is_last && link) shares[place(*link)] += data_seconds(plan, span) / at[place(*link)];
  }
}

TimeShares ShareFinder::of_makespan(const Plan& plan, const Timeline& timeline, const Slowdowns& at,
                                    const Beyond& beyond, double fixed) {
  TimeShares shares(at.size(), 0.0);
  double learned = 0;  // seconds beyond what slowdowns say
  const std::vector<LayerId>& chain = critical_.find(plan, timeline);  // the last first
  Time covered_from = timeline.makespan;  // layers that run side by side count once
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const LayerSpan& span = timeline.layers[chain[i]];
    const Time until = std::min(span.finish, covered_from);
    if (until > span.start) {
      const double time = seconds(until - span.start);
      const double usual = beyond ? time / std::max(1.0, beyond(chain[i])) : time;
      learned += time - usual;
      shares[place(span.processor)] += usual / at[place(span.processor)];
    }
    covered_from = std::min(covered_from, span.start);
    if (i + 1 < chain.size() && timeline.layers[chain[i + 1]].finish < span.start)
      add_legs(plan, timeline, chain[i + 1], chain[i], at, shares);
  }
  // Whatever was found, the sum is the makespan: what is not of a part is of none, and where copies
  // side by side were counted twice, all parts give way.
  const double makespan = seconds(timeline.makespan), found = stretched(shares, at) + learned;
  if (found <= makespan) {
    const auto slowest = std::max_element(at.begin(), at.end());
    shares[0] = std::min(makespan - found, fixed);
    shares[static_cast<std::size_t>(slowest - at.begin())] +=
        (makespan - found - shares[0]) / *slowest;
  } else {
    for (double& each : shares) each *= makespan / found;
  }
  return shares;
}

std::vector<TimeShares> ShareFinder::loads(const Plan& plan, const Timeline& timeline,
                                           const Slowdowns& at) const {
  const TimeShares nothing(at.size(), 0.0);
  std::vector<TimeShares> of_processor(hardware_.processors().size(), nothing);
  std::vector<TimeShares> of_channel(hardware_.channels().size(), nothing);
  for (const LayerSpan& span : timeline.layers) {
    const auto streams = static_cast<double>(hardware_.processors()[span.processor].streams);
    of_processor[index(span.processor)][place(span.processor)] +=
        seconds(span.finish - span.start) / at[place(span.processor)] / streams;
  }
  for (const LegSpan& span : timeline.legs) {
    const Leg& leg = leg_of(plan, span);
    const Bytes size = network_.tensor(plan.transfers()[span.transfer].tensor).size;
    for (const ChannelId channel : leg.channels) {
      if (!link_of_[channel] || (!span.engine && !span.copier)) continue;
      const std::size_t where = place(*link_of_[channel]);
      of_channel[index(channel)][where] += seconds(size / hardware_.channels()[channel].capacity);
    }
    // Who copies by itself runs no layer meanwhile.
    if (!span.copier) continue;
    TimeShares& copier = of_processor[index(*span.copier)];
    const std::optional<LinkId> link = narrowest(leg, at);
    const double data = link ? data_seconds(plan, span) : 0;
    copier[0] += seconds(span.finish - span.start) - data;
    if (link) copier[place(*link)] += data / at[place(*link)];
  }
  std::vector<TimeShares> all;
  for (auto* list : {&of_processor, &of_channel}) {
    for (TimeShares& each : *list) {
      if (each != nothing) all.push_back(std::move(each));
    }
  }
  return all;
}

}  // namespace partita
