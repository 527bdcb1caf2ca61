// The event loop of the plain evaluator: the contract (evaluate.h) from one instant to the next.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "models/evaluate/cold_weights.h"
#include "models/evaluate/event_heap.h"
#include "models/evaluate/facts.h"
#include "models/evaluate/fluid.h"
#include "models/evaluate/inference.h"
#include "models/evaluate/load_clock.h"
#include "models/evaluate/memory_account.h"
#include "models/evaluate/reads_in_place.h"
#include "models/evaluate/ready_queue.h"
#include "models/evaluate/server.h"
#include "models/evaluate/weights_there.h"
#include "models/timeline/workload.h"

namespace partita::plain {

// what_ends.cpp has the first half of an instant, what_others_do.cpp its end, what_starts.cpp the
// second, event_loop.cpp the rest.
class EventLoop {
 public:
  // At least one variant, all of one structure.
  EventLoop(const std::vector<Variant>& variants, const Hardware& hardware);

  const Timeline& run(const Plan& plan);
  const WorkloadTimeline& run(const Workload& workload, const RequestDone& done);

 private:
  struct Busy {
    std::uint32_t running = 0;  // layers
    bool woken = false;
    bool crowd_changed = false;
    Time since{0};  // when it began to be busy
    Time idle_since{0}, awake_at{0};
    Time total{0};
    ReadyQueue ready;
    bool lost = false;
    bool halted = false;  // it has lost work, which is to begin again
    Time lost_at{0};
    std::uint32_t losses = 0;  // of work, since any was done
  };
  struct Running {
    Inference* inference = nullptr;  // none: the stream is free
    LayerId layer{};
    std::int64_t cap = 1;  // of its flow, with nothing in its way
  };

  void lay_out(std::size_t at_once);
  void prepare(const Workload& workload);
  void hold_weights(const std::vector<const Plan*>& plans);
  void hold_weights_of(const Plan& plan);
  void hold_residents(const Workload& workload);
  void expect_weights(const Inference& inference, LayerId layer) const;
  void run_requests(const Workload& workload, const RequestDone& done);

  // What ends.
  void end_all() {
    while (!events_.empty() && events_.next() == now_) end(events_.pop());
  }
  void end(EventHeap::Slot slot);
  void end_layer(EventHeap::Slot slot);
  void end_phase(std::size_t server);  // of set-up, or of the data
  void end_arrival(Job job);
  void post(Job job);
  void share(Job job);
  void arrive_shared(Job job);
  void enqueue(Job job);
  void make_resident(Inference& inference, const Inference::Copy& copy);
  void drop(const Inference& inference, Inference::Copy& copy, TensorId tensor);
  void one_less_left(Inference& inference);
  void end_move(Job job);
  void begin_work(Inference& inference) { ++inference.under_way; }
  void end_work(Inference& inference) {
    if (--inference.under_way == 0 && inference.cancelled) drained_.push_back(&inference);
  }

  // Requests, when all that ends has ended.
  void change_requests(const Workload& workload, const RequestDone& done);
  void retire(const Workload& workload);
  void let_go(Inference& inference, const Workload& workload);
  void drain(Inference& inference);
  void tell(const RequestDone& done);
  void admit_all(const Workload& workload);
  void admit(const Request& request);
  void admit_relocation(Inference& inference, const Relocation& relocation);
  void cancel_due();
  bool is_cancel_due() const { return !cancels_.empty() && cancels_.begin()->first <= now_; }
  void cancel(Inference& inference);

  // What others do.
  void change_load();
  void lose(ProcessorId processor);
  void lose_layer(ProcessorId processor, EventHeap::Slot stream);
  bool lose_copy(ProcessorId processor);  // false: it makes none
  bool resume(ProcessorId processor);     // false: it is gone
  const Inference* with_layers_left(ProcessorId processor) const;
  bool holds_halted(ProcessorId processor) const;  // something that is to begin again
  bool has_work(ProcessorId processor) const;
  bool waits_for_return() const;
  std::optional<Unfinished> unfinished() const;

