#include "sim/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>
#include <utility>

#include "models/base/assert.h"
#include "sim/background.h"
#include "sim/conductor.h"
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
  SC_METHOD(decide);
  dont_initialize();
  sensitive << decide_;
  SC_METHOD(decide_soon);
  dont_initialize();
  sensitive << cancel_timer_.event();
}

void Scheduler::load(const std::vector<Variant>& variants, const Hardware& hardware,
                     const Parts& parts) {
  variants_.resize(variants.size());
  for (std::size_t i = 0; i < variants.size(); ++i)
    variants_[i].load(*variants[i].network, hardware);
  parts_ = parts;
}

void Scheduler::reset(const Workload& workload, const RequestDone& done, Fidelity fidelity,
                      WorkloadTimeline& record, Conductor* conductor) {
  workload_ = &workload;
  conductor_ = conductor;
  done_ = &done;
  fidelity_ = fidelity;
  record_ = &record;
  record.requests.assign(workload.requests.size(), RequestSpan{});
  record.makespan = Time{0};
  wake_.cancel();
  decide_.cancel();
  cancel_timer_.cancel();
  decides_at_ = kNever;
  decides_now_ = false;
  begins_ = true;
  cancels_.clear();
  cancelled_ = 0;
  arrived_ = admitted_ = active_ = under_way_ = 0;
  record.unfinished.reset();
  cold_weights_.clear();
  retired_.clear();
  put_in_.clear();
  idle_.clear();
  for (const auto& inference : inferences_) {
    inference->forget();
    idle_.push_back(inference.get());
  }
  std::reverse(idle_.begin(), idle_.end());
  hold_weights();
}

