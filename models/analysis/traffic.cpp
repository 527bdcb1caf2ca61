#include "models/analysis/traffic.h"

#include <algorithm>
#include <array>

#include "models/analysis/owners.h"
#include "models/evaluate/fluid.h"
#include "models/evaluate/load_clock.h"

namespace partita {
namespace {

struct Flow {
  Time from{0}, until{0};
  std::vector<ChannelId> channels;
  FlowTraits traits;
  std::vector<std::uint32_t> uses;  // of a layer that reads in place: what traits.uses refers to
  // Of each channel, what of the rate crosses it, in units of 1 / kWholeUse; empty: all. Engines
  // that pack slowly take more of a link (traits.uses) than that.
  std::vector<std::uint32_t> crosses;
  Picobytes work;
  std::int64_t cap = kNoCap;
  std::int64_t rate_alone = 1;         // B/s
  std::optional<ProcessorId> runs_on;  // of a layer
  Slowdown* slowdown = nullptr;        // none: it was lost, or has not come to its end
  Time alone{0};
};

// Of its rate, what a copy takes of a channel, in units of 1 / kWholeUse.
Wide use_of(const Leg& leg, Content content, ChannelId channel) {
  const std::vector<std::uint32_t>& uses = leg.uses[static_cast<std::size_t>(content)];
  Wide sum = 0;
  for (std::size_t i = 0; i < leg.channels.size(); ++i) {
    if (leg.channels[i] == channel) sum += uses.empty() ? kWholeUse : uses[i];
  }
  return sum;
}

// Of `rate`, the part that stands at this place of the list, rounded up.
std::int64_t part_of(std::int64_t rate, std::span<const std::uint32_t> parts, std::size_t place) {
  if (parts.empty()) return rate;
  return static_cast<std::int64_t>((static_cast<Wide>(rate) * parts[place] + kWholeUse - 1) /
                                   kWholeUse);
}

const CompressionSpec* compression_of(const PlanRun& run, const ChannelOwners::value_type& owner) {
  const auto* link = std::get_if<LinkId>(&owner);
  const auto* spec = link == nullptr ? nullptr : &run.hardware.links()[*link].compression;
  return spec != nullptr && *spec ? &**spec : nullptr;
}

// Of the data of a leg with nobody else on its way, in B/s.
std::int64_t rate_alone(const PlanRun& run, const LegSpan& span, const Leg& leg) {
  const Tensor& tensor = run.tensor(span);
  const Bandwidth fastest = run.hardware.fastest(leg, content_of(tensor));
  return std::max<std::int64_t>(1, std::min(fastest.value, leg.pace(tensor.size).cap));
}

// What crosses a link or memory of so many bytes.
Bytes packed(const PlanRun& run, const ChannelOwners::value_type& owner, Content content,
             Bytes size) {
  const CompressionSpec* spec = compression_of(run, owner);
  return spec == nullptr ? size : spec->packed(content, size);
}

// What a layer moves over a channel.
Bytes moved_by(const PlanRun& run, const SpreadDemand& demand,
               const std::vector<ReadInPlace>& reads, ChannelId own, ChannelId channel,
               const ChannelOwners& owners) {
  Bytes remote, elsewhere;
  for (const ReadInPlace& read : reads) {
    elsewhere += read.size;
    for (const ChannelId crossed : read.channels(run.hardware)) {
      if (crossed == channel) remote += packed(run, owners[channel], read.content, read.size);
    }
  }
  return channel == own ? remote + (demand.traffic - elsewhere) : remote;
}

Flow layer_flow(const PlanRun& run, LayerId id, const LayerCost& cost, Time waking,
                const ChannelOwners& owners) {
  const LayerSpan& span = run.span(id);
  const std::vector<ReadInPlace> reads = run.reads(id);
  const SpreadDemand spread = spread_demand(run.hardware, span.processor, cost, waking, reads);
  Flow flow;
  flow.from = span.start;
  flow.until = span.finish;
  flow.channels = spread.channels;
  flow.uses = spread.uses;
  flow.traits.uses = flow.uses;
  flow.work = spread.demand.work();
  flow.cap = flow.rate_alone = spread.demand.cap;
  flow.runs_on = span.processor;
  flow.alone = spread.alone;
  const ChannelId own = run.hardware.channel_of(run.memory(id));
  for (std::size_t i = 0; i < spread.uses.size(); ++i) {
    const bool packs = compression_of(run, owners[spread.channels[i]]) != nullptr;
    const Wide moved = moved_by(run, spread, reads, own, spread.channels[i], owners).value;
    const Wide all = spread.traffic.value;
    flow.crosses.push_back(packs ? static_cast<std::uint32_t>((moved * kWholeUse + all - 1) / all)
                                 : spread.uses[i]);
  }
  return flow;
}

Flow leg_flow(const PlanRun& run, const LegSpan& span, const Leg& leg,
              const ChannelOwners& owners) {
  Flow flow;
  flow.from = span.data;
  flow.until = run.data_end(span);
  flow.channels = leg.channels;
  flow.traits.uses = leg.uses[static_cast<std::size_t>(content_of(run.tensor(span)))];
  if (leg.priorities) flow.traits.priority = run.transfer(span).priority;
  for (std::size_t i = 0; i < flow.traits.uses.size(); ++i) {
    const CompressionSpec* spec = compression_of(run, owners[leg.channels[i]]);
    const Content content = content_of(run.tensor(span));
    const Bytes whole{kWholeUse};
    flow.crosses.push_back(static_cast<std::uint32_t>(
        spec == nullptr ? whole.value : spec->packed(content, whole).value));
  }
  flow.work = picobytes(run.tensor(span).size);
  flow.cap = leg.pace(run.tensor(span).size).cap;
  flow.rate_alone = rate_alone(run, span, leg);
  flow.alone = alone_data(run, span);
  return flow;
}

// Of work that was lost, until then; none where no data flowed.
std::optional<Flow> lost_flow(const PlanRun& run, const Interruption& lost,
                              const ChannelOwners& owners) {
  Flow flow;
  if (lost.layer) {
    const auto& cost = run.costs(*lost.layer, lost.processor);
    if (!cost) return std::nullopt;
    flow = layer_flow(run, *lost.layer, *cost, lost.waking, owners);
    flow.from = lost.start;
  } else {
    const LegSpan& span = run.timeline.legs[*lost.leg];
    if (run.follows(span) || run.tensor(span).size.value == 0) return std::nullopt;
    flow = leg_flow(run, span, *run.way(span), owners);
    // Beside waking, its set-up is always the same.
    flow.from = lost.start + (span.data - span.start) - span.waking + lost.waking;
  }
  flow.until = lost.lost;
  if (flow.from >= flow.until) return std::nullopt;
  return flow;
}

// Of one request.
void add_flows(const PlanRun& run, const ChannelOwners& owners, Slowdowns& slowdowns,
               std::vector<Flow>& flows) {
  for (std::size_t i = 0; i < run.timeline.legs.size(); ++i) {
    const LegSpan& span = run.timeline.legs[i];
    const Leg* leg = run.way(span);
    if (leg == nullptr || run.follows(span) || run.tensor(span).size.value == 0) continue;
    Flow flow = leg_flow(run, span, *leg, owners);
    flow.slowdown = &slowdowns.legs[i];
    flows.push_back(std::move(flow));
  }
  for (const LayerId id : run.network.layers()) {
    const auto& cost = run.costs(id, run.span(id).processor);
    if (!cost) continue;
    Flow flow = layer_flow(run, id, *cost, run.span(id).waking, owners);
    flow.slowdown = &slowdowns.layers[id];
    flows.push_back(std::move(flow));
  }
  for (const Interruption& each : run.timeline.interrupted) {
    if (auto flow = lost_flow(run, each, owners)) flows.push_back(std::move(*flow));
  }
}

std::vector<Flow> flows_of(const WorkloadRun& run, const ChannelOwners& owners, Traffic& traffic) {
  std::vector<Flow> flows;
  for (std::size_t i = 0; i < run.requests.size(); ++i) {
    add_flows(run.requests[i], owners, traffic.requests[i], flows);
  }
  std::erase_if(flows, [&](const Flow& flow) { return flow.from >= run.until; });
  // What is not over then is not known to be slowed down.
  for (Flow& flow : flows) {
    if (flow.until > run.until) flow.slowdown = nullptr;
  }
  return flows;
}

// Plays the flows of a timeline again through a FluidNetwork.
class Player {
 public:
  Player(const WorkloadRun& run, const std::vector<Flow>& flows)
      : run_(run),
        flows_(flows),
        clock_(run.hardware),
        fluid_(run.hardware.channels(), flows.size() + clock_.flows().size()),
        states_(flows.size()),
        load_(run.hardware.channels().size()),
        rate_(run.hardware.channels().size()),
        rate_of_others_(run.hardware.channels().size()),
        others_(run.hardware.channels().size()),
        channel_lists_(run.hardware.channels().size()),
        layers_(run.hardware.processors().size()) {}

