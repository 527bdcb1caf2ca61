// Copies: who made them, in which order, how fast.
#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "models/timeline/checker.h"

namespace partita::checking {

namespace {

constexpr double kLargest = 9.2e18;  // that 64 bits hold

}  // namespace

bool Checker::sound_legs() {
  const std::size_t before = found_.size();
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < transfers().size(); ++i) {
    const Transfer& transfer = transfers()[i];
    const Tensor& tensor = network().tensor(transfer.tensor);
    const std::size_t legs =
        tensor.transfer_time ? 1 : hardware_.route(transfer.src, transfer.dst)->size();
    for (std::uint32_t leg = 0; leg < legs; ++leg, ++at) {
      if (at >= timeline().legs.size() || timeline().legs[at].transfer != i ||
          timeline().legs[at].leg != leg) {
        found("leg {} of tensor {} to {} is missing or out of place", leg, tensor.name,
              name(transfer.dst));
        return false;
      }
      check_leg(timeline().legs[at]);
    }
  }
  if (at < timeline().legs.size()) found("{} legs too many", timeline().legs.size() - at);
  return found_.size() == before;
}

void Checker::check_leg(const LegSpan& span) {
  if (has_ended(span) && !(Time{0} <= span.queued && span.queued <= span.start &&
                           span.start <= span.data && span.data <= span.finish)) {
    found("{} is queued at {} ps, starts at {} ps, moves data from {} ps, finishes at {} ps",
          name(span), span.queued.count(), span.start.count(), span.data.count(),
          span.finish.count());
  }
  std::optional<EngineId> engine;
  std::optional<ProcessorId> copier;
  if (by_engine_or_copier(span)) {
    const Leg& leg = leg_of(span);
    const std::optional<LayerId> producer = tensor_of(span).producer;
    engine = leg.engine;
    if (!engine) copier = leg.copier;
    if (!engine && producer && memory_of(*producer) == leg.src)
      copier = plan().processor(*producer);
  }
  if (span.engine != engine || span.copier != copier) {
    found("{} is copied by {}, the machine says {}", name(span),
          copier_name(span.engine, span.copier), copier_name(engine, copier));
  }
}

std::string Checker::copier_name(std::optional<EngineId> engine,
                                 std::optional<ProcessorId> copier) const {
  std::string text;
  if (engine) text = "engine " + hardware_.engines()[*engine].name;
  if (copier) text += (text.empty() ? "" : " and ") + ("processor " + name(*copier));
  return text.empty() ? "nobody" : text;
}

void Checker::check_queueing() {
  if (is_cut_short()) return check_queueing_until_cancelled();
  const LegSpan* before = nullptr;
  for (const LegSpan& span : timeline().legs) {
    if (shared(span)) {
      check_shared(span);
      continue;
    }
    const std::optional<LayerId> producer = tensor_of(span).producer;
    const Time due = span.leg > 0 ? before->finish
                     : producer   ? timeline().layers[*producer].finish
                                  : at_->admitted;
    if (span.queued < due || (exact_ && span.queued > due)) {
      found("{} is queued at {} ps, but it was due at {} ps", name(span), span.queued.count(),
            due.count());
    }
    before = &span;
  }
}

void Checker::check_shared(const LegSpan& span) {
  const Transfer& transfer = transfer_of(span);
  const Part& older = parts_[brings_.at({transfer.tensor, transfer.dst})];
  Time due = at_->admitted;
  for (const LegSpan& leg : older.timeline->legs) {
    const Transfer& brought = older.plan->transfers()[leg.transfer];
    if (std::pair(brought.tensor, brought.dst) != std::pair(transfer.tensor, transfer.dst))
      continue;
    due = std::max(due, leg.finish);
  }
  if (span.queued != due || span.start != due || span.data != due || span.finish != due) {
    found("{} is there from {} to {} ps, but an older request has brought it at {} ps", name(span),
          span.queued.count(), span.finish.count(), due.count());
  }
}

std::int64_t Checker::fastest(ChannelId id) const {
  const Channel& channel = hardware_.channels()[id];
  return (timeline().fidelity == Fidelity::Fluid ? channel.capacity : channel.burst).value;
}

std::int64_t Checker::fastest(ChannelId id, std::int64_t uses, Content content) const {
  const std::int64_t share = fastest(id) / uses;
  for (const LinkId link : ids<LinkId>(hardware_.links().size())) {
    const auto& [forwards, backwards] = hardware_.channels_of(link);
    const auto& compression = hardware_.links()[link].compression;
    if ((forwards != id && backwards != id) || !compression) continue;
    const double ratio = compression->ratio[static_cast<std::size_t>(content)];
    const double packed = std::ceil(static_cast<double>(share) * ratio);
    return std::min(static_cast<std::int64_t>(std::min(packed, kLargest)), compression->rate.value);
  }
  return share;
}

