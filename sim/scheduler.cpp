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
  read_by_.assign(network.layer_count(), {});
  weights_.clear();
  for (const TensorId id : ids<TensorId>(network.tensors().size())) {
    const Tensor& tensor = network.tensor(id);
    const bool moves = tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input;
    if (!moves) {
      weights_.push_back(id);
      continue;
    }
    for (const LayerId consumer : tensor.consumers) read_by_[consumer].push_back(id);
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

std::uint32_t Scheduler::add_copy(TensorId tensor, MemoryId memory) {
  const auto id = static_cast<std::uint32_t>(copies_.size());
  Copy copy{memory, network_->tensor(tensor).size, 0, 0, 0, std::exchange(first_copy_[tensor], id)};
  copy.first_reader = static_cast<std::uint32_t>(readers_.size());
  for (const LayerId consumer : network_->tensor(tensor).consumers) {
    if (memory_of(consumer) != memory) continue;
    readers_.push_back(consumer);
    ++missing_[consumer];
  }
  copy.last_reader = static_cast<std::uint32_t>(readers_.size());
  copy.needed_by = copy.last_reader - copy.first_reader;
  copies_.push_back(copy);
  return id;
}

std::uint32_t Scheduler::copy_in(TensorId tensor, MemoryId memory) const {
  std::uint32_t id = first_copy_[tensor];
  while (id != kNone && copies_[id].memory != memory) id = copies_[id].next;
  PARTITA_ASSERT(id != kNone, "a tensor is read where it never comes");
  return id;
}

// One copy where the tensor is made or given, and one for each transfer.
void Scheduler::make_copies() {
  copies_.clear();
  readers_.clear();
  first_copy_.assign(network_->tensors().size(), kNone);
  for (const TensorId id : ids<TensorId>(network_->tensors().size())) {
    const Tensor& tensor = network_->tensor(id);
    if (tensor.producer) {
      const std::uint32_t made = add_copy(id, memory_of(*tensor.producer));
      if (tensor.is_output && !hardware_->host()) ++copies_[made].needed_by;
    } else if (tensor.kind == TensorKind::Input && hardware_->host()) {
      add_copy(id, *hardware_->host());
    } else if (tensor.kind == TensorKind::Input) {
      for (const LayerId consumer : tensor.consumers) {
        std::uint32_t known = first_copy_[id];
        while (known != kNone && copies_[known].memory != memory_of(consumer)) {
          known = copies_[known].next;
        }
        if (known == kNone) add_copy(id, memory_of(consumer));
      }
    }
  }
  for (const Transfer& transfer : plan_->transfers()) add_copy(transfer.tensor, transfer.dst);
  for (const Transfer& transfer : plan_->transfers()) {
    ++copies_[copy_in(transfer.tensor, transfer.src)].needed_by;
  }
  if (hardware_->host()) {
    // The user reads the outputs there, and is never done.
    for (const TensorId output : network_->outputs()) {
      ++copies_[copy_in(output, *hardware_->host())].needed_by;
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
    const Tensor& tensor = network_->tensor(transfer.tensor);
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
    for (std::uint32_t id = first_copy_[input]; id != kNone; id = copies_[id].next) {
      const Copy& copy = copies_[id];
      if (is_given(copy) && copy.needed_by > 0) parts_.memories[copy.memory]->preload(copy.size);
    }
  }
  for (const TensorId weight : weights_) {
    const Tensor& tensor = network_->tensor(weight);
    for (auto reader = tensor.consumers.begin(); reader != tensor.consumers.end(); ++reader) {
      const MemoryId there = memory_of(*reader);
      const bool counted = std::any_of(tensor.consumers.begin(), reader, [&](LayerId earlier) {
        return memory_of(earlier) == there;
      });
      if (!counted) parts_.memories[there]->preload(tensor.size);
    }
  }
}

void Scheduler::begin() {
  for (const TensorId input : network_->inputs()) {
    for (std::uint32_t id = first_copy_[input]; id != kNone; id = copies_[id].next) {
      if (is_given(copies_[id])) make_resident(copies_[id]);
    }
  }
  post(plan_->input_transfers());
  for (Memory* memory : parts_.memories) memory->begin_run();
  for (Processor* processor : parts_.processors) processor->wake();
}

void Scheduler::read_once(Copy& copy) {
  if (--copy.needed_by == 0) parts_.memories[copy.memory]->release(copy.size);
}

void Scheduler::make_resident(const Copy& copy) {
  for (std::uint32_t i = copy.first_reader; i < copy.last_reader; ++i) {
    const LayerId reader = readers_[i];
    if (--missing_[reader] == 0) parts_.processors[plan_->processor(reader)]->wake();
  }
}

void Scheduler::layer_started(LayerId layer, ProcessorId processor, int stream) {
  timeline_->layers[layer] = {processor, stream, clock_.now(), clock_.now()};
  Memory& memory = *parts_.memories[memory_of(layer)];
  memory.allocate(network_->layer(layer).work.workspace);
  for (const TensorId output : network_->layer(layer).outputs) {
    memory.allocate(network_->tensor(output).size);
  }
}

void Scheduler::layer_ended(LayerId layer) {
  --layers_left_;
  timeline_->layers[layer].finish = clock_.now();
  timeline_->makespan = clock_.now();
  const MemoryId here = memory_of(layer);
  parts_.memories[here]->release(network_->layer(layer).work.workspace);
  for (const TensorId output : network_->layer(layer).outputs) {
    Copy& copy = copies_[copy_in(output, here)];
    if (copy.needed_by == 0) parts_.memories[here]->release(copy.size);
    make_resident(copy);
  }
  for (const TensorId input : read_by_[layer]) read_once(copies_[copy_in(input, here)]);
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
    parts_.line->send(job, *network_->tensor(tensor).transfer_time);
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
    read_once(copies_[copy_in(transfer.tensor, transfer.src)]);
  } else {
    parts_.memories[job.leg->src]->release(job.size);  // a staging copy serves one transfer alone
  }
  if (!is_last(job)) return queue((&job)[1]);
  make_resident(copies_[copy_in(transfer.tensor, transfer.dst)]);
  if (transfer.dst == hardware_->host() && network_->tensor(transfer.tensor).is_output) {
    timeline_->makespan = clock_.now();
  }
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
      text += fmt::format("; {}: layer {} waits for {} inputs", name, network_->layer(layer).name,
                          missing_[layer]);
      break;
    }
  }
  for (const EngineId id : ids<EngineId>(parts_.engines.size())) {
    if (const LegJob* job = parts_.engines[id]->serves()) {
      text += fmt::format("; {} serves leg {} of transfer {}", hardware_->engines()[id].name,
                          job->span->leg, job->transfer);
    }
  }
  return text;
}

}  // namespace partita::sim