void Scheduler::hold_weights() {
  const std::optional<std::vector<WeightPlace>>& resident = workload_->resident;
  knows_weights_ = resident.has_value() || conductor_ != nullptr;
  const NetworkFacts& facts = variants_.front();
  if (knows_weights_) weights_.reset(facts.tensors.size(), parts_.memories.size());
  if (resident) {
    for (const WeightPlace& place : *resident) {
      weights_.put(place.weight, place.memory);
      put(place.memory, facts.tensors[place.weight].size);
    }
    return;
  }
  // Each once in each memory where any plan has a reader of it.
  std::vector<const Plan*> plans;
  for (const Request& request : workload_->requests) {
    PARTITA_ASSERT(request.relocation == nullptr, "weights move, and nobody says where they are");
    if (plans.empty() || plans.back() != request.plan) plans.push_back(request.plan);
  }
  if (plans.size() > 1) {
    std::sort(plans.begin(), plans.end(), std::less<>{});
    plans.erase(std::unique(plans.begin(), plans.end()), plans.end());
  }
  // The last weight that was counted in each memory.
  constexpr TensorId kNoWeight{0xffff'ffff};
  IdVector<MemoryId, TensorId> counted(parts_.memories.size(), kNoWeight);
  for (const TensorId weight : facts.weights) {
    for (const Plan* plan : plans) {
      for (const LayerId reader : facts.consumers[weight]) {
        const MemoryId there = plan->read_from(weight, facts.memory_of[plan->processor(reader)]);
        if (std::exchange(counted[there], weight) == weight) continue;
        put(there, facts.tensors[weight].size);
      }
    }
  }
}

// Of a plan that nobody knew of before: they have always been there.
void Scheduler::hold_weights_of(const Plan& plan) {
  const NetworkFacts& facts = variants_.front();
  for (const TensorId weight : facts.weights) {
    for (const LayerId reader : facts.consumers[weight]) {
      const MemoryId there = plan.read_from(weight, facts.memory_of[plan.processor(reader)]);
      if (weights_.there(weight, there)) continue;
      weights_.put(weight, there);
      parts_.memories[there]->hold(facts.tensors[weight].size);
    }
  }
}

void Scheduler::expect_weights(const Inference& inference, LayerId layer) const {
  for (const TensorId input : inference.facts().network->layer(layer).inputs) {
    const TensorKind kind = inference.facts().network->tensor(input).kind;
    if (kind != TensorKind::Weight && kind != TensorKind::Constant) continue;
    const MemoryId there = inference.plan().read_from(input, inference.memory_of(layer));
    PARTITA_ASSERT(weights_.there(input, there), "a layer starts where a weight of it is not");
  }
}

void Scheduler::arrived(std::size_t requests) {
  arrived_ = requests;
  admit_all();
}

// Weights that a relocation sends on may just be coming.
void Scheduler::admit_all() {
  if (knows_weights_ && !decides_now_) return decide_soon();
  while (admitted_ < arrived_ && active_ < workload_->in_flight) {
    const Request& request = workload_->requests[admitted_];
    RequestSpan& span = record_->requests[admitted_];
    span.admitted = clock_.now();
    span.arrival = workload_->saturated ? span.admitted : request.arrival;
    ++active_;
    if (request.cancelled) {
      cancels_.emplace(*request.cancelled, static_cast<std::uint32_t>(admitted_));
      if (is_cancel_due()) {
        decide_soon();
      } else {
        cancel_timer_.set(cancels_.begin()->first, clock_);
      }
    }
    ++admitted_;
    admit(request);
    if (is_cancel_due()) break;  // before the next one comes
  }
}

void Scheduler::admit(const Request& request) {
  if (idle_.empty()) {
    idle_.push_back(inferences_.emplace_back(std::make_unique<Inference>()).get());
  }
  Inference& inference = *idle_.back();
  idle_.pop_back();
  if (request.relocation != nullptr) return admit_relocation(inference, *request.relocation);
  const NetworkFacts& facts = variants_[request.variant];
  if (knows_weights_ && !workload_->resident) hold_weights_of(*request.plan);
  inference.begin(static_cast<std::uint32_t>(&request - workload_->requests.data()), facts,
                  request.variant, *request.plan);
  inference.timeline().fidelity = fidelity_;
  for (const TensorId input : facts.network->inputs()) {
    inference.for_given_copies(input, [&](const Inference::Copy& copy) {
      const auto is_first = [&] { return cold_weights_.try_emplace({input, copy.memory}).second; };
      if (copy.needed_by > 0 && (!copy.stays || is_first())) put(copy.memory, copy.size);
      inference.make_resident(copy, [](LayerId) {});  // admitted() looks at all
    });
  }
  for (Processor* processor : parts_.processors) processor->admitted(inference);
  post_inputs(inference);
}

void Scheduler::admit_relocation(Inference& inference, const Relocation& relocation) {
  const NetworkFacts& facts = variants_.front();
  inference.begin(static_cast<std::uint32_t>(admitted_ - 1), facts, relocation);
  inference.timeline().fidelity = fidelity_;
  for (const WeightPlace& place : relocation.drops) {
    weights_.drop(place.weight, place.memory);
    parts_.memories[place.memory]->release(facts.tensors[place.weight].size);
  }
  for (const Relocation::Move& move : relocation.moves) {
    weights_.send(move.weight, move.src, move.dst);
  }
  for (std::uint32_t i = 0; i < relocation.moves.size(); ++i) queue(inference.first_job(i));
  if (relocation.moves.empty()) retire(inference);
}

void Scheduler::post_inputs(Inference& inference) {
  const Plan::Range inputs = inference.plan().input_transfers();
  std::vector<bool> shared(inference.plan().transfers().size());
  for (std::uint32_t i = inputs.first; i < inputs.last; ++i) {
    const Transfer& transfer = inference.plan().transfers()[i];
    shared[i] = inference.facts().tensors[transfer.tensor].stays &&
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
  if (!inference.relocates()) {
    const std::optional<MemoryId>& host = inference.facts().hardware->host();
    for (const TensorId output : inference.facts().network->outputs()) {
      read_once(host ? inference.copy_in(output, *host) : inference.home(output));
    }
  }
  let_go(inference);
}

// Of who was cancelled nothing goes on: nobody needs any more what it has in memories.
void Scheduler::drain(Inference& inference) {
  inference.for_held([&](MemoryId memory, Bytes size) { parts_.memories[memory]->release(size); });
  for (std::uint32_t i = 0; inference.relocates() && i < inference.transfers().size(); ++i) {
    const Transfer& move = inference.transfers()[i];
    if (!inference.has_come(i)) weights_.lose(move.tensor, move.dst);
  }
  --cancelled_;
  inference.abandon();
  inference.timeline().makespan = clock_.now();
  let_go(inference);
}

void Scheduler::let_go(Inference& inference) {
  RequestSpan& span = record_->requests[inference.number()];
  span.start = clock_.now();
  for (const LayerSpan& layer : inference.timeline().layers) {
    if (layer.finish > layer.start) span.start = std::min(span.start, layer.start);
  }
  if (inference.relocates()) {
    inference.timeline().makespan = clock_.now();
    for (const LegSpan& leg : inference.timeline().legs) {
      if (leg.finish > Time{0}) span.start = std::min(span.start, leg.start);
    }
  }
  span.finish = record_->makespan = clock_.now();
  if (const auto& cancelled = workload_->requests[inference.number()].cancelled) {
    cancels_.erase({*cancelled, inference.number()});
  }
  --active_;
  retired_.push_back(&inference);
  wake_.notify(sc_core::SC_ZERO_TIME);
  if (conductor_ != nullptr) decide_soon();
  if (!decides_now_) admit_all();
}

void Scheduler::decide_soon() {
  if (decides_now_ || deciding()) return;
  decides_at_ = sc_core::sc_delta_count() + 1;
  decide_.notify(sc_core::SC_ZERO_TIME);
}

// Where a processor that goes away takes the last work of a cancelled request with it, that one is
// done.
void Scheduler::load_turned() {
  if (cancelled_ > 0) decide_soon();
}

bool Scheduler::somebody_decides() const {
  return !cancels_.empty() || (conductor_ != nullptr && conductor_->waits());
}

// One may make room for the next, who is cancelled in turn.
void Scheduler::decide() {
  decides_now_ = true;
  for (Processor* processor : parts_.processors) processor->halt_if_lost();
  drain_all();
  do {
    cancel_due();
    admit_all();
  } while (is_cancel_due());
  while (conductor_ != nullptr && (conductor_->due() || !retired_.empty())) {
    std::sort(retired_.begin(), retired_.end(),
              [](const Inference* a, const Inference* b) { return a->number() < b->number(); });
    for (Inference* inference : std::exchange(retired_, {})) {
      conductor_->tell(inference->number(), inference->timeline());
      idle_.push_back(inference);
    }
    if (retired_.empty() && conductor_->due()) conductor_->tell_time();
  }
  decides_now_ = false;
  if (!cancels_.empty()) cancel_timer_.set(cancels_.begin()->first, clock_);
  parts_.background->look();
}

void Scheduler::drain_all() {
  if (cancelled_ == 0) return;
  for (std::size_t i = 0; i < inferences_.size(); ++i) {  // those that have room now come behind
    Inference& inference = *inferences_[i];
    if (!inference.done() && inference.is_drained()) drain(inference);
  }
}

void Scheduler::cancel_due() {
  while (is_cancel_due()) {
    const std::uint32_t number = cancels_.begin()->second;
    cancels_.erase(cancels_.begin());
    cancel(number);
  }
}

void Scheduler::cancel(std::size_t number) {
  const auto found = std::find_if(inferences_.begin(), inferences_.end(), [&](const auto& one) {
    return !one->done() && one->number() == number;
  });
  if (found == inferences_.end() || (*found)->cancelled()) return;
  Inference& inference = **found;
  inference.cancel();
  ++cancelled_;
  for (Processor* processor : parts_.processors) processor->forget(inference);
  for (DmaEngine* engine : parts_.engines) engine->forget(inference);
  if (inference.is_drained()) drain(inference);
}

bool Scheduler::under_way(std::size_t number) const {
  return std::any_of(inferences_.begin(), inferences_.end(),
                     [&](const auto& one) { return !one->done() && one->number() == number; });
}

const Timeline* Scheduler::timeline(std::size_t number) const {
  for (const auto& one : inferences_) {
    if (one->number() == number) return &one->timeline();
  }
  return nullptr;
}

void Scheduler::settle() {
  // What is dropped at the very beginning is not there when that is over.
  const bool too_early = std::exchange(begins_, false) && knows_weights_;
  if (too_early || deciding()) return wake_.notify(sc_core::SC_ZERO_TIME);
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
  begin_work(inference);
  if (knows_weights_) expect_weights(inference, layer);
  inference.timeline().layers[layer] = {processor, stream, clock_.now(), clock_.now(), waking};
  const NetworkFacts::LayerFact& fact = inference.facts().layers[layer];
  parts_.memories[inference.memory_of(layer)]->allocate(fact.workspace + fact.results);
}

void Scheduler::begin_work(Inference& inference) {
  ++under_way_;
  inference.begin_work();
}

void Scheduler::end_work(Inference& inference) {
  if (--under_way_ == 0) parts_.background->look();
  if (inference.end_work() && inference.cancelled()) decide_soon();
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
  end_work(inference);
}

void Scheduler::layer_resumed(Inference& inference, LayerId layer, Time waking) {
  begin_work(inference);
  if (knows_weights_) expect_weights(inference, layer);
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
    end_work(*each.inference);
  });
}