  // Whether each flow ended when it should have, of those that did.
  bool play() {
    struct Event {
      Time at{0};
      bool starts = false;
      std::size_t flow = 0;
    };
    std::vector<Event> events;
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      events.push_back({flows_[i].from, true, i});
      events.push_back({flows_[i].until, false, i});
    }
    std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return std::pair(a.at, a.starts) < std::pair(b.at, b.starts);
    });
    for (std::size_t i = 0;;) {
      const Time event = i < events.size() ? events[i].at : Time::max();
      const Time now = std::min(event, clock_.next());
      if (now > run_.until || now == Time::max()) break;
      for (; i < events.size() && events[i].at == now; ++i) {
        if (events[i].starts) {
          start(events[i].flow);
        } else if (!stop(events[i].flow, now)) {
          return false;
        }
      }
      if (clock_.next() == now) change_load(now);
      disturb();
      settle(now);
    }
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      if (flows_[i].until > run_.until) account(i, run_.until);
    }
    return true;
  }

  void write(Traffic& traffic) const {
    traffic.rate.clear();
    for (const Changes& each : rate_) traffic.rate.push_back(each.series());
    traffic.others.clear();
    for (const Changes& each : others_) traffic.others.push_back(each.series());
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      charge(i);
      if (flows_[i].slowdown == nullptr) count_lost(i, traffic);
    }
  }

 private:
  struct Lost {
    std::optional<ChannelId> channel;  // none: to neighbours, or
    bool to_others = false;
    Wide bytes = 0;  // picobytes that could have moved
  };
  struct State {
    std::int64_t rate = 0, cap = kNoCap;
    std::int64_t cap_without_others = kNoCap;
    Time since{0}, due{0};
    std::optional<ChannelId> limit;
    std::vector<Lost> lost;
    Picobytes moved{};
  };

  void start(std::size_t i) {
    const Flow& flow = flows_[i];
    states_[i] = State{0, flow.cap, flow.cap, flow.from, Time::max(), {}, {}, {}};
    fluid_.start(static_cast<FlowId>(i), flow.channels, flow.work, flow.cap, flow.traits);
    if (flow.runs_on) layers_[*flow.runs_on].push_back(i);
  }

  bool stop(std::size_t i, Time now) {
    const Flow& flow = flows_[i];
    const bool lost = flow.slowdown == nullptr;
    if (lost ? states_[i].due <= now : states_[i].due != now) return false;
    account(i, now);
    change_rate(i, 0, now);
    fluid_.stop(static_cast<FlowId>(i));
    if (flow.runs_on) std::erase(layers_[*flow.runs_on], i);
    return true;
  }

  // While k processors of a package run layers, each of these is slowed down by k - 1; and layers
  // that run on one processor share its compute.
  void disturb() {
    const auto processors = ids<ProcessorId>(layers_.size());
    std::vector<std::int64_t> running(run_.hardware.packages().size());
    for (const ProcessorId id : processors) {
      const auto& package = run_.hardware.processors()[id].package;
      if (package && !layers_[id].empty()) ++running[*package];
    }
    for (const ProcessorId id : processors) {
      const ProcessorSpec& spec = run_.hardware.processors()[id];
      Hindrance by{.running = static_cast<std::int64_t>(layers_[id].size()),
                   .share_ppm = share_ppm(spec.stream_share),
                   .load = {}};
      if (spec.package) {
        by.others = running[*spec.package] - 1;
        by.package_ppm = disturbance_ppm(run_.hardware.packages()[*spec.package].slowdown);
      }
      for (const std::size_t i : layers_[id]) {
        by.load = {};
        states_[i].cap_without_others = hindered(flows_[i].cap, by);
        by.load = clock_.speeds(id);
        states_[i].cap = hindered(flows_[i].cap, by);
        fluid_.limit(static_cast<FlowId>(i), states_[i].cap);
      }
    }
  }

  void settle(Time now) {
    changed_.clear();
    fluid_.settle(now, [&](FlowId id, Time finish) {
      const std::size_t i = index(id);
      if (i >= flows_.size()) {
        change_rate_of_others(clock_.flows()[i - flows_.size()].channel, now);
        return;
      }
      account(i, now);
      change_rate(i, fluid_.rate(id), now);
      states_[i].due = finish;
      changed_.push_back(i);
    });
    for (const std::size_t i : changed_) states_[i].limit = fullest(i);
  }

  // The traffic of others; what they do to processors, disturb() sees.
  void change_load(Time now) {
    clock_.advance();
    for (std::uint32_t k = 0; k < clock_.flows().size(); ++k) {
      const auto flow = static_cast<FlowId>(flows_.size() + k);
      const auto& [channel, priority] = clock_.flows()[k];
      const std::int64_t rate = clock_.rate(k);
      if (rate > 0 && fluid_.running(flow)) {
        fluid_.limit(flow, rate);
      } else if (rate > 0) {
        channel_lists_[channel] = channel;
        fluid_.start(flow, {&channel_lists_[channel], 1}, kEndless, rate, {{}, priority});
      } else if (fluid_.running(flow)) {
        fluid_.stop(flow);
        change_rate_of_others(channel, now);
      }
    }
  }

  void change_rate_of_others(ChannelId channel, Time now) {
    std::int64_t rate = 0;
    for (std::uint32_t k = 0; k < clock_.flows().size(); ++k) {
      const auto flow = static_cast<FlowId>(flows_.size() + k);
      if (clock_.flows()[k].channel == channel && fluid_.running(flow)) rate += fluid_.rate(flow);
    }

    const std::int64_t change = rate - std::exchange(rate_of_others_[channel], rate);
    load_[channel] += change;
    rate_[channel].add(now, change);
    others_[channel].add(now, change);
  }

  void change_rate(std::size_t i, std::int64_t rate, Time now) {
    const Flow& flow = flows_[i];
    const std::int64_t before = std::exchange(states_[i].rate, rate);
    for (std::size_t place = 0; place < flow.channels.size(); ++place) {
      const auto change = [&](std::span<const std::uint32_t> parts) {
        return part_of(rate, parts, place) - part_of(before, parts, place);
      };
      load_[flow.channels[place]] += change(flow.traits.uses);
      rate_[flow.channels[place]].add(now, change(flow.crosses));
    }
  }

  std::optional<ChannelId> fullest(std::size_t i) const {
    std::optional<ChannelId> found;
    std::int64_t least = 0;
    for (const ChannelId channel : flows_[i].channels) {
      const std::int64_t left = run_.hardware.channels()[channel].capacity.value - load_[channel];
      if (!found || left < least) found = channel, least = left;
    }
    return found;
  }

  // What could have been moved since the rate changed last.
  void account(std::size_t i, Time now) {
    State& state = states_[i];
    const Wide time = (now - std::exchange(state.since, now)).count();
    state.moved.value += time * state.rate;
    const std::int64_t reachable = std::min(flows_[i].rate_alone, state.cap);
    const std::int64_t without_others = std::min(flows_[i].rate_alone, state.cap_without_others);
    lose(state, {}, false, time * (flows_[i].rate_alone - without_others));
    lose(state, {}, true, time * (without_others - reachable));
    lose(state, state.limit, false, time * (reachable - state.rate));
  }

  static void lose(State& state, std::optional<ChannelId> channel, bool to_others, Wide bytes) {
    if (bytes <= 0) return;
    for (Lost& lost : state.lost) {
      if (lost.channel != channel || lost.to_others != to_others) continue;
      lost.bytes += bytes;
      return;
    }
    state.lost.push_back({channel, to_others, bytes});
  }

  void count_lost(std::size_t i, Traffic& traffic) const {
    const Flow& flow = flows_[i];
    for (std::size_t place = 0; place < flow.channels.size(); ++place) {
      const Wide part = flow.crosses.empty() ? kWholeUse : flow.crosses[place];
      const Wide bytes = states_[i].moved.value / std::pico::den * part / kWholeUse;
      traffic.moved[flow.channels[place]] += Bytes{static_cast<std::int64_t>(bytes)};
    }
  }

  // Divides the time that a flow took beyond its time alone in proportion to what it lost; the
  // rest of the division goes to whom it lost first.
  void charge(std::size_t i) const {
    const Flow& flow = flows_[i];
    if (flow.slowdown == nullptr) return;
    const Time excess = flow.until - flow.from - flow.alone;
    const std::vector<Lost>& lost = states_[i].lost;
    if (excess <= Time{0}) return;
    Wide all = 0;
    for (const Lost& each : lost) all += each.bytes;
    if (all == 0) {  // shares that were rounded down
      flow.slowdown->unknown = excess;
      return;
    }
    int shift = 0;  // products stay within 128 bits
    while ((all >> shift) >= (Wide{1} << 62)) ++shift;
    Time left = excess;
    for (std::size_t k = lost.size(); k-- > 0;) {
      const Wide share = (lost[k].bytes >> shift) * excess.count() / (all >> shift);
      const Time part = k == 0 ? left : Time{static_cast<std::int64_t>(share)};
      left -= part;
      if (lost[k].channel) {
        flow.slowdown->shared.push_back({*lost[k].channel, part});
      } else if (lost[k].to_others) {
        flow.slowdown->others += part;
      } else {
        flow.slowdown->neighbours += part;
      }
    }
  }

  const WorkloadRun& run_;
  const std::vector<Flow>& flows_;
  LoadClock clock_;
  FluidNetwork fluid_;
  std::vector<State> states_;
  IdVector<ChannelId, std::int64_t> load_;
  IdVector<ChannelId, Changes> rate_;
  IdVector<ChannelId, std::int64_t> rate_of_others_;
  IdVector<ChannelId, Changes> others_;
  IdVector<ChannelId, ChannelId> channel_lists_;            // each as a list of one
  IdVector<ProcessorId, std::vector<std::size_t>> layers_;  // flows that run there
  std::vector<std::size_t> changed_;
};

