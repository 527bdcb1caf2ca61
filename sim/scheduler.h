// The scheduler of the simulated machine: admits requests, follows their plans, and tells who may
// go on.
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "models/cost/variant.h"
#include "models/timeline/workload.h"
#include "sim/clock.h"
#include "sim/inference.h"
#include "sim/weights_there.h"

namespace partita::sim {

class Background;
class Conductor;
class DelayLine;
class DmaEngine;
class Memory;
class Processor;

// Model: knows at once what happens anywhere; deciding and telling take no time. Requests are
// admitted in the order of their arrivals, at most so many at once (evaluate.h, rule 8). The first
// that needs a weight of a cold start in a memory brings it there, for all. Whoever is cancelled
// (rule 11) starts nothing any more; who directs a simulation is asked what comes next.
// Left out: the cost of scheduling itself; it is a part of launch overheads and set-up times.
class Scheduler : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Scheduler);
  Scheduler(const sc_core::sc_module_name& name, const Clock& clock);

  struct Parts {
    IdVector<ProcessorId, Processor*> processors;
    IdVector<EngineId, DmaEngine*> engines;
    IdVector<MemoryId, Memory*> memories;
    DelayLine* line = nullptr;
    Background* background = nullptr;
  };
  void load(const std::vector<Variant>& variants, const Hardware& hardware, const Parts& parts);

  // Makes ready to run `workload`, and to write it down in `record`; both are kept by reference
  // until the run is over, and so is `done`. `conductor`: who adds to the workload meanwhile.
  void reset(const Workload& workload, const RequestDone& done, Fidelity fidelity,
             WorkloadTimeline& record, Conductor* conductor = nullptr);

  bool done() const {
    return active_ == 0 && admitted_ == workload_->requests.size() && !somebody_decides();
  }
  // Nothing runs or travels, and nobody will ask for anything.
  bool idle() const {
    const bool full = active_ >= workload_->in_flight;
    return under_way_ == 0 && (full || arrived_ == workload_->requests.size()) &&
           !somebody_decides();
  }
  bool under_way(std::size_t number) const;
  // Of one that is, or whose end has not been told; null: that is over.
  const Timeline* timeline(std::size_t number) const;
  // The oldest request in flight that has layers left there which have not started.
  const Inference* with_layers_left(ProcessorId processor) const;
  std::string waiting() const;  // who waits for whom, for a run that starved
  std::string name(const LegJob& job) const;
  // What a run of one request wrote down.
  Timeline& only_timeline() { return inferences_.front()->timeline(); }

  // First phase of an instant. Between it and the second there is one in which decisions fall, where
  // there are any: all that ends has ended then, and nothing has started.
  void decide_soon();
  bool deciding() const { return decides_at_ == sc_core::sc_delta_count(); }
  void load_turned();

  // Then.
  void cancel(std::size_t number);

  void arrived(std::size_t requests);  // so many have, from the first on
  void layer_ended(Inference& inference, LayerId layer);
  void leg_arrived(LegJob& job);

  // Second phase.
  void layer_started(Inference& inference, LayerId layer, ProcessorId processor, int stream,
                     Time waking);
  void leg_started(LegJob& job);
  void layer_halted(Inference& inference, LayerId layer);
  void layer_resumed(Inference& inference, LayerId layer, Time waking);
  void leg_halted(LegJob& job, ProcessorId processor);
  void leg_resumed(LegJob& job);

 private:
  void settle();  // second phase: what memories hold now, and who is done
  void decide();
  void drain_all();
  void cancel_due();
  bool is_cancel_due() const {
    return !cancels_.empty() && cancels_.begin()->first <= clock_.now();
  }
  bool somebody_decides() const;

  void begin_work(Inference& inference);
  void end_work(Inference& inference);
  static void write_down(const Interruption& lost, Timeline& timeline);
  void hold_weights();
  void hold_weights_of(const Plan& plan);
  void expect_weights(const Inference& inference, LayerId layer) const;
  void admit_all();
  void admit(const Request& request);
  void admit_relocation(Inference& inference, const Relocation& relocation);
  void retire(Inference& inference);
  void drain(Inference& inference);
  void let_go(Inference& inference);
  void put(MemoryId memory, Bytes size);
  void read_once(Inference::Copy& copy);
  void make_resident(Inference& inference, const Inference::Copy& copy);
  void post(Inference& inference, Plan::Range transfers);
  void post_inputs(Inference& inference);
  void share(LegJob& job);
  void arrive_shared(LegJob& job);
  void queue(LegJob& job);

  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  const Clock& clock_;
  sc_core::sc_event wake_;
  sc_core::sc_event decide_;
  Timer cancel_timer_;
  std::vector<NetworkFacts> variants_;
  Parts parts_;

  const Workload* workload_ = nullptr;
  const RequestDone* done_ = nullptr;
  Fidelity fidelity_ = Fidelity::Fluid;
  WorkloadTimeline* record_ = nullptr;
  Conductor* conductor_ = nullptr;
  // Weights of a cold start that some request has needed there.
  struct ColdWeight {
    bool there = false;
    std::vector<LegJob*> waiting;  // first legs, of requests that do not bring it
  };
  std::map<std::pair<TensorId, MemoryId>, ColdWeight> cold_weights_;
  WeightsThere weights_;
  bool knows_weights_ = false;  // where they are; else they are where they are read
  std::size_t arrived_ = 0, admitted_ = 0, active_ = 0;  // requests
  std::size_t under_way_ = 0;  // layers and legs that have started, and neither ended nor halted
  std::vector<std::unique_ptr<Inference>> inferences_;
  std::vector<Inference*> idle_;
  std::vector<Inference*> retired_;    // in this instant
  std::uint64_t decides_at_ = kNever;  // in which delta cycle
  bool decides_now_ = false;
  bool begins_ = true;                                // nothing has been settled yet
  std::set<std::pair<Time, std::uint32_t>> cancels_;  // when, whom of those in flight
  std::size_t cancelled_ = 0;                         // of those in flight
  std::vector<Memory*> put_in_;                       // likewise
};

}  // namespace partita::sim
