// The scheduler of the simulated machine: follows a plan, knows what is resident where, and tells
// who may go on.
#pragma once

#include <string>
#include <systemc>
#include <vector>

#include "models/base/lists.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/timeline/timeline.h"
#include "sim/clock.h"
#include "sim/leg_job.h"

namespace partita::sim {

class DelayLine;
class DmaEngine;
class Memory;
class Processor;

// Model: knows at once what happens anywhere; deciding and telling take no time. Every copy of a
// tensor in a memory lives until the last layer there that reads it has ended and the last leg from
// it has arrived (evaluate.h, rule 6).
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
  };
  void load(const Network& network, const Hardware& hardware, const Parts& parts);

  // Makes ready to run `plan`, and to write it down in `timeline`; both are kept by reference until
  // the run is over.
  void reset(const Plan& plan, Timeline& timeline);

  bool done() const { return layers_left_ == 0 && legs_left_ == 0; }
  std::string waiting() const;  // who waits for whom, for a run that starved
  std::string name(const LegJob& job) const;

  // First phase of an instant.
  void layer_ended(LayerId layer);
  void leg_arrived(LegJob& job);

  // Second phase.
  bool ready(LayerId layer) const { return missing_[layer] == 0; }
  void layer_started(LayerId layer, ProcessorId processor, int stream);
  void leg_started(LegJob& job);

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  // A tensor in a memory.
  struct Copy {
    MemoryId memory{};
    Bytes size;
    bool stays = false;                               // never released
    std::uint32_t needed_by = 0;                      // layers and legs that still have to read it
    std::uint32_t first_reader = 0, last_reader = 0;  // in readers_
    std::uint32_t next = kNone;                       // another copy of the same tensor
  };
  void begin();           // time 0: what is queued from the start
  void allocate_given();  // second phase: copies of transfers of given time

  void make_copies();
  void make_jobs();
  void preload();
  // Where `tensor` is made, or given.
  Copy& home(TensorId tensor) { return copies_[index(tensor)]; }
  void fill_copy(Copy& copy, TensorId tensor, MemoryId memory);
  void add_copy(TensorId tensor, MemoryId memory);
  std::uint32_t find_copy(TensorId tensor, MemoryId memory) const;  // kNone: there is none
  Copy& copy_in(TensorId tensor, MemoryId memory);
  void read_once(Copy& copy);
  void make_resident(const Copy& copy);
  void post(Plan::Range transfers);
  void queue(LegJob& job);
  MemoryId memory_of(LayerId layer) const { return memory_of_[plan_->processor(layer)]; }
  std::string awaited(LayerId layer) const;  // which inputs a layer waits for, and whom
  bool is_last(const LegJob& job) const;
  // Of an input of the network: whether it is there from the start.
  bool is_given(const Copy& copy) const {
    return !hardware_->host() || copy.memory == *hardware_->host();
  }

  const Clock& clock_;
  sc_core::sc_event begin_, wake_;
  const Network* network_ = nullptr;
  const Hardware* hardware_ = nullptr;
  Parts parts_;

  // What plans do not change, laid out for the inner loop.
  struct TensorFact {
    Bytes size;
    std::optional<LayerId> producer;
    std::optional<Time> transfer_time;
    bool is_output = false;
    bool stays = false;
  };
  struct LayerFact {
    Bytes workspace, results;
  };
  IdVector<ProcessorId, MemoryId> memory_of_;
  IdVector<TensorId, TensorFact> tensors_;
  Lists<TensorId, LayerId> consumers_;
  IdVector<LayerId, LayerFact> layers_;
  Lists<LayerId, TensorId> results_;
  IdVector<LayerId, std::vector<TensorId>> read_by_;  // tensors that move, each once
  std::vector<TensorId> weights_;

  const Plan* plan_ = nullptr;
  Timeline* timeline_ = nullptr;
  std::size_t layers_left_ = 0, legs_left_ = 0;
  IdVector<LayerId, std::uint32_t> missing_;
  std::vector<Copy> copies_;  // the homes by tensor, then the others
  std::vector<LayerId> readers_;
  std::vector<LegJob> jobs_;              // as timeline_->legs
  std::vector<std::uint32_t> first_job_;  // by transfer
  std::vector<LegJob*> given_;            // posted in this instant
};

}  // namespace partita::sim
