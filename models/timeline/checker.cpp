#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "models/timeline/absence.h"
#include "models/timeline/workload.h"

namespace partita {
namespace {

constexpr double kLargest = 9.2e18;  // that 64 bits hold

struct Interval {
  Time start{0}, finish{0};
  std::string what;
};

// A timeline, its plan, and when it could begin: 0, or when its request was admitted.
struct Part {
  const Timeline* timeline = nullptr;
  const Plan* plan = nullptr;
  Time admitted{0};
};

// Of the parts, at_ is the one that is looked at.
class Checker {
 public:
  Checker(std::vector<Part> parts, const Network& network, const Hardware& hardware)
      : parts_(std::move(parts)), network_(network), hardware_(hardware), absence_(hardware) {}

  // `peak`: what the memories are said to hold at their fullest, empty where nobody measured it.
  std::vector<std::string> check(const IdVector<MemoryId, Bytes>& peak) {
    if (!sound()) return std::move(found_);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      look_at(i);
      check_order();
      check_inputs();
      check_queueing();
      check_speed();
      check_losses();
      check_makespan();
    }
    check_processors();
    check_engines();
    check_memory(peak);
    return std::move(found_);
  }

  // Of what never finishes: that it does not.
  std::vector<std::string> check(const Unfinished& unfinished, Time makespan) {
    const ProcessorId id = unfinished.processor;
    if (!absence_.at(id, unfinished.lost)) {
      found("{} is said to be lost at {} ps, when it is there", name(id), unfinished.lost.count());
    }
    look_at(unfinished.request);
    const bool is_told = !timeline().layers.empty();  // how far it came
    std::ptrdiff_t losses = 0;
    for (const Part& part : parts_) {
      losses += std::count_if(part.timeline->interrupted.begin(), part.timeline->interrupted.end(),
                              [&](const Interruption& each) { return each.processor == id; });
    }
    constexpr std::ptrdiff_t kGivenUp = 1000;
    const std::optional<Time> back = absence_.end(id, unfinished.lost);
    if (is_told && losses < kGivenUp && back) {
      found("{} is said to be lost for good, but comes back at {} ps", name(id), back->count());
    }
    const LayerId waits = unfinished.layer.value_or(LayerId{0});
    if (is_told && unfinished.layer &&
        timeline().layers[waits].finish > timeline().layers[waits].start) {
      found("layer {} is said to wait for ever, but finishes at {} ps", name(waits),
            timeline().layers[waits].finish.count());
    }
    if (makespan != Time::max()) {
      found("the makespan of what never finishes is said to be {} ps", makespan.count());
    }
    return std::move(found_);
  }

  std::vector<std::string> check(const WorkloadTimeline& record, const Workload& workload) {
    std::vector<std::string> before = check(record.memory_peak);
    if (!before.empty()) return before;
    check_admissions(record, workload);
    check_ages();
    check_record(record);
    return std::move(found_);
  }

 private:
  template <class... Args>
  void found(fmt::format_string<Args...> format, Args&&... args) {
    found_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void look_at(std::size_t part) {
    at_ = &parts_[part];
    exact_ = timeline().origin != Origin::Measured;
  }
  const Timeline& timeline() const { return *at_->timeline; }
  const Plan& plan() const { return *at_->plan; }
  std::size_t request() const { return static_cast<std::size_t>(at_ - parts_.data()); }
  std::string of_request() const {
    return parts_.size() == 1 ? "" : fmt::format(" of request {}", request());
  }

  std::string name(LayerId id) const { return network_.layer(id).name + of_request(); }
  const std::string& name(MemoryId id) const { return hardware_.memories()[id].name; }
  const std::string& name(ProcessorId id) const { return hardware_.processors()[id].name; }
  const Tensor& tensor_of(const LegSpan& span) const {
    return network_.tensor(plan().transfers()[span.transfer].tensor);
  }
  std::string name(const LegSpan& span) const {
    return fmt::format("leg {} of tensor {} to {}{}", span.leg, tensor_of(span).name,
                       name(plan().transfers()[span.transfer].dst), of_request());
  }
  MemoryId memory_of(LayerId id) const {
    return hardware_.processors()[plan().processor(id)].memory;
  }
  const Leg& leg_of(const LegSpan& span) const {
    const Transfer& transfer = plan().transfers()[span.transfer];
    return (*hardware_.route(transfer.src, transfer.dst))[span.leg];
  }
  bool by_engine_or_copier(const LegSpan& span) const { return !tensor_of(span).transfer_time; }
  // Weights stand in memory from the start and are never sent.
  bool moves(const Tensor& tensor) const {
    return tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input;
  }

  // What everything else can rely on.
  bool sound() {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      look_at(i);
      if (timeline().layers.size() != network_.layer_count()) {
        found("the timeline has {} layers, the network has {}{}", timeline().layers.size(),
              network_.layer_count(), of_request());
        return false;
      }
      if (!sound_layers() || !sound_legs() || !sound_interruptions()) return false;
    }
    return true;
  }

