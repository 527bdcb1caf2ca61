#include "sim/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/assert.h"
#include "sim/delay_line.h"
#include "sim/dma_engine.h"
#include "sim/memory.h"
#include "sim/processor.h"

namespace partita::sim {
namespace {

constexpr MemoryId kNowhere{0xffff'ffff};

}  // namespace

Scheduler::Scheduler(const sc_core::sc_module_name& name, const Clock& clock)
    : sc_module(name), clock_(clock) {
  SC_METHOD(begin);
  dont_initialize();
  sensitive << begin_;
  SC_METHOD(allocate_given);
  dont_initialize();
  sensitive << wake_;
}

void Scheduler::load(const Network& network, const Hardware& hardware, const Parts& parts) {
  network_ = &network;
  hardware_ = &hardware;
  parts_ = parts;
  memory_of_.clear();
  for (const ProcessorSpec& processor : hardware.processors()) {
    memory_of_.push_back(processor.memory);
  }
  tensors_.clear();
  consumers_.clear();
  read_by_.assign(network.layer_count(), {});
  weights_.clear();
  for (const TensorId id : ids<TensorId>(network.tensors().size())) {
    const Tensor& tensor = network.tensor(id);
    tensors_.push_back(
        {tensor.size, tensor.producer, tensor.transfer_time, tensor.is_output, tensor.stays});
    for (const LayerId consumer : tensor.consumers) consumers_.add(consumer);
    consumers_.finish_list();
    const bool moves = tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input;
    if (!moves) {
      weights_.push_back(id);
      continue;
    }
    for (const LayerId consumer : tensor.consumers) read_by_[consumer].push_back(id);
  }
  layers_.clear();
  results_.clear();
  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    LayerFact fact{layer.work.workspace, Bytes{}};
    for (const TensorId result : layer.outputs) {
      results_.add(result);
      fact.results += network.tensor(result).size;
    }
    results_.finish_list();
    layers_.push_back(fact);
  }
}

void Scheduler::reset(const Plan& plan, Timeline& timeline) {
  plan_ = &plan;
  timeline_ = &timeline;
  wake_.cancel();
  given_.clear();
  layers_left_ = network_->layer_count();
  missing_.assign(network_->layer_count(), 0);
  timeline.layers.assign(network_->layer_count(), LayerSpan{});
  timeline.makespan = Time{0};
  make_copies();
  make_jobs();
  preload();
  legs_left_ = jobs_.size();
  begin_.notify(sc_core::SC_ZERO_TIME);
}

void Scheduler::fill_copy(Copy& copy, TensorId tensor, MemoryId memory) {
  copy.memory = memory;
  copy.size = tensors_[tensor].size;
  copy.stays = tensors_[tensor].stays;
  copy.first_reader = static_cast<std::uint32_t>(readers_.size());
  for (const LayerId consumer : consumers_[tensor]) {
    if (memory_of(consumer) != memory) continue;
    readers_.push_back(consumer);
    ++missing_[consumer];
  }
  copy.last_reader = static_cast<std::uint32_t>(readers_.size());
  copy.needed_by = copy.last_reader - copy.first_reader;
}

void Scheduler::add_copy(TensorId tensor, MemoryId memory) {
  Copy copy;
  fill_copy(copy, tensor, memory);
  copy.next = std::exchange(home(tensor).next, static_cast<std::uint32_t>(copies_.size()));
  copies_.push_back(copy);
}

std::uint32_t Scheduler::find_copy(TensorId tensor, MemoryId memory) const {
  auto id = static_cast<std::uint32_t>(index(tensor));
  while (id != kNone && copies_[id].memory != memory) id = copies_[id].next;
  return id;
}

Scheduler::Copy& Scheduler::copy_in(TensorId tensor, MemoryId memory) {
  const std::uint32_t id = find_copy(tensor, memory);
  PARTITA_ASSERT(id != kNone, "a tensor is read where it never comes");
  return copies_[id];
}

// One copy where the tensor is made or given, and one for each transfer.
void Scheduler::make_copies() {
  readers_.clear();
  Copy nowhere;
  nowhere.memory = kNowhere;
  copies_.assign(tensors_.size(), nowhere);
  for (const TensorId id : ids<TensorId>(tensors_.size())) {
    const TensorFact& tensor = tensors_[id];
    if (!tensor.producer) continue;
    fill_copy(home(id), id, memory_of(*tensor.producer));
    if (tensor.is_output && !hardware_->host()) ++home(id).needed_by;
  }
  for (const TensorId input : network_->inputs()) {
    if (hardware_->host()) {
      fill_copy(home(input), input, *hardware_->host());
      continue;
    }
    for (const LayerId consumer : consumers_[input]) {
      if (home(input).memory == kNowhere) {
        fill_copy(home(input), input, memory_of(consumer));
      } else if (find_copy(input, memory_of(consumer)) == kNone) {
        add_copy(input, memory_of(consumer));
      }
    }
  }
  for (const Transfer& transfer : plan_->transfers()) add_copy(transfer.tensor, transfer.dst);
  for (const Transfer& transfer : plan_->transfers()) {
    ++copy_in(transfer.tensor, transfer.src).needed_by;
  }
  if (hardware_->host()) {
    // The user reads the outputs there, and is never done.
    for (const TensorId output : network_->outputs()) {
      ++copy_in(output, *hardware_->host()).needed_by;
    }
  }
}

void Scheduler::make_jobs() {
  std::vector<LegSpan>& legs = timeline_->legs;
  legs.clear();
  jobs_.clear();
  first_job_.clear();
  for (std::uint32_t i = 0; i < plan_->transfers().size(); ++i) {
    const Transfer& transfer = plan_->transfers()[i];
    const TensorFact& tensor = tensors_[transfer.tensor];
    first_job_.push_back(static_cast<std::uint32_t>(jobs_.size()));
    LegSpan span;
    span.transfer = i;
    if (tensor.transfer_time) {
      legs.push_back(span);
      jobs_.push_back({i, nullptr, tensor.size, nullptr});
      continue;
    }
    for (const Leg& leg : *hardware_->route(transfer.src, transfer.dst)) {
      span.engine = leg.engine;
      span.copier.reset();
      if (!leg.engine && tensor.producer && memory_of(*tensor.producer) == leg.src) {
        span.copier = plan_->processor(*tensor.producer);
      } else if (!leg.engine) {
        span.copier = leg.copier;
      }
      legs.push_back(span);
      jobs_.push_back({i, &leg, tensor.size, nullptr});
      ++span.leg;
    }
  }
  for (std::size_t i = 0; i < jobs_.size(); ++i) jobs_[i].span = &legs[i];
}

// Inputs of the network, and each weight once in each memory that has a reader of it.
void Scheduler::preload() {
  for (const TensorId input : network_->inputs()) {
    for (auto id = static_cast<std::uint32_t>(index(input)); id != kNone; id = copies_[id].next) {
      const Copy& copy = copies_[id];
      if (is_given(copy) && copy.needed_by > 0) parts_.memories[copy.memory]->preload(copy.size);
    }
  }
  // The last weight that was counted in each memory.
  constexpr TensorId kNoWeight{0xffff'ffff};
  IdVector<MemoryId, TensorId> counted(parts_.memories.size(), kNoWeight);
  for (const TensorId weight : weights_) {
    for (const LayerId reader : consumers_[weight]) {
      const MemoryId there = memory_of(reader);
      if (std::exchange(counted[there], weight) == weight) continue;
      parts_.memories[there]->preload(tensors_[weight].size);
    }
  }
}

void Scheduler::begin() {
  for (const TensorId input : network_->inputs()) {
    for (auto id = static_cast<std::uint32_t>(index(input)); id != kNone; id = copies_[id].next) {
      if (is_given(copies_[id])) make_resident(copies_[id]);
    }
  }
  post(plan_->input_transfers());
  for (Memory* memory : parts_.memories) memory->begin_run();
  for (Processor* processor : parts_.processors) processor->wake();
}

void Scheduler::read_once(Copy& copy) {
  if (--copy.needed_by == 0 && !copy.stays) parts_.memories[copy.memory]->release(copy.size);
}

void Scheduler::make_resident(const Copy& copy) {
  for (std::uint32_t i = copy.first_reader; i < copy.last_reader; ++i) {
    const LayerId reader = readers_[i];
    if (--missing_[reader] == 0) parts_.processors[plan_->processor(reader)]->inputs_ready(reader);
  }
}

void Scheduler::layer_started(LayerId layer, ProcessorId processor, int stream) {
  timeline_->layers[layer] = {processor, stream, clock_.now(), clock_.now()};
  const LayerFact& fact = layers_[layer];
  parts_.memories[memory_of_[processor]]->allocate(fact.workspace + fact.results);
}

void Scheduler::layer_ended(LayerId layer) {
  --layers_left_;
  timeline_->layers[layer].finish = clock_.now();
  timeline_->makespan = clock_.now();
  const MemoryId here = memory_of(layer);
  Memory& memory = *parts_.memories[here];
  memory.release(layers_[layer].workspace);
  for (const TensorId result : results_[layer]) {
    const Copy& copy = home(result);
    if (copy.needed_by == 0) memory.release(copy.size);
    make_resident(copy);
  }
  for (const TensorId input : read_by_[layer]) read_once(copy_in(input, here));
  post(plan_->transfers_of(layer));
}

void Scheduler::post(Plan::Range transfers) {
  for (std::uint32_t i = transfers.first; i < transfers.last; ++i) queue(jobs_[first_job_[i]]);
}

void Scheduler::queue(LegJob& job) {
  job.span->queued = clock_.now();
  if (job.leg == nullptr) {
    job.span->start = job.span->data = clock_.now();
    given_.push_back(&job);
    wake_.notify(sc_core::SC_ZERO_TIME);
    const TensorId tensor = plan_->transfers()[job.transfer].tensor;
    parts_.line->send(job, *tensors_[tensor].transfer_time);
  } else if (job.span->engine) {
    parts_.engines[*job.span->engine]->queue(job);
  } else {
    parts_.processors[*job.span->copier]->queue(job);
  }
}

void Scheduler::allocate_given() {
  for (const LegJob* job : given_) {
    parts_.memories[plan_->transfers()[job->transfer].dst]->allocate(job->size);
  }
  given_.clear();
}

void Scheduler::leg_started(LegJob& job) { parts_.memories[job.leg->dst]->allocate(job.size); }

bool Scheduler::is_last(const LegJob& job) const {
  return &job == &jobs_.back() || (&job)[1].transfer != job.transfer;
}

void Scheduler::leg_arrived(LegJob& job) {
  --legs_left_;
  job.span->finish = clock_.now();
  if (job.span->copier) parts_.processors[*job.span->copier]->copy_arrived();
  const Transfer& transfer = plan_->transfers()[job.transfer];
  if (job.span->leg == 0) {
    read_once(copy_in(transfer.tensor, transfer.src));
  } else {
    parts_.memories[job.leg->src]->release(job.size);  // a staging copy serves one transfer alone
  }
  if (!is_last(job)) return queue((&job)[1]);
  make_resident(copy_in(transfer.tensor, transfer.dst));
  if (transfer.dst == hardware_->host() && tensors_[transfer.tensor].is_output) {
    timeline_->makespan = clock_.now();
  }
}

std::string Scheduler::awaited(LayerId layer) const {
  if (missing_[layer] == 0) return "has all its inputs";
  std::vector<std::string> all;
  for (const TensorId id : read_by_[layer]) {
    const Tensor& tensor = network_->tensor(id);
    if (tensor.producer && timeline_->layers[*tensor.producer].finish == Time{0}) {
      all.push_back(fmt::format("layer {} on {}", network_->layer(*tensor.producer).name,
                                hardware_->processors()[plan_->processor(*tensor.producer)].name));
      continue;
    }
    for (const LegJob& job : jobs_) {
      const Transfer& transfer = plan_->transfers()[job.transfer];
      if (transfer.tensor != id || transfer.dst != memory_of(layer)) continue;
      if (!is_last(job) || job.span->finish > Time{0}) continue;
      all.push_back(fmt::format("tensor {} on its way to {}", tensor.name,
                                hardware_->memories()[transfer.dst].name));
    }
  }
  return fmt::format("waits for {}", fmt::join(all, " and "));
}

std::string Scheduler::name(const LegJob& job) const {
  return fmt::format(
      "tensor {} from {} to {}", network_->tensor(plan_->transfers()[job.transfer].tensor).name,
      hardware_->memories()[job.leg->src].name, hardware_->memories()[job.leg->dst].name);
}

std::string Scheduler::waiting() const {
  std::string text = fmt::format("{} layers and {} legs are left", layers_left_, legs_left_);
  for (const ProcessorId id : ids<ProcessorId>(parts_.processors.size())) {
    const std::string& name = hardware_->processors()[id].name;
    if (const LegJob* job = parts_.processors[id]->copies()) {
      text += fmt::format("; {} copies leg {} of transfer {}", name, job->span->leg, job->transfer);
    }
    for (const LayerId layer : plan_->order(id)) {
      const LayerSpan& span = timeline_->layers[layer];
      if (span.finish > Time{0}) continue;
      text += fmt::format("; {}: layer {} {}", name, network_->layer(layer).name, awaited(layer));
      break;
    }
  }
  for (const EngineId id : ids<EngineId>(parts_.engines.size())) {
    for (const LegJob* job : parts_.engines[id]->serves()) {
      text += fmt::format("; {} serves leg {} of transfer {}", hardware_->engines()[id].name,
                          job->span->leg, job->transfer);
    }
  }
  return text;
}

}  // namespace partita::sim