void Scheduler::leg_resumed(LegJob& job) {
  for_copy(job, [&](LegJob& each) { begin_work(*each.inference); });
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
  const NetworkFacts& facts = inference.facts();
  inference.timeline().layers[layer].finish = clock_.now();
  inference.timeline().makespan = clock_.now();
  const MemoryId here = inference.memory_of(layer);
  Memory& memory = *parts_.memories[here];
  memory.release(facts.layers[layer].workspace);
  for (const TensorId result : facts.results[layer]) {
    const Inference::Copy& copy = inference.home(result);
    if (copy.needed_by == 0) memory.release(copy.size);
    make_resident(inference, copy);
  }
  for (const TensorId input : facts.read_by[layer]) read_once(inference.read_copy(input, here));
  end_work(inference);
  if (inference.cancelled()) return;
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
    begin_work(*job.inference);
    job.span->start = job.span->data = clock_.now();
    const Transfer& transfer = job.inference->transfer(job);
    put(transfer.dst, job.size);
    parts_.line->send(job, *job.inference->facts().tensors[transfer.tensor].transfer_time);
  } else if (job.span->engine) {
    parts_.engines[*job.span->engine]->queue(job);
  } else {
    parts_.processors[*job.span->copier]->queue(job);
  }
}

void Scheduler::leg_started(LegJob& job) {
  for_copy(job, [&](LegJob& each) {
    begin_work(*each.inference);
    parts_.memories[each.leg->dst]->allocate(each.size);
  });
}