// What a transfer that is over has sent.
void count(const PlanRun& run, const LegSpan& span, const ChannelOwners& owners, Traffic& traffic) {
  const Leg* leg = run.way(span);
  if (leg == nullptr || run.follows(span)) return;
  const Tensor& tensor = run.tensor(span);
  for (const ChannelId channel : leg->channels)
    traffic.sent[channel] += packed(run, owners[channel], content_of(tensor), tensor.size);
}

// What a layer reads in place, over links, of other memories.
void count_reads(const PlanRun& run, LayerId id, const ChannelOwners& owners, Traffic& traffic) {
  for (const ReadInPlace& read : run.reads(id)) {
    for (const ChannelId channel : read.channels(run.hardware))
      traffic.sent[channel] += packed(run, owners[channel], read.content, read.size);
  }
}

// Of a layer to and from its memory, and the memories that it reads in place.
void count(const PlanRun& run, LayerId id, const ChannelOwners& owners, Traffic& traffic) {
  const LayerSpan& span = run.span(id);
  const auto& cost = run.costs(id, span.processor);
  if (!cost) return;
  const std::vector<ReadInPlace> reads = run.reads(id);
  const SpreadDemand spread =
      spread_demand(run.hardware, span.processor, *cost, span.waking, reads);
  const ChannelId own = run.hardware.channel_of(run.memory(id));
  for (const ChannelId channel : spread.channels) {
    traffic.moved[channel] += moved_by(run, spread, reads, own, channel, owners);
  }
}