Time Checker::left(const LegSpan& span) const {
  const Leg& leg = leg_of(span);
  if (timeline().fidelity == Fidelity::Fluid) {
    return std::max(span.data, span.finish - leg.latency);
  }
  std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
  for (const ChannelId channel : leg.channels) {
    narrowest = std::min(narrowest, fastest(channel, 1, content(span)));
  }
  return span.data + time_for(tensor_of(span).size.value, narrowest);
}

void Checker::check_turns(const std::vector<Served>& legs, const std::string& where) {
  std::map<std::int32_t, const Served*> last;  // of each priority
  for (const Served& leg : legs) {
    const auto before = last.try_emplace(leg.priority, &leg).first;
    if (leg.served && leg.start < before->second->start) {
      found("{} is served by {} before {}, which was queued first", leg.interval.what, where,
            before->second->interval.what);
    }
    if (leg.start >= before->second->start) before->second = &leg;
  }
  if (last.size() >= 2) check_urgency(legs, where);
}

// Goes through all instants at which a leg is queued or begins.
void Checker::check_urgency(const std::vector<Served>& legs, const std::string& where) {
  std::vector<const Served*> begin;
  for (const Served& leg : legs) begin.push_back(&leg);
  std::stable_sort(begin.begin(), begin.end(),
                   [](const Served* a, const Served* b) { return a->began < b->began; });
  std::map<std::int32_t, std::set<const Served*>> waiting;  // by priority
  std::size_t queued = 0;
  for (std::size_t first = 0; first < begin.size();) {
    const Time now = begin[first]->began;
    for (; queued < legs.size() && legs[queued].span->queued <= now; ++queued) {
      waiting[legs[queued].priority].insert(&legs[queued]);
    }
    std::size_t behind = first;
    for (; behind < begin.size() && begin[behind]->began == now; ++behind) {
      const auto same = waiting.find(begin[behind]->priority);
      same->second.erase(begin[behind]);
      if (same->second.empty()) waiting.erase(same);
    }
    for (; first < behind; ++first) {
      if (!begin[first]->served || waiting.empty()) continue;
      if (waiting.rbegin()->first <= begin[first]->priority) continue;
      found("{} is served by {} while {} waits, which has a higher priority",
            begin[first]->interval.what, where, (*waiting.rbegin()->second.begin())->interval.what);
    }
  }
}

void Checker::check_engines() {
  std::map<std::pair<std::optional<EngineId>, std::optional<ProcessorId>>, std::vector<Served>>
      served;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    for (const std::vector<const LegSpan*>& copy : copies_[i]) {
      const LegSpan& span = *copy.front();
      if (!by_engine_or_copier(span)) continue;
      const std::int32_t priority = transfer_of(span).priority;
      if (!has_begun(span)) {
        // If it was queued, it has waited until it was cancelled.
        if (!due(span) || due(span) > gone()) continue;
        served[{span.engine, span.copier}].push_back(
            {i, priority, &span, gone(), gone(), {gone(), gone(), name(span)}, false});
        continue;
      }
      // The data is on its way when the engine turns to the next; a processor waits for the
      // arrival.
      Time free{0};
      for (const LegSpan* leg : copy) free = std::max(free, leg->engine ? left(*leg) : leg->finish);
      served[{span.engine, span.copier}].push_back(
          {i, priority, &span, first_start(span), span.start, {span.start, free, name(span)}});
    }
  }
  for (auto& [server, legs] : served) {
    const std::string where = copier_name(server.first, server.second);
    std::sort(legs.begin(), legs.end(), [](const Served& a, const Served& b) {
      return std::tie(a.span->queued, a.request, a.span->transfer, a.span->leg) <
             std::tie(b.span->queued, b.request, b.span->transfer, b.span->leg);
    });
    check_turns(legs, where);
    std::vector<Interval> intervals;
    for (const Served& leg : legs) {
      if (leg.served) intervals.push_back(leg.interval);
    }
    const auto channels =
        static_cast<std::size_t>(server.first ? hardware_.engines()[*server.first].channels : 1);
    if (channels == 1) {
      check_apart(std::move(intervals), where);
    } else {
      check_at_most(channels, std::move(intervals), where);
    }
  }
}