void Scheduler::leg_arrived(LegJob& job) {
  Inference& inference = *job.inference;
  job.span->finish = clock_.now();
  end_work(inference);
  const bool all_arrived = --job.first->to_arrive == 0;
  if (job.span->copier && all_arrived) parts_.processors[*job.span->copier]->copy_arrived();
  const Transfer& transfer = inference.transfer(job);
  if (job.span->leg == 0 && inference.relocates()) {
    PARTITA_ASSERT(weights_.there(transfer.tensor, transfer.src), "a weight goes while it is read");
  } else if (job.span->leg == 0) {
    read_once(inference.copy_in(transfer.tensor, transfer.src));
  } else {
    parts_.memories[job.leg->src]->release(job.size);  // a staging copy serves one transfer alone
  }
  const bool has_come = inference.is_last(job);
  if (has_come && inference.relocates()) weights_.put(transfer.tensor, transfer.dst);
  if (inference.cancelled()) return;
  if (!has_come) return queue((&job)[1]);
  if (inference.relocates()) {
    if (inference.one_less_left()) retire(inference);
    return;
  }
  make_resident(inference, inference.copy_in(transfer.tensor, transfer.dst));
  const NetworkFacts::TensorFact& tensor = inference.facts().tensors[transfer.tensor];
  if (transfer.dst == inference.facts().hardware->host() && tensor.is_output) {
    inference.timeline().makespan = clock_.now();
  }
  if (tensor.stays) {
    ColdWeight& weight = cold_weights_.at({transfer.tensor, transfer.dst});
    weight.there = true;
    for (LegJob* waiting : std::exchange(weight.waiting, {})) arrive_shared(*waiting);
  }
  if (inference.one_less_left()) retire(inference);
}

std::string Scheduler::name(const LegJob& job) const {
  const NetworkFacts& facts = job.inference->facts();
  const Transfer& transfer = job.inference->transfer(job);
  return fmt::format("tensor {} from {} to {}", facts.network->tensor(transfer.tensor).name,
                     facts.hardware->memories()[job.leg->src].name,
                     facts.hardware->memories()[job.leg->dst].name);
}

std::string Scheduler::waiting() const {
  const Hardware& hardware = *variants_.front().hardware;
  std::string text =
      fmt::format("{} of {} requests are done", admitted_ - active_, workload_->requests.size());
  for (const ProcessorId id : ids<ProcessorId>(parts_.processors.size())) {
    if (const LegJob* job = parts_.processors[id]->copies()) {
      text += fmt::format("; {} copies leg {} of transfer {}", hardware.processors()[id].name,
                          job->span->leg, job->transfer);
    }
  }
  for (const EngineId id : ids<EngineId>(parts_.engines.size())) {
    for (const LegJob* job : parts_.engines[id]->serves()) {
      text += fmt::format("; {} serves leg {} of transfer {}", hardware.engines()[id].name,
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