void average(const WorkloadRun& run, const std::vector<Flow>& flows, Traffic& traffic) {
  IdVector<ChannelId, Changes> rate(run.hardware.channels().size());
  for (const Flow& flow : flows) {
    const Time took = flow.until - flow.from;
    const bool is_cut = flow.until > run.until;
    if (took <= Time{0} || (flow.slowdown == nullptr && !is_cut)) continue;
    const auto average = static_cast<std::int64_t>(flow.work.value / took.count());
    const Time until = std::min(flow.until, run.until);
    for (std::size_t place = 0; place < flow.channels.size(); ++place) {
      const std::int64_t part = part_of(average, flow.crosses, place);
      rate[flow.channels[place]].add(flow.from, until, part);
      if (is_cut) {
        const Wide moved = static_cast<Wide>(part) * (until - flow.from).count() / std::pico::den;
        traffic.moved[flow.channels[place]] += Bytes{static_cast<std::int64_t>(moved)};
      }
    }
    if (is_cut) continue;
    flow.slowdown->unknown = std::max(Time{0}, took - flow.alone);
  }
  traffic.rate.clear();
  for (const Changes& each : rate) traffic.rate.push_back(each.series());
}

// What slowed a copy down did so on the way to each memory that it goes to.
void share_slowdowns(const PlanRun& run, Slowdowns& slowdowns) {
  const std::vector<LegSpan>& legs = run.timeline.legs;
  for (std::size_t i = 0; i < legs.size(); ++i) {
    if (!run.follows(legs[i])) continue;
    const LegSpan& first = first_of_copy(run.timeline, run.multicasts, legs[i]);
    slowdowns.legs[i] = slowdowns.legs[static_cast<std::size_t>(&first - legs.data())];
  }
}

}  // namespace

