// The scheduler of the simulated machine: admits requests, follows their plans, and tells who may
// go on.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "models/timeline/workload.h"
#include "sim/clock.h"
#include "sim/inference.h"

namespace partita::sim {

class Background;
class DelayLine;
class DmaEngine;
class Memory;
class Processor;

// Model: knows at once what happens anywhere; deciding and telling take no time. Requests are
// admitted in the order of their arrivals, at most so many at once (evaluate.h, rule 8). The first
// that needs a weight of a cold start in a memory brings it there, for all.
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
  void load(const Network& network, const Hardware& hardware, const Parts& parts);

  // Makes ready to run `workload`, and to write it down in `record`; both are kept by reference
  // until the run is over, and so is `done`.
  void reset(const Workload& workload, const RequestDone& done, Fidelity fidelity,
             WorkloadTimeline& record);

  bool done() const { return active_ == 0 && admitted_ == workload_->requests.size(); }
  // Nothing runs or travels, and nobody will ask for anything.
  bool idle() const {
    const bool full = active_ >= workload_->in_flight;
    return under_way_ == 0 && (full || arrived_ == workload_->requests.size());
  }
  // The oldest request in flight that has layers left there which have not started.
  const Inference* with_layers_left(ProcessorId processor) const;
  std::string waiting() const;  // who waits for whom, for a run that starved
  std::string name(const LegJob& job) const;
  // What a run of one request wrote down.
  Timeline& only_timeline() { return inferences_.front()->timeline(); }

  // First phase of an instant.
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

  void no_longer_under_way();
  static void write_down(const Interruption& lost, Timeline& timeline);
  void hold_weights();
  void admit_all();
  void admit(const Request& request);
  void retire(Inference& inference);
  void put(MemoryId memory, Bytes size);
  void read_once(Inference::Copy& copy);
  void make_resident(Inference& inference, const Inference::Copy& copy);
  void post(Inference& inference, Plan::Range transfers);
  void post_inputs(Inference& inference);
  void share(LegJob& job);
  void arrive_shared(LegJob& job);
  void queue(LegJob& job);

  const Clock& clock_;
  sc_core::sc_event wake_;
  NetworkFacts facts_;
  Parts parts_;

  const Workload* workload_ = nullptr;
  const RequestDone* done_ = nullptr;
  Fidelity fidelity_ = Fidelity::Fluid;
  WorkloadTimeline* record_ = nullptr;
  // Weights of a cold start that some request has needed there.
  struct ColdWeight {
    bool there = false;
    std::vector<LegJob*> waiting;  // first legs, of requests that do not bring it
  };
  std::map<std::pair<TensorId, MemoryId>, ColdWeight> cold_weights_;
  std::size_t arrived_ = 0, admitted_ = 0, active_ = 0;  // requests
  std::size_t under_way_ = 0;  // layers and legs that have started, and neither ended nor halted
  std::vector<std::unique_ptr<Inference>> inferences_;
  std::vector<Inference*> idle_;
  std::vector<Inference*> retired_;  // in this instant
  std::vector<Memory*> put_in_;      // likewise
};

}  // namespace partita::sim
