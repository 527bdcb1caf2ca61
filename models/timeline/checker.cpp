#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "models/timeline/timeline.h"

namespace partita {
namespace {

struct Interval {
  Time start{0}, finish{0};
  std::string what;
};

class Checker {
 public:
  Checker(const Timeline& timeline, const Network& network, const Hardware& hardware,
          const Plan& plan)
      : timeline_(timeline),
        network_(network),
        hardware_(hardware),
        plan_(plan),
        exact_(timeline.origin != Origin::Measured) {}

  std::vector<std::string> check() {
    if (timeline_.layers.size() != network_.layer_count()) {
      found("the timeline has {} layers, the network has {}", timeline_.layers.size(),
            network_.layer_count());
      return std::move(found_);
    }
    if (!sound_layers() || !sound_legs()) return std::move(found_);
    check_order();
    check_processors();
    check_inputs();
    check_queueing();
    check_engines();
    check_speed();
    check_memory();
    check_makespan();
    return std::move(found_);
  }

 private:
  template <class... Args>
  void found(fmt::format_string<Args...> format, Args&&... args) {
    found_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  const std::string& name(LayerId id) const { return network_.layer(id).name; }
  const std::string& name(MemoryId id) const { return hardware_.memories()[id].name; }
  const std::string& name(ProcessorId id) const { return hardware_.processors()[id].name; }
  const Tensor& tensor_of(const LegSpan& span) const {
    return network_.tensor(plan_.transfers()[span.transfer].tensor);
  }
  std::string name(const LegSpan& span) const {
    return fmt::format("leg {} of tensor {} to {}", span.leg, tensor_of(span).name,
                       name(plan_.transfers()[span.transfer].dst));
  }
  MemoryId memory_of(LayerId id) const {
    return hardware_.processors()[plan_.processor(id)].memory;
  }
  const Leg& leg_of(const LegSpan& span) const {
    const Transfer& transfer = plan_.transfers()[span.transfer];
    return (*hardware_.route(transfer.src, transfer.dst))[span.leg];
  }
  bool by_engine_or_copier(const LegSpan& span) const { return !tensor_of(span).transfer_time; }
  // Weights stand in memory from the start and are never sent.
  bool moves(const Tensor& tensor) const {
    return tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input;
  }

  bool sound_layers() {
    const std::size_t before = found_.size();
    for (const LayerId id : network_.layers()) {
      const LayerSpan& span = timeline_.layers[id];
      if (span.processor != plan_.processor(id)) {
        found("layer {} ran on {}, the plan says {}", name(id), name(span.processor),
              name(plan_.processor(id)));
        continue;
      }
      const int streams = hardware_.processors()[span.processor].streams;
      if (span.stream < 0 || span.stream >= streams) {
        found("layer {} ran on stream {} of {}, which has {}", name(id), span.stream,
              name(span.processor), streams);
      }
      if (span.start < Time{0} || span.finish <= span.start) {
        found("layer {} starts at {} ps and finishes at {} ps", name(id), span.start.count(),
              span.finish.count());
      }
    }
    return found_.size() == before;
  }

  // Every leg of every transfer once and in order, with the copier that the contract names.
  bool sound_legs() {
    const std::size_t before = found_.size();
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < plan_.transfers().size(); ++i) {
      const Transfer& transfer = plan_.transfers()[i];
      const Tensor& tensor = network_.tensor(transfer.tensor);
      const std::size_t legs =
          tensor.transfer_time ? 1 : hardware_.route(transfer.src, transfer.dst)->size();
      for (std::uint32_t leg = 0; leg < legs; ++leg, ++at) {
        if (at >= timeline_.legs.size() || timeline_.legs[at].transfer != i ||
            timeline_.legs[at].leg != leg) {
          found("leg {} of tensor {} to {} is missing or out of place", leg, tensor.name,
                name(transfer.dst));
          return false;
        }
        check_leg(timeline_.legs[at]);
      }
    }
    if (at < timeline_.legs.size()) found("{} legs too many", timeline_.legs.size() - at);
    return found_.size() == before;
  }

  void check_leg(const LegSpan& span) {
    if (!(Time{0} <= span.queued && span.queued <= span.start && span.start <= span.data &&
          span.data <= span.finish)) {
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
        copier = plan_.processor(*producer);
    }
    if (span.engine != engine || span.copier != copier) {
      found("{} is copied by {}, the machine says {}", name(span),
            copier_name(span.engine, span.copier), copier_name(engine, copier));
    }
  }

