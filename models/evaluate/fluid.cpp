#include "models/evaluate/fluid.h"

#include <algorithm>
#include <cmath>

#include "models/base/assert.h"

namespace partita {
namespace {

// Units of work a second of a layer without traffic: fine enough that a slowdown keeps nine digits.
constexpr std::int64_t kUnitsPerSecond = 1'000'000'000;
constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

LayerDemand layer_demand(Time duration, Bytes traffic, Bandwidth capacity) {
  const auto length = static_cast<std::uint64_t>(duration.count());
  if (traffic.value == 0) return {kUnitsPerSecond, length, false};
  const Wide asked = (picobytes(traffic).value + length / 2) / length;
  const auto cap = static_cast<std::int64_t>(std::clamp<Wide>(asked, 1, capacity.value));
  return {cap, length, true};
}

std::int64_t disturbance_ppm(double slowdown) {
  constexpr double kMost = 1e12;  // nothing sensible is near it, and products stay within 128 bits
  return std::llround(std::min(kMost, (slowdown - 1) * static_cast<double>(kMillion)));
}

std::int64_t disturbed(std::int64_t cap, std::int64_t others, std::int64_t ppm) {
  if (others == 0 || ppm == 0) return cap;
  const Wide lowered =
      static_cast<Wide>(cap) * kMillion / (kMillion + static_cast<Wide>(others) * ppm);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(lowered));
}

std::int64_t share_ppm(double share) {
  return std::max<std::int64_t>(1, std::llround(share * static_cast<double>(kMillion)));
}

std::int64_t crowded(std::int64_t cap, std::int64_t running, std::int64_t ppm) {
  const Wide asked = static_cast<Wide>(running) * ppm;
  if (asked <= kMillion) return cap;
  return std::max<std::int64_t>(
      1, static_cast<std::int64_t>(static_cast<Wide>(cap) * kMillion / asked));
}

std::int64_t hindered(std::int64_t cap, const Hindrance& by) {
  cap = disturbed(cap, by.others, by.package_ppm);
  cap = crowded(cap, by.running, by.share_ppm);
  for (const Ratio& ratio : by.load) {
    const Wide left = static_cast<Wide>(cap) * ratio.numerator / ratio.denominator;
    cap = std::max<std::int64_t>(1, static_cast<std::int64_t>(left));
  }
  return cap;
}

FluidNetwork::FluidNetwork(const IdVector<ChannelId, Channel>& channels, std::size_t flows)
    : channels_(channels.size()), flows_(flows), next_rate_(flows) {
  for (const ChannelId id : ids<ChannelId>(channels.size())) {
    channels_[id].capacity = channels[id].capacity.value;
  }
}

void FluidNetwork::reset() {
  for (Flow& flow : flows_) flow.running = false;
  for (Shared& channel : channels_) {
    channel.demand = 0;
    channel.flows.clear();
    channel.partial_flows = 0;
    channel.contended = channel.dirty = false;
  }
  touched_.clear();
  dirty_.clear();
  prioritised_ = 0;
}

// No more than each channel could give the flow alone.
std::int64_t FluidNetwork::capped(const Flow& flow, std::int64_t cap) const {
  for (std::uint32_t i = 0; i < flow.crosses; ++i) {
    std::int64_t most = channels_[flow.channels[i]].capacity;
    if (flow.uses != nullptr) {
      const Wide whole = static_cast<Wide>(most) * kWholeUse / flow.uses[i];
      most = static_cast<std::int64_t>(std::clamp<Wide>(whole, 1, kNoCap));
    }
    cap = std::min(cap, most);
  }
  return cap;
}

void FluidNetwork::start(FlowId id, std::span<const ChannelId> channels, Picobytes work,
                         std::int64_t cap, const FlowTraits& traits) {
  Flow& flow = flows_[id];
  PARTITA_ASSERT(!flow.running && work.value > 0 && cap > 0, "a flow cannot start");
  flow.channels = channels.data();
  flow.crosses = static_cast<std::uint32_t>(channels.size());
  flow.uses = traits.uses.empty() ? nullptr : traits.uses.data();
  flow.priority = traits.priority;
  flow.remaining = work.value;
  flow.cap = capped(flow, cap);
  flow.rate = 0;
  flow.since = Time{0};
  flow.running = true;
  flow.affected = false;
  if (traits.priority != 0) ++prioritised_;
  for (std::uint32_t i = 0; i < flow.crosses; ++i) {
    Shared& channel = channels_[channels[i]];
    channel.demand += taken(flow, i, flow.cap);
    channel.flows.push_back(id);
    if (flow.uses != nullptr) ++channel.partial_flows;
    changed(channels[i]);
  }
  touched_.push_back(id);
}

void FluidNetwork::limit(FlowId id, std::int64_t cap) {
  Flow& flow = flows_[id];
  PARTITA_ASSERT(flow.running && cap > 0, "no flow to limit");
  cap = capped(flow, cap);
  if (cap == flow.cap) return;
  for (std::uint32_t i = 0; i < flow.crosses; ++i) {
    channels_[flow.channels[i]].demand += taken(flow, i, cap) - taken(flow, i, flow.cap);
    changed(flow.channels[i]);
  }
  flow.cap = cap;
  touched_.push_back(id);
}

void FluidNetwork::stop(FlowId id) {
  Flow& flow = flows_[id];
  PARTITA_ASSERT(flow.running, "no flow to stop");
  if (flow.priority != 0) --prioritised_;
  for (std::uint32_t i = 0; i < flow.crosses; ++i) {
    Shared& shared = channels_[flow.channels[i]];
    shared.demand -= taken(flow, i, flow.cap);
    if (flow.uses != nullptr) --shared.partial_flows;
    const auto found = std::find(shared.flows.begin(), shared.flows.end(), id);
    *found = shared.flows.back();
    shared.flows.pop_back();
    changed(flow.channels[i]);
  }
  flow.running = false;
}

std::int64_t FluidNetwork::taken(FlowId id, ChannelId channel) const {
  const Flow& flow = flows_[id];
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < flow.crosses; ++i) {
    if (flow.channels[i] == channel) sum += taken(flow, i, flow.rate);
  }
  return sum;
}

