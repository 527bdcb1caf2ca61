// How things that run at once share bandwidth: the only arithmetic that the evaluator and the
// SystemC machine share.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "models/base/ids.h"
#include "models/base/units.h"
#include "models/hardware/hardware.h"

namespace partita {

enum class FlowId : std::uint32_t {};

// Work is counted in 10^-12 bytes, so that rate (B/s) x time (ps) is a whole number: advancing a
// flow in one step or in ten leaves the same remainder, and no rounding ever happens on the way.
struct Picobytes {
  Wide value = 0;
};
constexpr Picobytes picobytes(Bytes size) {
  return {static_cast<Wide>(size.value) * std::pico::den};
}
constexpr std::int64_t kNoCap = std::numeric_limits<std::int64_t>::max();

// `delay` after `now`, but not after the end of time.
constexpr Time after(Time now, Time delay) {
  return delay < Time::max() - now ? now + delay : Time::max();
}

// What a layer asks for while it runs alone. Two words: machines have one for each layer on each
// processor.
struct LayerDemand {
  std::int64_t cap = 0;             // B/s; 0: it cannot run there
  std::uint64_t duration : 63 = 0;  // in picoseconds
  // False: no traffic, so it crosses no channel and its work is in units of its own.
  bool contends : 1 = true;

  // Undisturbed, the layer takes exactly its duration.
  Picobytes work() const { return {static_cast<Wide>(duration) * cap}; }
};

// cap = traffic / duration to the nearest B/s, at least 1, at most `capacity`. Precondition:
// duration > 0.
LayerDemand layer_demand(Time duration, Bytes traffic, Bandwidth capacity);

// PackageSpec::slowdown - 1 in millionths, to the nearest, at most 10^12.
std::int64_t disturbance_ppm(double slowdown);
// `cap` of a layer while `others` more processors of its package run layers: cap / (1 + others *
// ppm / 10^6), rounded down, at least 1.
std::int64_t disturbed(std::int64_t cap, std::int64_t others, std::int64_t ppm);

// ProcessorSpec::stream_share in millionths, to the nearest, at least 1.
std::int64_t share_ppm(double share);
// `cap` of a layer while `running` layers of its processor run, each of which can use `ppm`
// millionths of it. All ask for the same share, so max-min fairness gives all the same:
// cap / max(1, running * ppm / 10^6), rounded down, at least 1.
std::int64_t crowded(std::int64_t cap, std::int64_t running, std::int64_t ppm);

struct Ratio {
  std::int64_t numerator = 1, denominator = 1;
};

// What holds a layer back on its processor, beside bandwidth.
struct Hindrance {
  std::int64_t others = 0, package_ppm = 0;  // as disturbed()
  std::int64_t running = 1, share_ppm = 0;   // as crowded()
  std::span<const Ratio> load{};             // of speed, that others leave; each at most 1
};
// `cap` of a layer, lowered by one after the other; each time rounded down, to no less than 1.
std::int64_t hindered(std::int64_t cap, const Hindrance& by);

// Work that is never done: of traffic that lasts as long as the machine says.
constexpr Picobytes kEndless{static_cast<Wide>(1) << 120};

// What a flow takes of the channels that it crosses, and who goes first.
struct FlowTraits {
  // Of each channel, the part of the flow's rate that it takes there, in units of 1 / kWholeUse;
  // empty: all of it everywhere. What is compressed on the way takes less.
  std::span<const std::uint32_t> uses;
  std::int32_t priority = 0;  // the higher ones are served first
};

// Flows that share channels by max-min fairness.
//
// Model: a flow crosses its channels at one rate, in whole B/s, at most its cap. Progressive
// filling (Bertsekas and Gallager, Data Networks, 2nd ed., section 6.5.2): all rates rise together
// until a flow reaches its cap or a channel is full; what is full, or at its cap, stops; the others
// go on. A flow of a lower priority gets what the higher ones leave. Shares are rounded down, but
// to no less than 1 B/s. A flow that names a channel twice uses twice its rate of it. Rates depend
// on the set of flows alone, not on the order in which they came, so settling more often than
// needed changes nothing.
// Left out: time to adapt (rates change at once), and the B/s that rounding leaves unused.
class FluidNetwork {
 public:
  FluidNetwork(const IdVector<ChannelId, Channel>& channels, std::size_t flows);

  void reset();  // no flow runs

  // `channels` and `traits.uses` are kept by reference until stop(). Precondition: the flow does
  // not run, work > 0, cap >= 1; as many uses as channels, or none.
  void start(FlowId flow, std::span<const ChannelId> channels, Picobytes work, std::int64_t cap,
             const FlowTraits& traits = {});
  void limit(FlowId flow, std::int64_t cap);  // a new cap from the next settle() on
  void stop(FlowId flow);