  bool sound_layers() {
    const std::size_t before = found_.size();
    for (const LayerId id : network_.layers()) {
      const LayerSpan& span = timeline().layers[id];
      if (span.processor != plan().processor(id)) {
        found("layer {} ran on {}, the plan says {}", name(id), name(span.processor),
              name(plan().processor(id)));
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
    for (std::uint32_t i = 0; i < plan().transfers().size(); ++i) {
      const Transfer& transfer = plan().transfers()[i];
      const Tensor& tensor = network_.tensor(transfer.tensor);
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
        copier = plan().processor(*producer);
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

  bool sound_interruptions() {
    const std::size_t before = found_.size();
    for (const Interruption& each : timeline().interrupted) {
      if (each.layer.has_value() == each.leg.has_value() ||
          (each.leg && *each.leg >= timeline().legs.size()) ||
          (each.layer && index(*each.layer) >= network_.layer_count())) {
        found("an interruption on {} at {} ps is of nothing", name(each.processor),
              each.lost.count());
        continue;
      }
      const bool was_there = each.layer
                                 ? timeline().layers[*each.layer].processor == each.processor &&
                                       timeline().layers[*each.layer].stream == each.stream
                                 : timeline().legs[*each.leg].copier == each.processor;
      if (!was_there || each.start < Time{0} || each.lost <= each.start) {
        found("{} was lost on {} from {} ps to {} ps, where it never was", name(each),
              name(each.processor), each.start.count(), each.lost.count());
      }
    }
    return found_.size() == before;
  }
  std::string name(const Interruption& each) const {
    return each.layer ? "layer " + name(*each.layer) : name(timeline().legs[*each.leg]);
  }

  // When it began for the first time.
  Time first_start(LayerId id) const {
    Time first = timeline().layers[id].start;
    for (const Interruption& each : timeline().interrupted) {
      if (each.layer == id) first = std::min(first, each.start);
    }
    return first;
  }
  Time first_start(const LegSpan& span) const {
    Time first = span.start;
    for (const Interruption& each : timeline().interrupted) {
      if (each.leg && &timeline().legs[*each.leg] == &span) first = std::min(first, each.start);
    }
    return first;
  }

  // Nobody works who is away; what was interrupted was so by that, and begins again at once.
  void check_losses() {
    if (!exact_) return;
    for (const LayerId id : network_.layers()) {
      const LayerSpan& span = timeline().layers[id];
      check_there(span.processor, span.start, span.finish, "layer " + name(id));
    }
    for (const LegSpan& span : timeline().legs) {
      if (!span.copier) continue;  // its last bytes arrive without it
      check_there(*span.copier, span.start, std::max(span.data, span.finish - leg_of(span).latency),
                  name(span));
    }
    for (const Interruption& each : timeline().interrupted) check_loss(each);
  }
  void check_there(ProcessorId id, Time from, Time until, const std::string& what) {
    if (const auto at = absence_.within(id, from, until)) {
      found("{} is on {} at {} ps, which is away then", what, name(id), at->count());
    }
  }
  void check_loss(const Interruption& each) {
    check_there(each.processor, each.start, each.lost, name(each));
    if (!absence_.at(each.processor, each.lost)) {
      found("{} was lost at {} ps, when {} was there", name(each), each.lost.count(),
            name(each.processor));
      return;
    }
    Time again =
        each.layer ? timeline().layers[*each.layer].start : timeline().legs[*each.leg].start;
    for (const Interruption& later : timeline().interrupted) {
      if (later.layer != each.layer || later.leg != each.leg || later.lost <= each.lost) continue;
      again = std::min(again, later.start);
    }
    if (again != absence_.end(each.processor, each.lost)) {
      found("{} was lost at {} ps and begins again at {} ps, not when {} is back", name(each),
            each.lost.count(), again.count(), name(each.processor));
    }
  }

  void check_order() {
    for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
      const std::vector<LayerId>& order = plan().order(id);
      for (std::size_t i = 1; i < order.size(); ++i) {
        if (first_start(order[i]) < first_start(order[i - 1])) {
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
        for (std::size_t i = 0; i < parts_.size(); ++i) {
          look_at(i);
          for (const LayerId layer : plan().order(id)) {
            const LayerSpan& span = timeline().layers[layer];
            if (span.stream != stream) continue;
            intervals.push_back({span.start, span.finish, "layer " + name(layer)});
          }
          for (const Interruption& each : timeline().interrupted) {
            if (each.processor != id || !each.layer || each.stream != stream) continue;
            intervals.push_back({each.start, each.lost, name(each)});
          }
        }
        check_apart(std::move(intervals), fmt::format("stream {} of {}", stream, name(id)));
      }
    }
  }

  std::vector<Interval> copies_by(ProcessorId id) {
    std::vector<Interval> intervals;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      look_at(i);
      for (const LegSpan& span : timeline().legs) {
        if (span.copier == id) intervals.push_back({span.start, span.finish, name(span)});
      }
      for (const Interruption& each : timeline().interrupted) {
        if (each.processor != id || !each.leg) continue;
        intervals.push_back({each.start, each.lost, name(each)});
      }
    }
    return intervals;
  }

  // When each tensor has arrived where it is sent.
  std::map<std::pair<TensorId, MemoryId>, Time> arrivals() const {
    std::map<std::pair<TensorId, MemoryId>, Time> arrival;
    for (const LegSpan& span : timeline().legs) {
      const Transfer& transfer = plan().transfers()[span.transfer];
      arrival[{transfer.tensor, transfer.dst}] =
          span.finish;  // legs are in order: the last one stays
    }
    return arrival;
  }

  // When an input of a layer is there; nothing, where nothing brings it.
  std::optional<Time> there(LayerId id, TensorId input,
                            const std::map<std::pair<TensorId, MemoryId>, Time>& arrival) const {
    const Tensor& tensor = network_.tensor(input);
    if (!moves(tensor)) return Time{0};
    const auto made =
        tensor.producer ? std::optional{memory_of(*tensor.producer)} : hardware_.host();
    if (made && *made != memory_of(id)) {
      const auto arrived = arrival.find({input, memory_of(id)});
      if (arrived == arrival.end()) return std::nullopt;
      return arrived->second;
    }
    return tensor.producer ? timeline().layers[*tensor.producer].finish : at_->admitted;
  }

  void check_inputs() {
    const auto arrival = arrivals();
    for (const LayerId id : network_.layers()) {
      for (const TensorId input : network_.layer(id).inputs) {
        const std::optional<Time> at = there(id, input, arrival);
        if (!at) {
          found("layer {} needs tensor {} in {}, where nothing brings it", name(id),
                network_.tensor(input).name, name(memory_of(id)));
        } else if (timeline().layers[id].start < *at) {
          found("layer {} starts at {} ps, its input {} is there at {} ps", name(id),
                timeline().layers[id].start.count(), network_.tensor(input).name, at->count());
        }
      }
      if (timeline().layers[id].start < at_->admitted) {
        found("layer {} starts before its request is admitted", name(id));
      }
    }
  }

  // A real run needs some time from the end of one thing to the queueing of the next; a model does
  // not.
  void check_queueing() {
    const LegSpan* before = nullptr;
    for (const LegSpan& span : timeline().legs) {
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

  // Packets may outrun what flows share: until credits are used up, and between errors.
  std::int64_t fastest(ChannelId id) const {
    const Channel& channel = hardware_.channels()[id];
    return (timeline().fidelity == Fidelity::Fluid ? channel.capacity : channel.burst).value;
  }

  // Of the bytes that a leg carries, rounded up; `uses`: how often it crosses the channel.
  std::int64_t fastest(ChannelId id, std::int64_t uses, Content content) const {
    const std::int64_t share = fastest(id) / uses;
    for (const LinkId link : ids<LinkId>(hardware_.links().size())) {
      const auto& [forwards, backwards] = hardware_.channels_of(link);
      const auto& compression = hardware_.links()[link].compression;
      if ((forwards != id && backwards != id) || !compression) continue;
      const double ratio = compression->ratio[static_cast<std::size_t>(content)];
      const double packed = std::ceil(static_cast<double>(share) * ratio);
      return std::min(static_cast<std::int64_t>(std::min(packed, kLargest)),
                      compression->rate.value);
    }
    return share;
  }

  // When the last byte of a leg had left its engine, at the earliest. Packets may wait on the way.
  Time left(const LegSpan& span) const {
    const Leg& leg = leg_of(span);
    if (timeline().fidelity == Fidelity::Fluid) {
      return std::max(span.data, span.finish - leg.latency);
    }
    std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
    for (const ChannelId channel : leg.channels) narrowest = std::min(narrowest, fastest(channel));
    return span.data + time_for(tensor_of(span).size.value, narrowest);
  }

  // One at a time on each channel, in the order in which they were queued, then of requests, then
  // in plan order.
  void check_engines() {
    struct Served {
      std::size_t request;
      const LegSpan* span;
      Interval interval;
    };
    std::map<std::pair<std::optional<EngineId>, std::optional<ProcessorId>>, std::vector<Served>>
        served;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      look_at(i);
      for (const LegSpan& span : timeline().legs) {
        if (!by_engine_or_copier(span)) continue;
        // The data is on its way when the engine turns to the next; a processor waits for the
        // arrival.
        const Time free = span.engine ? left(span) : span.finish;
        served[{span.engine, span.copier}].push_back({i, &span, {span.start, free, name(span)}});
      }
    }
    for (auto& [server, legs] : served) {
      const std::string where = copier_name(server.first, server.second);
      std::sort(legs.begin(), legs.end(), [](const Served& a, const Served& b) {
        return std::tie(a.span->queued, a.request, a.span->transfer, a.span->leg) <
               std::tie(b.span->queued, b.request, b.span->transfer, b.span->leg);
      });
      std::vector<Interval> intervals;
      const auto channels =
          static_cast<std::size_t>(server.first ? hardware_.engines()[*server.first].channels : 1);
      for (std::size_t i = 0; i < legs.size(); ++i) {
        intervals.push_back(legs[i].interval);
        if (i > 0 && legs[i].span->start < legs[i - 1].span->start) {
          found("{} is served by {} before {}, which was queued first", legs[i].interval.what,
                where, legs[i - 1].interval.what);
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
    const bool asks_first = timeline().fidelity == Fidelity::Fluid;  // packets ask by themselves
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
    for (const LegSpan& span : timeline().legs) {
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
        narrowest = std::min(narrowest, fastest(channel, uses, content_of(tensor)));
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
  struct Change {
    Bytes released, allocated;  // what goes counts first
  };
  using MemoryChanges = IdVector<MemoryId, std::map<Time, Change>>;

  static void hold(MemoryChanges& changes, MemoryId memory, Bytes size, Time from,
                   std::optional<Time> until) {
    changes[memory][from].allocated += size;
    if (until) changes[memory][*until].released += size;
  }

  void check_memory(const IdVector<MemoryId, Bytes>& said) {
    MemoryChanges changes(hardware_.memories().size());
    std::set<std::pair<TensorId, MemoryId>> weights;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      look_at(i);
      hold_tensors(changes);
      for (const LayerId id : network_.layers()) {
        const LayerSpan& span = timeline().layers[id];
        hold(changes, memory_of(id), network_.layer(id).work.workspace, first_start(id),
             span.finish);
        for (const TensorId input : network_.layer(id).inputs) {
          if (!moves(network_.tensor(input))) weights.emplace(input, memory_of(id));
        }
      }
    }
    for (const auto& [id, memory] : weights) {
      hold(changes, memory, network_.tensor(id).size, Time{0}, std::nullopt);
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
      if (!said.empty() && said[memory] != peak) {
        found("memory {} is said to hold {} B at its fullest, the account says {} B", name(memory),
              said[memory].value, peak.value);
      }
    }
  }

  void hold_tensors(MemoryChanges& changes) const {
    // Legs of each tensor by the memory that they leave; staging copies are held apart, for one
    // transfer each.
    std::map<std::pair<TensorId, MemoryId>, std::vector<const LegSpan*>> leaving;
    std::map<std::pair<TensorId, MemoryId>, Time>
        arriving;  // start of the last leg to its destination
    for (std::size_t i = 0; i < timeline().legs.size(); ++i) {
      const LegSpan& span = timeline().legs[i];
      const Transfer& transfer = plan().transfers()[span.transfer];
      const bool last =
          i + 1 == timeline().legs.size() || timeline().legs[i + 1].transfer != span.transfer;
      if (span.leg == 0) leaving[{transfer.tensor, transfer.src}].push_back(&span);
      if (last) {
        arriving[{transfer.tensor, transfer.dst}] = first_start(span);
      } else {
        hold(changes, leg_of(span).dst, tensor_of(span).size, first_start(span),
             timeline().legs[i + 1].finish);
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
          from = first_start(*tensor.producer);
          until = timeline().layers[*tensor.producer].finish;
        }
        if (const auto copy = arriving.find({id, memory}); copy != arriving.end()) {
          from = copy->second;
        }
        for (const LayerId consumer : tensor.consumers) {
          if (memory_of(consumer) != memory) continue;
          if (!from) from = at_->admitted;  // an input that is there from the start
          until = std::max(until.value_or(Time{0}), timeline().layers[consumer].finish);
        }
        if (const auto legs = leaving.find({id, memory}); legs != leaving.end()) {
          if (!from) from = at_->admitted;
          for (const LegSpan* leg : legs->second) {
            until = std::max(until.value_or(Time{0}), leg->finish);
          }
        }
        const bool kept = hardware_.host() ? hardware_.host() == memory : made;
        if (tensor.is_output && kept) until = timeline().makespan;
        if (from) {
          hold(changes, memory, tensor.size, *from, tensor.stays ? std::nullopt : until);
        }
      }
    }
  }

  void check_makespan() {
    Time last{0};
    for (const LayerSpan& span : timeline().layers) last = std::max(last, span.finish);
    for (const LegSpan& span : timeline().legs) {
      const Transfer& transfer = plan().transfers()[span.transfer];
      if (tensor_of(span).is_output && transfer.dst == hardware_.host()) {
        last = std::max(last, span.finish);
      }
    }
    if (timeline().makespan != last) {
      found("the makespan is said to be {} ps, the last finish is at {} ps",
            timeline().makespan.count(), last.count());
    }
  }

  // Each as soon as it was there, those before it were admitted, and fewer than the most of them
  // were under way.
  void check_admissions(const WorkloadTimeline& record, const Workload& workload) {
    std::multiset<Time, std::greater<>> ends;  // of the requests before, the last first
    Time before{0};
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const RequestSpan& span = record.requests[i];
      const Time arrival = workload.saturated ? span.admitted : workload.requests[i].arrival;
      Time due = std::max(workload.saturated ? Time{0} : arrival, before);
      // Those that ended later than this one are fewer than may be in flight.
      if (i >= workload.in_flight) due = std::max(due, *std::prev(ends.end()));
      if (span.arrival != arrival || span.admitted != due) {
        found("request {} arrives at {} ps and is admitted at {} ps, not at {} and {} ps", i,
              span.arrival.count(), span.admitted.count(), arrival.count(), due.count());
      }
      before = span.admitted;
      ends.insert(span.finish);
      if (ends.size() > workload.in_flight) ends.erase(std::prev(ends.end()));
    }
  }

  // No processor starts a layer while an older request's next layer there is ready.
  void check_ages() {
    std::vector<std::map<std::pair<TensorId, MemoryId>, Time>> arrival;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      look_at(i);
      arrival.push_back(arrivals());
    }
    for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
      for (std::size_t younger = 1; younger < parts_.size(); ++younger) {
        for (const LayerId layer : parts_[younger].plan->order(id)) {
          look_at(younger);
          const Time start = first_start(layer);
          for (std::size_t older = 0; older < younger; ++older) {
            look_at(older);
            check_passed_over(id, start, arrival[older], younger);
          }
        }
      }
    }
  }

  void check_passed_over(ProcessorId id, Time at,
                         const std::map<std::pair<TensorId, MemoryId>, Time>& arrival,
                         std::size_t younger) {
    const std::vector<LayerId>& order = plan().order(id);
    const auto next = std::find_if(order.begin(), order.end(),
                                   [&](LayerId layer) { return first_start(layer) > at; });
    if (next == order.end() || at < at_->admitted) return;
    for (const TensorId input : network_.layer(*next).inputs) {
      if (there(*next, input, arrival) > at) return;
    }
    found("{} passes over layer {} at {} ps for request {}", name(id), name(*next), at.count(),
          younger);
  }

  void check_record(const WorkloadTimeline& record) {
    Time last{0};
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      look_at(i);
      Time first = Time::max();
      for (const LayerSpan& span : timeline().layers) first = std::min(first, span.start);
      const RequestSpan& span = record.requests[i];
      if (span.start != first || span.finish != timeline().makespan) {
        found("request {} is said to run from {} to {} ps, its timeline from {} to {} ps", i,
              span.start.count(), span.finish.count(), first.count(), timeline().makespan.count());
      }
      last = std::max(last, span.finish);
    }
    if (record.makespan != last) {
      found("the last request is said to end at {} ps, it does at {} ps", record.makespan.count(),
            last.count());
    }
    for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
      const Time busy = busy_time(id);
      if (record.busy[id] != busy) {
        found("{} is said to be busy for {} ps, it is for {} ps", name(id), record.busy[id].count(),
              busy.count());
      }
    }
  }

  // With at least one layer or copy.
  Time busy_time(ProcessorId id) {
    std::vector<Interval> intervals = copies_by(id);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      look_at(i);
      for (const LayerId layer : plan().order(id)) {
        intervals.push_back({timeline().layers[layer].start, timeline().layers[layer].finish, ""});
      }
      for (const Interruption& each : timeline().interrupted) {
        if (each.processor == id && each.layer) intervals.push_back({each.start, each.lost, ""});
      }
    }
    std::sort(intervals.begin(), intervals.end(),
              [](const Interval& a, const Interval& b) { return a.start < b.start; });
    Time busy{0}, until{0};
    for (const Interval& one : intervals) {
      busy += std::max(Time{0}, one.finish - std::max(one.start, until));
      until = std::max(until, one.finish);
    }
    return busy;
  }

  const std::vector<Part> parts_;
  const Network& network_;
  const Hardware& hardware_;
  const Absence absence_;
  const Part* at_ = nullptr;
  bool exact_ = true;  // times come from a model
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> violations(const Timeline& timeline, const Network& network,
                                    const Hardware& hardware, const Plan& plan) {
  Checker checker({{&timeline, &plan, Time{0}}}, network, hardware);
  if (timeline.unfinished) return checker.check(*timeline.unfinished, timeline.makespan);
  return checker.check(timeline.memory_peak);
}

std::vector<std::string> violations(const WorkloadTimeline& record,
                                    const std::vector<Timeline>& timelines, const Network& network,
                                    const Hardware& hardware, const Workload& workload) {
  const std::size_t count = workload.requests.size();
  if (record.requests.size() != count || timelines.size() != count) {
    return {fmt::format("{} requests have {} records and {} timelines", count,
                        record.requests.size(), timelines.size())};
  }
  std::vector<Part> parts;
  for (std::size_t i = 0; i < count; ++i) {
    parts.push_back({&timelines[i], workload.requests[i].plan, record.requests[i].admitted});
  }
  Checker checker(std::move(parts), network, hardware);
  if (record.unfinished) return checker.check(*record.unfinished, record.makespan);
  return checker.check(record, workload);
}

}  // namespace partita