Time FluidNetwork::finish(const Flow& flow, Time now) {
  // Dividing 64 bits is several times as fast as 128.
  const Wide work = flow.remaining + flow.rate - 1;
  const Wide needed = work <= std::numeric_limits<std::int64_t>::max()
                          ? static_cast<std::int64_t>(work) / flow.rate
                          : work / flow.rate;
  const Wide longest = (Time::max() - now).count();
  return needed < longest ? now + Time{static_cast<std::int64_t>(needed)} : Time::max();
}

void FluidNetwork::affect(FlowId id) {
  Flow& flow = flows_[id];
  if (flow.affected) return;
  flow.affected = true;
  affected_.push_back(id);
  for (const ChannelId channel : flow.crossed()) {
    Shared& shared = channels_[channel];
    if (!shared.contended || shared.reached != kNotReached) continue;
    shared.reached = static_cast<std::uint32_t>(reached_.size());
    Filling& filling = reached_.emplace_back();
    filling.channel = channel;
    filling.left = shared.capacity;
    filling.sharers = static_cast<std::int64_t>(shared.flows.size());
  }
}

// Only what is joined to a change through contended channels is solved again.
void FluidNetwork::solve() {
  std::size_t relevant = 0;
  for (const ChannelId id : dirty_) {
    Shared& channel = channels_[id];
    channel.dirty = false;
    const bool was_contended = channel.contended;
    channel.contended = channel.demand > channel.capacity;
    if (was_contended || channel.contended) dirty_[relevant++] = id;
  }
  dirty_.resize(relevant);
  for (const ChannelId id : dirty_) {
    for (const FlowId flow : channels_[id].flows) affect(flow);
  }
  dirty_.clear();
  for (std::size_t i = 0; i < reached_.size(); ++i) {
    for (const FlowId flow : channels_[reached_[i].channel].flows) affect(flow);
  }
  for (const FlowId flow : touched_) {
    if (flows_[flow].running) affect(flow);
  }
  touched_.clear();
  fill();
}

