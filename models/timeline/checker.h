// The independent checker of timelines (timeline.h, workload.h): one class for one inference and
// for several, as processors, engines and memories are shared.
#pragma once

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/timeline/absence.h"
#include "models/timeline/workload.h"

namespace partita::checking {

struct Interval {
  Time start{0}, finish{0};
  std::string what;
};

// In queues, weights that move give way to whatever requests wait for.
constexpr std::int32_t kBelowAll = -1;

// A timeline, its plan, and when it could begin: 0, or when its request was admitted.
struct Part {
  const Timeline* timeline = nullptr;
  const Plan* plan = nullptr;  // none: it relocates
  Time admitted{0};
  const Network* network = nullptr;  // its variant
  const Relocation* relocation = nullptr;
  std::optional<Time> cancelled{};
  std::vector<Transfer> moves{};  // of a relocation, as transfers
};

// Of the parts, at_ is the one that is looked at. checker_legs.cpp, _cancelled, _copies, _losses,
// _memory, _waking, _weights and _workload have what is checked of those, checker.cpp the rest.
class Checker {
 public:
  Checker(std::vector<Part> parts, const Network& network, const Hardware& hardware)
      : parts_(std::move(parts)), network_(network), hardware_(hardware), absence_(hardware) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].plan == nullptr) continue;
      for (const Transfer& transfer : parts_[i].plan->transfers()) {
        if (network_.tensor(transfer.tensor).stays) {
          brings_.try_emplace({transfer.tensor, transfer.dst}, i);
        }
      }
    }
  }

  // `peak`: what the memories are said to hold at their fullest, empty where nobody measured it.
  std::vector<std::string> check(const IdVector<MemoryId, Bytes>& peak);

  // Of what never finishes: that it does not.
  std::vector<std::string> check(const Unfinished& unfinished, Time makespan);

  std::vector<std::string> check(const WorkloadTimeline& record, const Workload& workload);

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
  const Network& network() const { return at_->network == nullptr ? network_ : *at_->network; }
  bool relocates() const { return at_->plan == nullptr; }
  const Plan& plan() const { return *at_->plan; }
  const std::vector<Transfer>& transfers() const {
    return relocates() ? at_->moves : plan().transfers();
  }
  const Transfer& transfer_of(const LegSpan& span) const { return transfers()[span.transfer]; }
  ids<LayerId> layers() const { return ids<LayerId>(relocates() ? 0 : network_.layer_count()); }
  const std::vector<LayerId>& order(ProcessorId id) const {
    static const std::vector<LayerId> kNone;
    return relocates() ? kNone : plan().order(id);
  }
  Content content(const LegSpan& span) const {
    return relocates() ? Content::Weight : content_of(tensor_of(span));
  }

  // Of who was cancelled, some has not begun, and some was lost and has not begun again.
  bool has_ended(LayerId id) const {
    return timeline().layers[id].finish > timeline().layers[id].start;
  }
  bool has_ended(const LegSpan& span) const;
  bool was_lost(LayerId id) const;
  bool was_lost(const LegSpan& span) const;
  bool has_begun(LayerId id) const { return has_ended(id) || was_lost(id); }
  bool has_begun(const LegSpan& span) const { return has_ended(span) || was_lost(span); }
  bool is_cut_short() const;  // something of it has not ended
  // Whoever was cancelled before it was admitted goes then.
  Time gone() const { return std::max(at_->admitted, *at_->cancelled); }
  // When a leg is to be queued; nothing, where what goes before has not ended.
  std::optional<Time> due(const LegSpan& span) const;
  // Nothing of it starts from the instant when it was cancelled on, and all that had, ends.
  void check_cancelled();
  bool sound_unfinished(LayerId id);
  void check_queueing_until_cancelled();
  std::size_t request() const { return static_cast<std::size_t>(at_ - parts_.data()); }
  std::string of_request() const {
    return parts_.size() == 1 ? "" : fmt::format(" of request {}", request());
  }

  std::string name(LayerId id) const { return network_.layer(id).name + of_request(); }
  const std::string& name(MemoryId id) const { return hardware_.memories()[id].name; }
  const std::string& name(ProcessorId id) const { return hardware_.processors()[id].name; }
  const Tensor& tensor_of(const LegSpan& span) const {
    return network().tensor(transfer_of(span).tensor);
  }
  std::string name(const LegSpan& span) const {
    return fmt::format("leg {} of tensor {} to {}{}", span.leg, tensor_of(span).name,
                       name(transfer_of(span).dst), of_request());
  }
  MemoryId memory_of(LayerId id) const {
    return hardware_.processors()[plan().processor(id)].memory;
  }
  const Leg& leg_of(const LegSpan& span) const {
    const Transfer& transfer = transfer_of(span);
    return (*hardware_.route(transfer.src, transfer.dst))[span.leg];
  }
  // Of a weight that an older request brings there.
  bool shared(const LegSpan& span) const {
    if (!tensor_of(span).stays) return false;
    const Transfer& transfer = transfer_of(span);
    return brings_.at({transfer.tensor, transfer.dst}) < request();
  }
  bool by_engine_or_copier(const LegSpan& span) const {
    return !tensor_of(span).transfer_time && !shared(span);
  }
  // Weights stand in memory from the start and are never sent.
  bool moves(const Tensor& tensor) const {
    return tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input;
  }

  // What everything else can rely on.
  bool sound();
  bool sound_layers();

  // Every leg of every transfer once and in order, with the copier that the contract names.
  bool sound_legs();
  void check_leg(const LegSpan& span);
  std::string copier_name(std::optional<EngineId> engine, std::optional<ProcessorId> copier) const;
  bool sound_interruptions();
  std::string name(const Interruption& each) const {
    return each.layer ? "layer " + name(*each.layer) : name(timeline().legs[*each.leg]);
  }

  // When it began for the first time; what never did: Time::max().
  Time first_start(LayerId id) const;
  Time first_start(const LegSpan& span) const;

  // Nobody works who is away; what was interrupted was so by that, and begins again at once.
  void check_losses();
  void check_there(ProcessorId id, Time from, Time until, const std::string& what);
  void check_loss(const Interruption& each);
  void check_order();

  // Legs that are one copy, of each part; measured ones go alone.
  std::vector<Endpoint> stops(const Leg& leg) const;
  bool fork_at_multicast(const Leg& a, const Leg& b) const;
  bool are_one_copy(const LegSpan& a, const LegSpan& b) const;
  void find_copies();
  void check_copies();

  // At most one at a time in each of the lists.
  void check_apart(std::vector<Interval> intervals, const std::string& where);
  void check_processors();
  std::vector<Interval> copies_by(ProcessorId id);

  // When each tensor has arrived where it is sent.
  std::map<std::pair<TensorId, MemoryId>, Time> arrivals() const;

  // When an input of a layer is there; nothing, where nothing brings it.
  std::optional<Time> there(LayerId id, TensorId input,
                            const std::map<std::pair<TensorId, MemoryId>, Time>& arrival) const;
  void check_inputs();

  // A real run needs some time from the end of one thing to the queueing of the next; a model does
  // not.
  void check_queueing();

  // Of a shared leg: it is there when it has come with the request that brings it.
  void check_shared(const LegSpan& span);

  // Packets may outrun what flows share: until credits are used up, and between errors.
  std::int64_t fastest(ChannelId id) const;

  // Of the bytes that a leg carries, rounded up; `uses`: how often it crosses the channel.
  std::int64_t fastest(ChannelId id, std::int64_t uses, Content content) const;

  // When the last byte of a leg had left its engine, at the earliest. Packets may wait on the way.
  Time left(const LegSpan& span) const;

  // One at a time on each channel, the highest priority first; then in the order in which they were
  // queued, then of requests, then in plan order.
  void check_engines();
  struct Served {
    std::size_t request;
    std::int32_t priority;
    const LegSpan* span;
    Time began, start;  // for the first and the last time; or when it went, unserved
    Interval interval;
    bool served = true;
  };
  // `legs`: of one server, as they were queued. Whoever begins while others wait is of their
  // highest priority, and of that the first.
  void check_turns(const std::vector<Served>& legs, const std::string& where);
  void check_urgency(const std::vector<Served>& legs, const std::string& where);
  void check_at_most(std::size_t most, std::vector<Interval> intervals, const std::string& where);

  // What the machine says about a leg before and after its data.
  Time setup(const std::vector<const LegSpan*>& copy) const;
  Time completion(const LegSpan& span) const;
  void check_speed();
  Time least_of_reads(LayerId id) const;

  // Who was idle for so long as to fall asleep has to wake, and nobody else; what starts meanwhile
  // has to wait for the rest of it.
  void check_waking();

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

  void check_memory(const IdVector<MemoryId, Bytes>& said);
  // What never goes, held by all of them together, is added to `stays`: since when.
  using Stays = std::map<std::pair<TensorId, MemoryId>, Time>;
  void hold_tensors(MemoryChanges& changes, Stays& stays) const;
  void hold_staged(MemoryChanges& changes) const;

  // Where each weight is when, as the workload and its relocations say.
  struct Stay {
    Time since{0};
    std::optional<Time> until;
  };
  void follow_weights(const Workload& workload);
  const Stay* stay(TensorId weight, MemoryId memory, Time at) const;
  // When what has come then is dropped.
  std::optional<Time> leaves(TensorId weight, MemoryId memory, Time came) const;
  void check_weights();
  void check_relocation();
  void check_drop(const WeightPlace& place, Time at);
  void check_makespan();

  // Each as soon as it was there, those before it were admitted, and fewer than the most of them
  // were under way.
  void check_admissions(const WorkloadTimeline& record, const Workload& workload);

  // No processor starts a layer while an older request's next layer there is ready. Of a measured
  // run: while it was ready when what the processor did before ended, which is the last moment at
  // which a real one knew nothing newer; a device's queue was filled before that. What others have
  // made or brought into its memory it is told of some time later, and nobody notes when.
  void check_ages();
  std::vector<Time> ends_on(ProcessorId id);
  void check_passed_over(ProcessorId id, Time at,
                         const std::map<std::pair<TensorId, MemoryId>, Time>& arrival,
                         std::size_t younger);
  bool is_told_of(ProcessorId id, TensorId input) const;
  void check_record(const WorkloadTimeline& record);

  // With at least one layer or copy.
  Time busy_time(ProcessorId id);

  const std::vector<Part> parts_;
  const Network& network_;
  const Hardware& hardware_;
  const Absence absence_;
  std::map<std::pair<TensorId, MemoryId>, std::size_t> brings_;  // the first that has this transfer
  const Part* at_ = nullptr;
  bool exact_ = true;                                                // times come from a model
  std::vector<std::vector<std::vector<const LegSpan*>>> copies_;     // by part
  std::optional<std::map<WeightPlace, std::vector<Stay>>> weights_;  // absent: where they are read
  std::vector<std::string> found_;
};

}  // namespace partita::checking