void Checker::check_at_most(std::size_t most, std::vector<Interval> intervals,
                            const std::string& where) {
  std::stable_sort(intervals.begin(), intervals.end(),
                   [](const Interval& a, const Interval& b) { return a.start < b.start; });
  std::multiset<Time> ends;
  for (const Interval& one : intervals) {
    if (ends.size() == most) {
      if (*ends.begin() > one.start) {
        found("{} starts on {} while {} others are not over", one.what, where, most);
      }
      ends.erase(ends.begin());
    }
    ends.insert(one.finish);
  }
}

Time Checker::setup(const std::vector<const LegSpan*>& copy) const {
  const LegSpan& span = *copy.front();
  const Bytes size = tensor_of(span).size;
  const bool asks_first = timeline().fidelity == Fidelity::Fluid;  // packets ask by themselves
  Time wait{0};
  for (const LegSpan* each : copy) {
    const Leg& leg = leg_of(*each);
    wait = std::max(wait, (asks_first ? leg.pace(size) : leg.pace_of_links(size)).wait);
  }
  if (!span.engine) return span.waking + hardware_.processors()[*span.copier].copy_setup + wait;
  const EngineSpec& engine = hardware_.engines()[*span.engine];
  std::int64_t descriptors = 1;
  if (engine.chunk) {
    const std::int64_t chunk = engine.chunk->value;
    descriptors = std::max<std::int64_t>(1, size.value / chunk + (size.value % chunk > 0 ? 1 : 0));
  }
  return engine.setup * descriptors + wait;
}

Time Checker::completion(const LegSpan& span) const {
  return span.engine ? hardware_.engines()[*span.engine].completion : Time{0};
}

// What a layer reads in place comes back after it was asked for, and no faster than channels are.
Time Checker::least_of_reads(LayerId id) const {
  const MemoryId here = memory_of(id);
  std::set<TensorId> read;
  for (const TensorId input : network().layer(id).inputs) {
    if (plan().read_from(input, here) != here) read.insert(input);
  }
  Time latency{0}, longest{0};
  std::map<ChannelId, Time> taken;
  for (const TensorId input : read) {
    const Tensor& tensor = network().tensor(input);
    const Leg& leg = hardware_.route(plan().read_from(input, here), here)->front();
    latency = std::max(latency, 2 * leg.latency);
    for (const ChannelId channel : leg.channels) {
      const bool is_end = channel == leg.channels.back() && channel == hardware_.channel_of(here);
      if (is_end && channel != leg.channels.front()) continue;
      // Rounded down: their sum is rounded up but once.
      const Wide rate = fastest(channel, 1, content_of(tensor));
      const Wide time = static_cast<Wide>(tensor.size.value) * std::pico::den / rate;
      longest = std::max(longest, taken[channel] += Time{static_cast<std::int64_t>(time)});
    }
  }
  return latency + longest;
}

void Checker::check_speed() {
  if (!exact_) return;
  for (const LayerId id : layers()) {
    const LayerSpan& span = timeline().layers[id];
    if (!has_ended(id)) continue;
    const Time least = span.waking + least_of_reads(id);
    if (span.finish - span.start < least) {
      found("layer {} takes {} ps, waking and what it reads in place need {} ps", name(id),
            (span.finish - span.start).count(), least.count());
    }
  }
  for (const std::vector<const LegSpan*>& copy : copies_[request()]) {
    const LegSpan& first = *copy.front();
    if (!by_engine_or_copier(first) || !has_ended(first)) continue;
    if (first.data - first.start == setup(copy)) continue;
    found("{} is set up in {} ps, the machine says {} ps", name(first),
          (first.data - first.start).count(), setup(copy).count());
  }
  for (const LegSpan& span : timeline().legs) {
    if (shared(span) || !has_ended(span)) continue;
    const Tensor& tensor = tensor_of(span);
    if (tensor.transfer_time) {
      if (span.finish - span.queued != *tensor.transfer_time) {
        found("{} takes {} ps, the network gives it {} ps", name(span),
              (span.finish - span.queued).count(), tensor.transfer_time->count());
      }
      continue;
    }
    const Leg& leg = leg_of(span);
    std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
    for (const ChannelId channel : leg.channels) {
      const auto uses = std::count(leg.channels.begin(), leg.channels.end(), channel);
      narrowest = std::min(narrowest, fastest(channel, uses, content(span)));
    }
    const Time data =
        std::max(Time{1}, time_for(tensor.size.value, std::max<std::int64_t>(1, narrowest)));
    const Time least = data + completion(span) + leg.latency;
    if (span.finish - span.data < least) {
      found("{} moves {} B in {} ps, the narrowest channel and the latency need {} ps", name(span),
            tensor.size.value, (span.finish - span.data).count(), least.count());
    }
  }
}

}  // namespace partita::checking