// Whether all flows on reached channels are of one priority and take all of their rate everywhere.
bool FluidNetwork::all_whole() const {
  return prioritised_ == 0 &&
         std::all_of(reached_.begin(), reached_.end(), [&](const Filling& each) {
           return channels_[each.channel].partial_flows == 0;
         });
}

void FluidNetwork::fill() {
  unfixed_.assign(affected_.begin(), affected_.end());
  if (all_whole()) {
    fill_level(unfixed_);
  } else {
    while (!unfixed_.empty()) {
      std::int32_t highest = std::numeric_limits<std::int32_t>::min();
      for (const FlowId id : unfixed_) highest = std::max(highest, flows_[id].priority);
      const auto served = std::stable_partition(unfixed_.begin(), unfixed_.end(), [&](FlowId id) {
        return flows_[id].priority == highest;
      });
      lower_.assign(served, unfixed_.end());
      unfixed_.erase(served, unfixed_.end());
      count_sharers(unfixed_);
      fill_level(unfixed_);
      unfixed_.swap(lower_);
    }
  }
  for (const Filling& each : reached_) channels_[each.channel].reached = kNotReached;
  reached_.clear();
}

void FluidNetwork::count_sharers(const std::vector<FlowId>& flows) {
  for (Filling& each : reached_) each.sharers = each.partial_use = 0;
  for (const FlowId id : flows) {
    const Flow& flow = flows_[id];
    for (std::uint32_t i = 0; i < flow.crosses; ++i) {
      const std::uint32_t place = channels_[flow.channels[i]].reached;
      if (place == kNotReached) continue;
      Filling& channel = reached_[place];
      if (flow.uses == nullptr) {
        ++channel.sharers;
      } else {
        channel.partial_use += flow.uses[i];
      }
    }
  }
}

void FluidNetwork::fix(FlowId id, std::int64_t rate) {
  next_rate_[id] = rate;
  const Flow& flow = flows_[id];
  for (std::uint32_t i = 0; i < flow.crosses; ++i) {
    const std::uint32_t place = channels_[flow.channels[i]].reached;
    if (place == kNotReached) continue;
    Filling& channel = reached_[place];
    if (flow.uses == nullptr) {
      channel.left = std::max<std::int64_t>(0, channel.left - rate);
      --channel.sharers;
    } else {
      channel.left = std::max<std::int64_t>(0, channel.left - taken(flow, i, rate));
      channel.partial_use -= flow.uses[i];
    }
  }
}

// Gives `flows`, all of one priority, what is left. None remains.
void FluidNetwork::fill_level(std::vector<FlowId>& flows) {
  while (!flows.empty()) {
    std::int64_t level = kNoCap;
    for (const Filling& channel : reached_) {
      if (channel.shared()) level = std::min(level, channel.share());
    }
    // Caps come before full channels: a channel whose flows are all at their caps just fills, and
    // limits nobody.
    const auto fix_where = [&](auto&& reaches, auto&& rate) {
      const auto fixed = std::remove_if(flows.begin(), flows.end(), [&](FlowId id) {
        if (!reaches(flows_[id])) return false;
        fix(id, rate(flows_[id]));
        return true;
      });
      const bool any = fixed != flows.end();
      flows.erase(fixed, flows.end());
      return any;
    };
    if (fix_where([&](const Flow& flow) { return flow.cap <= level; },
                  [](const Flow& flow) { return flow.cap; })) {
      continue;
    }
    for (Filling& channel : reached_) {
      channel.full = channel.shared() && channel.share() == level;
    }
    const std::int64_t share = std::max<std::int64_t>(1, level);
    fix_where(
        [&](const Flow& flow) {
          const std::span<const ChannelId> crossed = flow.crossed();
          return std::any_of(crossed.begin(), crossed.end(), [&](ChannelId id) {
            const std::uint32_t place = channels_[id].reached;
            return place != kNotReached && reached_[place].full;
          });
        },
        [&](const Flow&) { return share; });
  }
}

}  // namespace partita