  std::string copier_name(std::optional<EngineId> engine, std::optional<ProcessorId> copier) const {
    std::string text;
    if (engine) text = "engine " + hardware_.engines()[*engine].name;
    if (copier) text += (text.empty() ? "" : " and ") + ("processor " + name(*copier));
    return text.empty() ? "nobody" : text;
  }

  void check_order() {
    for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
      const std::vector<LayerId>& order = plan_.order(id);
      for (std::size_t i = 1; i < order.size(); ++i) {
        if (timeline_.layers[order[i]].start < timeline_.layers[order[i - 1]].start) {
          found("layer {} starts before layer {}, which the plan orders first on {}",
                name(order[i]), name(order[i - 1]), name(id));
        }
      }
    }
  }

  // At most one at a time in each of the lists.
  void check_apart(std::vector<Interval> intervals, const std::string& where) {
    std::sort(intervals.begin(), intervals.end(), [](const Interval& a, const Interval& b) {
      return std::tie(a.start, a.finish) < std::tie(b.start, b.finish);
    });
    for (std::size_t i = 1; i < intervals.size(); ++i) {
      if (intervals[i].start < intervals[i - 1].finish) {
        found("{} starts on {} while {} is not over", intervals[i].what, where,
              intervals[i - 1].what);
      }
      intervals[i].finish = std::max(intervals[i].finish, intervals[i - 1].finish);
    }
  }

  void check_processors() {
    for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
      for (int stream = 0; stream < hardware_.processors()[id].streams; ++stream) {
        // A copy takes the whole processor, so it stands on every stream.
        std::vector<Interval> intervals = copies_by(id);
        for (const LayerId layer : plan_.order(id)) {
          const LayerSpan& span = timeline_.layers[layer];
          if (span.stream != stream) continue;
          intervals.push_back({span.start, span.finish, "layer " + name(layer)});
        }
        check_apart(std::move(intervals), fmt::format("stream {} of {}", stream, name(id)));
      }
    }
  }

  std::vector<Interval> copies_by(ProcessorId id) const {
    std::vector<Interval> intervals;
    for (const LegSpan& span : timeline_.legs) {
      if (span.copier == id) intervals.push_back({span.start, span.finish, name(span)});
    }
    return intervals;
  }

  void check_inputs() {
    std::map<std::pair<TensorId, MemoryId>, Time> arrival;
    for (const LegSpan& span : timeline_.legs) {
      const Transfer& transfer = plan_.transfers()[span.transfer];
      arrival[{transfer.tensor, transfer.dst}] =
          span.finish;  // legs are in order: the last one stays
    }
    for (const LayerId id : network_.layers()) {
      for (const TensorId input : network_.layer(id).inputs) {
        const Tensor& tensor = network_.tensor(input);
        if (!moves(tensor)) continue;
        const auto made =
            tensor.producer ? std::optional{memory_of(*tensor.producer)} : hardware_.host();
        Time there{0};
        if (made && *made != memory_of(id)) {
          const auto arrived = arrival.find({input, memory_of(id)});
          if (arrived == arrival.end()) {
            found("layer {} needs tensor {} in {}, where nothing brings it", name(id), tensor.name,
                  name(memory_of(id)));
            continue;
          }
          there = arrived->second;
        } else if (tensor.producer) {
          there = timeline_.layers[*tensor.producer].finish;
        }
        if (timeline_.layers[id].start < there) {
          found("layer {} starts at {} ps, its input {} is there at {} ps", name(id),
                timeline_.layers[id].start.count(), tensor.name, there.count());
        }
      }
    }
  }

  // A real run needs some time from the end of one thing to the queueing of the next; a model does
  // not.
  void check_queueing() {
    const LegSpan* before = nullptr;
    for (const LegSpan& span : timeline_.legs) {
      const std::optional<LayerId> producer = tensor_of(span).producer;
      const Time due = span.leg > 0 ? before->finish
                       : producer   ? timeline_.layers[*producer].finish
                                    : Time{0};
      if (span.queued < due || (exact_ && span.queued > due)) {
        found("{} is queued at {} ps, but it was due at {} ps", name(span), span.queued.count(),
              due.count());
      }
      before = &span;
    }
  }

  // Packets may outrun what flows share: until credits are used up, and between errors.
  std::int64_t fastest(ChannelId id) const {
    const Channel& channel = hardware_.channels()[id];
    return (timeline_.fidelity == Fidelity::Fluid ? channel.capacity : channel.burst).value;
  }

  // When the last byte of a leg had left its engine, at the earliest. Packets may wait on the way.
  Time left(const LegSpan& span) const {
    const Leg& leg = leg_of(span);
    if (timeline_.fidelity == Fidelity::Fluid) {
      return std::max(span.data, span.finish - leg.latency);
    }
    std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
    for (const ChannelId channel : leg.channels) narrowest = std::min(narrowest, fastest(channel));
    return span.data + time_for(tensor_of(span).size.value, narrowest);
  }