  // Brings all rates up to date at `now`, and calls finish_changed(flow, finish) for each flow that
  // runs at a new rate: finish = now + ceil(remaining / rate), which stands until it is changed
  // again. Saturates at Time::max().
  template <class FinishChanged>
  void settle(Time now, FinishChanged&& finish_changed) {
    if (dirty_.empty()) {
      // No channel limits anybody who changed: each runs at its cap.
      for (const FlowId id : touched_) {
        Flow& flow = flows_[id];
        if (!flow.running || flow.rate == flow.cap) continue;
        advance(flow, now);
        flow.rate = flow.cap;
        finish_changed(id, finish(flow, now));
      }
      touched_.clear();
      return;
    }
    solve();
    for (const FlowId id : affected_) {
      Flow& flow = flows_[id];
      flow.affected = false;
      const std::int64_t rate = next_rate_[id];
      if (!flow.running || rate == flow.rate) continue;
      advance(flow, now);
      flow.rate = rate;
      finish_changed(id, finish(flow, now));
    }
    affected_.clear();
  }

  std::int64_t rate(FlowId flow) const { return flows_[flow].rate; }  // B/s, as last settled
  std::int64_t taken(FlowId flow, ChannelId channel) const;           // of it there
  bool running(FlowId flow) const { return flows_[flow].running; }
  // Flows that cross a channel, in no order.
  const std::vector<FlowId>& crossing(ChannelId channel) const { return channels_[channel].flows; }

 private:
  // Flows and channels take a cache line each, so that those of a large machine stay in the cache.
  struct alignas(64) Flow {
    Wide remaining = 0;
    const ChannelId* channels = nullptr;
    const std::uint32_t* uses = nullptr;  // FlowTraits::uses; none: all of the rate everywhere
    std::int64_t cap = 0;
    std::int64_t rate = 0;           // 0: not settled yet
    Time since{0};                   // when `remaining` was right
    std::uint32_t crosses : 30 = 0;  // so many channels
    bool running : 1 = false;
    bool affected : 1 = false;
    std::int32_t priority = 0;

    std::span<const ChannelId> crossed() const { return {channels, crosses}; }
  };
  static constexpr std::uint32_t kNotReached = 0xffff'ffff;
  struct alignas(64) Shared {
    Wide demand = 0;  // of all caps together
    std::int64_t capacity = 1;
    std::vector<FlowId> flows;
    std::uint32_t partial_flows = 0;      // of them, that take a part of their rate here
    std::uint32_t reached = kNotReached;  // while filling, its place in reached_
    bool contended = false;               // demand > capacity, as last settled
    bool dirty = false;
  };
  // A contended channel while rates are filled in: what is left, for how many flows that take all
  // of their rate here, and for how much use of the others.
  struct Filling {
    ChannelId channel{};
    bool full = false;
    std::int64_t left = 0;
    std::int64_t sharers = 0;
    std::int64_t partial_use = 0;

    bool shared() const { return sharers > 0 || partial_use > 0; }
    std::int64_t share() const {  // of each sharer. Precondition: shared()
      if (partial_use == 0) return left / sharers;
      const Wide all = static_cast<Wide>(sharers) * kWholeUse + partial_use;
      return static_cast<std::int64_t>(static_cast<Wide>(left) * kWholeUse / all);
    }
  };

  // Of `rate`, what a flow takes of the channel at this place of its list, rounded up.
  static std::int64_t taken(const Flow& flow, std::size_t place, std::int64_t rate) {
    if (flow.uses == nullptr) return rate;
    const Wide use = flow.uses[place];
    return static_cast<std::int64_t>((rate * use + kWholeUse - 1) / kWholeUse);
  }
  std::int64_t capped(const Flow& flow, std::int64_t cap) const;
  static void advance(Flow& flow, Time now) {
    flow.remaining -= static_cast<Wide>(flow.rate) * (now - flow.since).count();
    flow.since = now;
  }
  static Time finish(const Flow& flow, Time now);
  // A channel that could carry all its flows at their caps, before a change as after it, limits
  // nobody and need not be looked at.
  void changed(ChannelId id) {
    Shared& channel = channels_[id];
    if (!channel.contended && channel.demand <= channel.capacity) return;
    if (!std::exchange(channel.dirty, true)) dirty_.push_back(id);
  }
  void affect(FlowId id);
  void solve();
  void fill();
  bool all_whole() const;
  void count_sharers(const std::vector<FlowId>& flows);
  void fill_level(std::vector<FlowId>& flows);
  void fix(FlowId id, std::int64_t rate);

  IdVector<ChannelId, Shared> channels_;
  IdVector<FlowId, Flow> flows_;
  std::vector<FlowId> touched_;   // started or limited since the last settle()
  std::vector<ChannelId> dirty_;  // whose flows changed since then, where that may matter
  std::vector<FlowId> affected_;  // whose rates may change now
  IdVector<FlowId, std::int64_t> next_rate_;  // of those
  std::vector<Filling> reached_;              // contended channels that they cross
  std::vector<FlowId> unfixed_, lower_;
  std::size_t prioritised_ = 0;  // running flows whose priority is not 0
};

}  // namespace partita