  // What starts.
  void start_all();
  void start_layer(ProcessorId processor);
  void begin_layer(ProcessorId processor, EventHeap::Slot stream, Inference& inference,
                   LayerId layer);
  void start_leg(std::size_t server);
  void begin_leg(std::size_t server);
  void start_legs(std::size_t first);  // on the channels of an engine
  void start_data(std::size_t server);
  void disturb_packages();
  void share_processors();
  void limit_layers(ProcessorId processor);
  // Of waking, what is left for what starts there now.
  Time waking(ProcessorId processor, bool was_idle);

  void crowd_changed(ProcessorId processor) {
    const Facts::ProcessorFact& fact = facts_.processor[processor];
    if (!fact.crowds && !fact.ever_slow) return;
    if (!std::exchange(processors_[processor].crowd_changed, true)) crowds_.push_back(processor);
  }
  void wake(ProcessorId processor) {
    if (!std::exchange(processors_[processor].woken, true)) woken_.push_back(processor);
  }

  static Bytes size_of(Job job) { return job.inference->moving[job.transfer].size; }
  std::size_t server_of(const LegSpan& leg) const {
    return leg.copier ? index(*leg.copier) : first_channel_[*leg.engine];
  }
  // Flows and event slots: streams of all processors, copiers, channels of engines; then (slots
  // only) the arrival of the next request, when the next is cancelled, and arrivals of the transfers
  // of each inference.
  EventHeap::Slot slot_of_server(std::size_t server) const {
    return static_cast<EventHeap::Slot>(facts_.streams + server);
  }
  EventHeap::Slot slot_of_request() const { return slot_of_server(servers_.size()); }
  EventHeap::Slot slot_of_cancel() const { return slot_of_request() + 1; }
  EventHeap::Slot slot_of_arrival(Job job) const { return job.inference->arrivals + job.transfer; }

  const Hardware& hardware_;
  std::vector<std::unique_ptr<Seen>> variants_;
  const Network& network_;  // of the first variant, as facts_ are; structure and machine
  Facts& facts_;
  LoadClock load_;
  std::size_t first_load_flow_ = 0;  // after those of slots, those of load_
  std::optional<FluidNetwork> fluid_;
  EventHeap events_;
  IdVector<ChannelId, ChannelId> channel_lists_;  // each channel as a list of one

  Time now_{0};
  std::vector<Server> servers_;  // processors as copiers, then channels of engines
  IdVector<EngineId, std::uint32_t> first_channel_;  // in servers_
  IdVector<ProcessorId, Busy> processors_;
  std::vector<Running> on_stream_;
  std::vector<Running> halted_;       // lost there, to begin again
  std::vector<SpreadDemand> spread_;  // of layers there that read in place
  MemoryAccount memory_;
  ColdWeights cold_weights_;
  WeightsThere weights_;
  bool knows_weights_ = false;         // where they are; else they are where they are read
  std::vector<std::uint32_t> loaded_;  // tensor * memories + memory: the run that counted a weight
  std::vector<std::uint32_t> held_;    // layer * memories + memory: likewise, its own weights
  std::uint32_t run_ = 0;
  std::vector<std::uint32_t> running_members_;  // of each package
  bool packages_changed_ = false;
  std::vector<ProcessorId> crowds_;  // that run more or fewer layers since rates were settled
  std::vector<ProcessorId> woken_;
  std::vector<std::size_t> woken_engines_;

  // Requests: those before next_request_ have been admitted.
  std::vector<std::unique_ptr<Inference>> inferences_;
  std::vector<Inference*> idle_;
  std::vector<Inference*> ended_;    // at this instant
  std::vector<Inference*> drained_;  // likewise, of those that were cancelled
  std::vector<Inference*> told_;     // gone, and to be told of when nobody else goes
  std::set<std::pair<Time, std::uint32_t>> cancels_;  // when, whom of those in flight
  std::size_t most_transfers_ = 1;                    // of any plan of the workload
  std::size_t next_request_ = 0, in_flight_ = 0;
  WorkloadTimeline record_;
};

}  // namespace partita::plain