  // One at a time on each channel, in the order in which they were queued, then in plan order.
  void check_engines() {
    std::map<std::pair<std::optional<EngineId>, std::optional<ProcessorId>>,
             std::vector<const LegSpan*>>
        served;
    for (const LegSpan& span : timeline_.legs) {
      if (by_engine_or_copier(span)) served[{span.engine, span.copier}].push_back(&span);
    }
    for (auto& [server, spans] : served) {
      const std::string where = copier_name(server.first, server.second);
      std::sort(spans.begin(), spans.end(), [](const LegSpan* a, const LegSpan* b) {
        return std::tie(a->queued, a->transfer, a->leg) < std::tie(b->queued, b->transfer, b->leg);
      });
      std::vector<Interval> intervals;
      const auto channels =
          static_cast<std::size_t>(server.first ? hardware_.engines()[*server.first].channels : 1);
      for (std::size_t i = 0; i < spans.size(); ++i) {
        // The data is on its way when the engine turns to the next; a processor waits for the
        // arrival.
        const Time free = server.first ? left(*spans[i]) : spans[i]->finish;
        intervals.push_back({spans[i]->start, free, name(*spans[i])});
        if (i > 0 && spans[i]->start < spans[i - 1]->start) {
          found("{} is served by {} before {}, which was queued first", name(*spans[i]), where,
                name(*spans[i - 1]));
        }
      }
      if (channels == 1) {
        check_apart(std::move(intervals), where);
      } else {
        check_at_most(channels, std::move(intervals), where);
      }
    }
  }

