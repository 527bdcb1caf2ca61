#include "sim/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>
#include <utility>

#include "models/base/assert.h"
#include "sim/background.h"
#include "sim/delay_line.h"
#include "sim/dma_engine.h"
#include "sim/memory.h"
#include "sim/processor.h"

namespace partita::sim {

Scheduler::Scheduler(const sc_core::sc_module_name& name, const Clock& clock)
    : sc_module(name), clock_(clock) {
  SC_METHOD(settle);
  dont_initialize();
  sensitive << wake_;
}

void Scheduler::load(const Network& network, const Hardware& hardware, const Parts& parts) {
  facts_.load(network, hardware);
  parts_ = parts;
}

void Scheduler::reset(const Workload& workload, const RequestDone& done, Fidelity fidelity,
                      WorkloadTimeline& record) {
  workload_ = &workload;
  done_ = &done;
  fidelity_ = fidelity;
  record_ = &record;
  record.requests.assign(workload.requests.size(), RequestSpan{});
  record.makespan = Time{0};
  wake_.cancel();
  arrived_ = admitted_ = active_ = under_way_ = 0;
  record.unfinished.reset();
  cold_weights_.clear();
  retired_.clear();
  put_in_.clear();
  idle_.clear();
  for (const auto& inference : inferences_) {
    inference->abandon();
    idle_.push_back(inference.get());
  }
  std::reverse(idle_.begin(), idle_.end());
  hold_weights();
}

// Each weight once in each memory where any plan has a reader of it.
void Scheduler::hold_weights() {
  std::vector<const Plan*> plans;
  for (const Request& request : workload_->requests) {
    if (plans.empty() || plans.back() != request.plan) plans.push_back(request.plan);
  }
  if (plans.size() > 1) {
    std::sort(plans.begin(), plans.end(), std::less<>{});
    plans.erase(std::unique(plans.begin(), plans.end()), plans.end());
  }
  // The last weight that was counted in each memory.
  constexpr TensorId kNoWeight{0xffff'ffff};
  IdVector<MemoryId, TensorId> counted(parts_.memories.size(), kNoWeight);
  for (const TensorId weight : facts_.weights) {
    for (const Plan* plan : plans) {
      for (const LayerId reader : facts_.consumers[weight]) {
        const MemoryId there = plan->read_from(weight, facts_.memory_of[plan->processor(reader)]);
        if (std::exchange(counted[there], weight) == weight) continue;
        put(there, facts_.tensors[weight].size);
      }
    }
  }
}

void Scheduler::arrived(std::size_t requests) {
  arrived_ = requests;
  admit_all();
}

void Scheduler::admit_all() {
  while (admitted_ < arrived_ && active_ < workload_->in_flight) {
    const Request& request = workload_->requests[admitted_];
    RequestSpan& span = record_->requests[admitted_];
    span.admitted = clock_.now();
    span.arrival = workload_->saturated ? span.admitted : request.arrival;
    ++active_;
    ++admitted_;
    admit(request);
  }
}

void Scheduler::admit(const Request& request) {
  if (idle_.empty()) {
    idle_.push_back(inferences_.emplace_back(std::make_unique<Inference>(facts_)).get());
  }
  Inference& inference = *idle_.back();
  idle_.pop_back();
  inference.begin(static_cast<std::uint32_t>(&request - workload_->requests.data()), *request.plan);
  inference.timeline().fidelity = fidelity_;
  for (const TensorId input : facts_.network->inputs()) {
    inference.for_given_copies(input, [&](const Inference::Copy& copy) {
      const auto is_first = [&] { return cold_weights_.try_emplace({input, copy.memory}).second; };
      if (copy.needed_by > 0 && (!copy.stays || is_first())) put(copy.memory, copy.size);
      inference.make_resident(copy, [](LayerId) {});  // admitted() looks at all
    });
  }
  for (Processor* processor : parts_.processors) processor->admitted(inference);
  post_inputs(inference);
}

void Scheduler::post_inputs(Inference& inference) {
  const Plan::Range inputs = inference.plan().input_transfers();
  std::vector<bool> shared(inference.plan().transfers().size());
  for (std::uint32_t i = inputs.first; i < inputs.last; ++i) {
    const Transfer& transfer = inference.plan().transfers()[i];
    shared[i] = facts_.tensors[transfer.tensor].stays &&
                !cold_weights_.try_emplace({transfer.tensor, transfer.dst}).second;
  }
  inference.join_jobs(shared);
  for (std::uint32_t i = inputs.first; i < inputs.last; ++i) {
    shared[i] ? share(inference.first_job(i)) : queue(inference.first_job(i));
  }
}

// Another request brings this weight, or has brought it.
void Scheduler::share(LegJob& job) {
  job.inference->for_legs(job, [](LegJob& leg) {
    leg.span->engine.reset();
    leg.span->copier.reset();
  });
  const Transfer& transfer = job.inference->plan().transfers()[job.transfer];
  ColdWeight& weight = cold_weights_.at({transfer.tensor, transfer.dst});
  weight.there ? arrive_shared(job) : weight.waiting.push_back(&job);
}

void Scheduler::arrive_shared(LegJob& job) {
  Inference& inference = *job.inference;
  inference.for_legs(job, [&](LegJob& leg) {
    leg.span->queued = leg.span->start = leg.span->data = leg.span->finish = clock_.now();
  });
  const Transfer& transfer = inference.plan().transfers()[job.transfer];
  make_resident(inference, inference.copy_in(transfer.tensor, transfer.dst));
  inference.one_less_left();  // its layers are
}

// Whoever asked takes the outputs away, and somebody else has room.
void Scheduler::retire(Inference& inference) {
  const std::optional<MemoryId>& host = facts_.hardware->host();
  for (const TensorId output : facts_.network->outputs()) {
    read_once(host ? inference.copy_in(output, *host) : inference.home(output));
  }
  RequestSpan& span = record_->requests[inference.number()];
  span.start = clock_.now();
  for (const LayerSpan& layer : inference.timeline().layers) {
    span.start = std::min(span.start, layer.start);
  }
  span.finish = record_->makespan = clock_.now();
  --active_;
  retired_.push_back(&inference);
  wake_.notify(sc_core::SC_ZERO_TIME);
  admit_all();
}

void Scheduler::settle() {
  for (Memory* memory : put_in_) memory->note_peak();
  put_in_.clear();
  std::sort(retired_.begin(), retired_.end(),
            [](const Inference* a, const Inference* b) { return a->number() < b->number(); });
  for (Inference* inference : retired_) {
    if (*done_) (*done_)(inference->number(), inference->timeline());
    idle_.push_back(inference);
  }
  retired_.clear();
}

void Scheduler::put(MemoryId memory, Bytes size) {
  parts_.memories[memory]->put(size);
  put_in_.push_back(parts_.memories[memory]);
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void Scheduler::read_once(Inference::Copy& copy) {
  if (--copy.needed_by == 0 && !copy.stays) parts_.memories[copy.memory]->release(copy.size);
}

void Scheduler::make_resident(Inference& inference, const Inference::Copy& copy) {
  inference.make_resident(copy, [&](LayerId reader) {
    parts_.processors[inference.plan().processor(reader)]->inputs_ready(inference, reader);
  });
}

void Scheduler::layer_started(Inference& inference, LayerId layer, ProcessorId processor,
                              int stream, Time waking) {
  ++under_way_;
  inference.timeline().layers[layer] = {processor, stream, clock_.now(), clock_.now(), waking};
  const NetworkFacts::LayerFact& fact = facts_.layers[layer];
  parts_.memories[facts_.memory_of[processor]]->allocate(fact.workspace + fact.results);
}

void Scheduler::no_longer_under_way() {
  if (--under_way_ == 0) parts_.background->look();
}

// Processors of one instant come in no order of their own.
void Scheduler::write_down(const Interruption& lost, Timeline& timeline) {
  auto place = timeline.interrupted.end();
  const auto key = [](const Interruption& each) {
    return std::tuple(each.lost, each.processor, each.stream);
  };
  while (place != timeline.interrupted.begin() && key(*std::prev(place)) > key(lost)) --place;
  timeline.interrupted.insert(place, lost);
}

void Scheduler::layer_halted(Inference& inference, LayerId layer) {
  const LayerSpan& span = inference.timeline().layers[layer];
  write_down(
      {span.processor, span.stream, layer, std::nullopt, span.start, clock_.now(), span.waking},
      inference.timeline());
  no_longer_under_way();
}

void Scheduler::layer_resumed(Inference& inference, LayerId layer, Time waking) {
  ++under_way_;
  LayerSpan& span = inference.timeline().layers[layer];
  span.start = span.finish = clock_.now();
  span.waking = waking;
}

void Scheduler::leg_halted(LegJob& job, ProcessorId processor) {
  for_copy(job, [&](const LegJob& each) {
    const std::uint32_t number = each.inference->number_of(each);
    write_down(
        {processor, 0, std::nullopt, number, each.span->start, clock_.now(), each.span->waking},
        each.inference->timeline());
    no_longer_under_way();
  });
}

void Scheduler::leg_resumed(LegJob& job) {
  for_copy(job, [&](LegJob&) { ++under_way_; });
}

const Inference* Scheduler::with_layers_left(ProcessorId processor) const {
  const Inference* oldest = nullptr;
  for (const auto& one : inferences_) {
    if (!one->has_layers_left(processor)) continue;
    if (oldest == nullptr || one->number() < oldest->number()) oldest = one.get();
  }
  return oldest;
}

void Scheduler::layer_ended(Inference& inference, LayerId layer) {
  no_longer_under_way();
  inference.timeline().layers[layer].finish = clock_.now();
  inference.timeline().makespan = clock_.now();
  const MemoryId here = inference.memory_of(layer);
  Memory& memory = *parts_.memories[here];
  memory.release(facts_.layers[layer].workspace);
  for (const TensorId result : facts_.results[layer]) {
    const Inference::Copy& copy = inference.home(result);
    if (copy.needed_by == 0) memory.release(copy.size);
    make_resident(inference, copy);
  }
  for (const TensorId input : facts_.read_by[layer]) read_once(inference.read_copy(input, here));
  post(inference, inference.plan().transfers_of(layer));
  if (inference.one_less_left()) retire(inference);
}

void Scheduler::post(Inference& inference, Plan::Range transfers) {
  for (std::uint32_t i = transfers.first; i < transfers.last; ++i) queue(inference.first_job(i));
}

void Scheduler::queue(LegJob& job) {
  job.span->queued = clock_.now();
  if (job.follows()) return;
  if (job.leg == nullptr) {
    ++under_way_;
    job.span->start = job.span->data = clock_.now();
    const Transfer& transfer = job.inference->plan().transfers()[job.transfer];
    put(transfer.dst, job.size);
    parts_.line->send(job, *facts_.tensors[transfer.tensor].transfer_time);
  } else if (job.span->engine) {
    parts_.engines[*job.span->engine]->queue(job);
  } else {
    parts_.processors[*job.span->copier]->queue(job);
  }
}

void Scheduler::leg_started(LegJob& job) {
  for_copy(job, [&](LegJob& each) {
    ++under_way_;
    parts_.memories[each.leg->dst]->allocate(each.size);
  });
}

void Scheduler::leg_arrived(LegJob& job) {
  Inference& inference = *job.inference;
  no_longer_under_way();
  job.span->finish = clock_.now();
  const bool all_arrived = --job.first->to_arrive == 0;
  if (job.span->copier && all_arrived) parts_.processors[*job.span->copier]->copy_arrived();
  const Transfer& transfer = inference.plan().transfers()[job.transfer];
  if (job.span->leg == 0) {
    read_once(inference.copy_in(transfer.tensor, transfer.src));
  } else {
    parts_.memories[job.leg->src]->release(job.size);  // a staging copy serves one transfer alone
  }
  if (!inference.is_last(job)) return queue((&job)[1]);
  make_resident(inference, inference.copy_in(transfer.tensor, transfer.dst));
  if (transfer.dst == facts_.hardware->host() && facts_.tensors[transfer.tensor].is_output) {
    inference.timeline().makespan = clock_.now();
  }
  if (facts_.tensors[transfer.tensor].stays) {
    ColdWeight& weight = cold_weights_.at({transfer.tensor, transfer.dst});
    weight.there = true;
    for (LegJob* waiting : std::exchange(weight.waiting, {})) arrive_shared(*waiting);
  }
  if (inference.one_less_left()) retire(inference);
}

std::string Scheduler::name(const LegJob& job) const {
  const Transfer& transfer = job.inference->plan().transfers()[job.transfer];
  return fmt::format("tensor {} from {} to {}", facts_.network->tensor(transfer.tensor).name,
                     facts_.hardware->memories()[job.leg->src].name,
                     facts_.hardware->memories()[job.leg->dst].name);
}

std::string Scheduler::waiting() const {
  std::string text =
      fmt::format("{} of {} requests are done", admitted_ - active_, workload_->requests.size());
  for (const ProcessorId id : ids<ProcessorId>(parts_.processors.size())) {
    if (const LegJob* job = parts_.processors[id]->copies()) {
      text += fmt::format("; {} copies leg {} of transfer {}",
                          facts_.hardware->processors()[id].name, job->span->leg, job->transfer);
    }
  }
  for (const EngineId id : ids<EngineId>(parts_.engines.size())) {
    for (const LegJob* job : parts_.engines[id]->serves()) {
      text += fmt::format("; {} serves leg {} of transfer {}", facts_.hardware->engines()[id].name,
                          job->span->leg, job->transfer);
    }
  }
  for (const auto& inference : inferences_) {
    if (!inference->done()) {
      text += inference->waiting();
    }
  }
  return text;
}

}  // namespace partita::sim