ChannelId narrowest(const Hardware& hardware, const Leg& leg, Content content) {
  const auto share = [&](ChannelId channel) {
    const Wide capacity = hardware.channels()[channel].capacity.value;
    return capacity * kWholeUse / use_of(leg, content, channel);
  };
  return *std::min_element(leg.channels.begin(), leg.channels.end(),
                           [&](ChannelId a, ChannelId b) { return share(a) < share(b); });
}

Time alone_data(const PlanRun& run, const LegSpan& leg) {
  const Leg* route = run.way(leg);
  const Time took = run.data_end(leg) - leg.data;
  if (route == nullptr) return took;
  const Time alone = time_for(run.tensor(leg).size.value, rate_alone(run, leg, *route));
  return std::min(took, std::max(alone, Time{1}));
}

Traffic traffic_of(const WorkloadRun& run) {
  const std::size_t channels = run.hardware.channels().size();
  Traffic traffic;
  traffic.sent.resize(channels);
  traffic.others.resize(channels);
  traffic.moved.resize(channels);
  const ChannelOwners owners = owners_of(run.hardware);
  for (const PlanRun& one : run.requests) {
    Slowdowns& slowdowns = traffic.requests.emplace_back();
    slowdowns.layers.resize(run.network.layer_count());
    slowdowns.legs.resize(one.timeline.legs.size());
    for (const LegSpan& span : one.timeline.legs) {
      if (one.data_end(span) <= run.until) count(one, span, owners, traffic);
    }
  }
  traffic.moved = traffic.sent;
  for (const PlanRun& one : run.requests) {
    for (const LayerId id : run.network.layers()) {
      if (one.span(id).finish > run.until) continue;
      count(one, id, owners, traffic);
      count_reads(one, id, owners, traffic);
    }
  }
  const std::vector<Flow> flows = flows_of(run, owners, traffic);
  if (run.origin() != Origin::Measured && run.fidelity() == Fidelity::Fluid) {
    Player player(run, flows);
    traffic.exact = player.play();
    if (traffic.exact) player.write(traffic);
  }
  if (!traffic.exact) average(run, flows, traffic);
  for (std::size_t i = 0; i < run.requests.size(); ++i) {
    share_slowdowns(run.requests[i], traffic.requests[i]);
  }
  return traffic;
}

}  // namespace partita