  void check_at_most(std::size_t most, std::vector<Interval> intervals, const std::string& where) {
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

  // What the machine says about a leg before and after its data.
  Time setup(const LegSpan& span) const {
    const Leg& leg = leg_of(span);
    const Bytes size = tensor_of(span).size;
    const bool asks_first = timeline_.fidelity == Fidelity::Fluid;  // packets ask by themselves
    const Time wait = (asks_first ? leg.pace(size) : leg.pace_of_links(size)).wait;
    if (!span.engine) return hardware_.processors()[*span.copier].copy_setup + wait;
    const EngineSpec& engine = hardware_.engines()[*span.engine];
    std::int64_t descriptors = 1;
    if (engine.chunk) {
      const std::int64_t chunk = engine.chunk->value;
      descriptors =
          std::max<std::int64_t>(1, size.value / chunk + (size.value % chunk > 0 ? 1 : 0));
    }
    return engine.setup * descriptors + wait;
  }
  Time completion(const LegSpan& span) const {
    return span.engine ? hardware_.engines()[*span.engine].completion : Time{0};
  }

  void check_speed() {
    if (!exact_) return;
    for (const LegSpan& span : timeline_.legs) {
      const Tensor& tensor = tensor_of(span);
      if (tensor.transfer_time) {
        if (span.finish - span.queued != *tensor.transfer_time) {
          found("{} takes {} ps, the network gives it {} ps", name(span),
                (span.finish - span.queued).count(), tensor.transfer_time->count());
        }
        continue;
      }
      const Leg& leg = leg_of(span);
      if (span.data - span.start != setup(span)) {
        found("{} is set up in {} ps, the machine says {} ps", name(span),
              (span.data - span.start).count(), setup(span).count());
      }
      std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
      for (const ChannelId channel : leg.channels) {
        const auto uses = std::count(leg.channels.begin(), leg.channels.end(), channel);
        narrowest = std::min(narrowest, fastest(channel) / uses);
      }
      const Time data =
          std::max(Time{1}, time_for(tensor.size.value, std::max<std::int64_t>(1, narrowest)));
      const Time least = data + completion(span) + leg.latency;
      if (span.finish - span.data < least) {
        found("{} moves {} B in {} ps, the narrowest channel and the latency need {} ps",
              name(span), tensor.size.value, (span.finish - span.data).count(), least.count());
      }
    }
  }

  // An account of its own: what comes and goes in each memory, as events in time.
  void check_memory() {
    // For each memory: at each time, what goes (first) and what comes.
    struct Change {
      Bytes released, allocated;
    };
    IdVector<MemoryId, std::map<Time, Change>> changes(hardware_.memories().size());
    const auto holds = [&](MemoryId memory, Bytes size, Time from, std::optional<Time> until) {
      changes[memory][from].allocated += size;
      if (until) changes[memory][*until].released += size;
    };

    std::set<std::pair<TensorId, MemoryId>> weights;
    for (const LayerId id : network_.layers()) {
      const LayerSpan& span = timeline_.layers[id];
      holds(memory_of(id), network_.layer(id).work.workspace, span.start, span.finish);
      for (const TensorId input : network_.layer(id).inputs) {
        if (!moves(network_.tensor(input))) weights.emplace(input, memory_of(id));
      }
    }
    for (const auto& [id, memory] : weights) {
      holds(memory, network_.tensor(id).size, Time{0}, std::nullopt);
    }

    // Legs of each tensor by the memory that they leave; staging copies are held apart, for one
    // transfer each.
    std::map<std::pair<TensorId, MemoryId>, std::vector<const LegSpan*>> leaving;
    std::map<std::pair<TensorId, MemoryId>, Time>
        arriving;  // start of the last leg to its destination
    for (std::size_t i = 0; i < timeline_.legs.size(); ++i) {
      const LegSpan& span = timeline_.legs[i];
      const Transfer& transfer = plan_.transfers()[span.transfer];
      const bool last =
          i + 1 == timeline_.legs.size() || timeline_.legs[i + 1].transfer != span.transfer;
      if (span.leg == 0) leaving[{transfer.tensor, transfer.src}].push_back(&span);
      if (last) {
        arriving[{transfer.tensor, transfer.dst}] = span.start;
      } else {
        holds(leg_of(span).dst, tensor_of(span).size, span.start, timeline_.legs[i + 1].finish);
      }
    }
    for (const TensorId id : ids<TensorId>(network_.tensors().size())) {
      const Tensor& tensor = network_.tensor(id);
      if (!moves(tensor)) continue;
      for (const MemoryId memory : ids<MemoryId>(hardware_.memories().size())) {
        std::optional<Time> from, until;
        const bool made =
            tensor.producer ? memory_of(*tensor.producer) == memory : hardware_.host() == memory;
        if (tensor.producer && made) {
          from = timeline_.layers[*tensor.producer].start;
          until = timeline_.layers[*tensor.producer].finish;
        }
        if (const auto copy = arriving.find({id, memory}); copy != arriving.end()) {
          from = copy->second;
        }
        for (const LayerId consumer : tensor.consumers) {
          if (memory_of(consumer) != memory) continue;
          if (!from) from = Time{0};  // an input that is there from the start
          until = std::max(until.value_or(Time{0}), timeline_.layers[consumer].finish);
        }
        if (const auto legs = leaving.find({id, memory}); legs != leaving.end()) {
          if (!from) from = Time{0};
          for (const LegSpan* leg : legs->second) {
            until = std::max(until.value_or(Time{0}), leg->finish);
          }
        }
        const bool stays = tensor.stays || (tensor.is_output &&
                                            (hardware_.host() ? hardware_.host() == memory : made));
        if (from) holds(memory, tensor.size, *from, stays ? std::nullopt : until);
      }
    }

    for (const MemoryId memory : ids<MemoryId>(hardware_.memories().size())) {
      Bytes held, peak;
      for (const auto& [time, change] : changes[memory]) {
        held += change.allocated - change.released;
        peak = std::max(peak, held);
      }
      const Bytes capacity = hardware_.memories()[memory].capacity;
      if (peak > capacity) {
        found("memory {} holds {}, {} more than its capacity", name(memory), to_string(peak),
              to_string(peak - capacity));
      }
      if (!timeline_.memory_peak.empty() && timeline_.memory_peak[memory] != peak) {
        found("memory {} is said to hold {} B at its fullest, the account says {} B", name(memory),
              timeline_.memory_peak[memory].value, peak.value);
      }
    }
  }

  void check_makespan() {
    Time last{0};
    for (const LayerSpan& span : timeline_.layers) last = std::max(last, span.finish);
    for (const LegSpan& span : timeline_.legs) {
      const Transfer& transfer = plan_.transfers()[span.transfer];
      if (tensor_of(span).is_output && transfer.dst == hardware_.host()) {
        last = std::max(last, span.finish);
      }
    }
    if (timeline_.makespan != last) {
      found("the makespan is said to be {} ps, the last finish is at {} ps",
            timeline_.makespan.count(), last.count());
    }
  }

  const Timeline& timeline_;
  const Network& network_;
  const Hardware& hardware_;
  const Plan& plan_;
  const bool exact_;  // times come from a model
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> violations(const Timeline& timeline, const Network& network,
                                    const Hardware& hardware, const Plan& plan) {
  return Checker(timeline, network, hardware, plan).check();
}

}  // namespace partita
