// The first half of an instant.
#include <algorithm>

#include "models/base/assert.h"
#include "models/evaluate/event_loop.h"

namespace partita::plain {

void EventLoop::end(EventHeap::Slot slot) {
  if (slot < facts_.streams) return end_layer(slot);
  if (slot < slot_of_request()) return end_phase(slot - facts_.streams);
  if (slot <= slot_of_cancel()) return;  // change_requests() sees to it
  const EventHeap::Slot arrival = slot - slot_of_cancel() - 1;
  const auto all = static_cast<EventHeap::Slot>(most_transfers_);
  if (arrival < all) return end_arrival({inferences_.front().get(), arrival});
  end_arrival({inferences_[arrival / all].get(), arrival % all});
}

void EventLoop::end_layer(EventHeap::Slot slot) {
  const Running ended = std::exchange(on_stream_[slot], Running{});
  Inference& inference = *ended.inference;
  const LayerId layer = ended.layer;
  const ProcessorId processor = inference.layers[layer].processor;
  const MemoryId here = inference.layers[layer].memory;
  fluid_->stop(static_cast<FlowId>(slot));
  inference.timeline.layers[layer].finish = now_;
  inference.timeline.makespan = now_;
  Busy& busy = processors_[processor];
  busy.losses = 0;
  if (--busy.running == 0) {
    busy.idle_since = now_;
    busy.total += now_ - busy.since;
    if (const std::optional<std::size_t>& package = facts_.processor[processor].package) {
      --running_members_[*package];
      packages_changed_ = true;
    }
  }
  crowd_changed(processor);
  wake(processor);
  const Facts& facts = inference.facts();
  memory_.release(here, facts.layers[layer].workspace);
  for (const TensorId output : facts.outputs[layer]) {
    const Inference::Copy& copy = inference.home(output);
    if (copy.needed == 0) memory_.release(here, facts.tensors[output].size);
    make_resident(inference, copy);
  }
  std::uint32_t item = facts_.inputs.first(layer);
  for (const TensorId input : facts_.inputs[layer]) {
    drop(inference, inference.copies[inference.readings[item++].copy], input);
  }
  end_work(inference);
  if (inference.cancelled) return;
  const Plan::Range transfers = inference.plan->transfers_of(layer);
  for (std::uint32_t i = transfers.first; i < transfers.last; ++i) post({&inference, i});
  one_less_left(inference);
}

void EventLoop::end_phase(std::size_t id) {
  Server& server = servers_[id];
  if (!server.moving) return start_data(id);
  if (server.flowing) fluid_->stop(static_cast<FlowId>(slot_of_server(id)));
  server.flowing = false;
  if (server.completion > Time{0} && !std::exchange(server.completing, true)) {
    events_.set(slot_of_server(id), after(now_, server.completion));
    return;
  }
  const Job job = server.job;
  if (!server.copier) {
    server.busy = server.moving = server.completing = false;
    woken_engines_.push_back(server.first);
  }
  const Inference& inference = *job.inference;
  server.arriving = 0;
  inference.for_copy(job.transfer, [&](std::uint32_t) { ++server.arriving; });
  inference.for_copy(job.transfer, [&](std::uint32_t transfer) {
    const Job one{job.inference, transfer};
    const Time latency = inference.leg(transfer).latency;
    if (latency == Time{0}) return end_arrival(one);
    events_.set(slot_of_arrival(one), after(now_, latency));
  });
}

void EventLoop::end_arrival(Job job) {
  Inference& inference = *job.inference;
  const Transfer& transfer = inference.transfer(job.transfer);
  Inference::Moving& moving = inference.moving[job.transfer];
  LegSpan& span = inference.timeline.legs[moving.span];
  span.finish = now_;
  if (span.copier && --servers_[index(*span.copier)].arriving == 0) {
    Server& server = servers_[index(*span.copier)];
    server.busy = server.moving = false;
    processors_[*span.copier].total += now_ - span.start;
    processors_[*span.copier].idle_since = now_;
    processors_[*span.copier].losses = 0;
    wake(*span.copier);
  }
  end_work(inference);
  if (span.leg > 0) {
    // A staging copy serves this transfer alone.
    memory_.release(moving.leg->src, moving.size);
  } else if (!inference.relocates()) {
    drop(inference, inference.home(transfer.tensor), transfer.tensor);
  }
  if (inference.relocates()) return end_move(job);
  if (inference.cancelled) return;
  if (moving.more > 0) {
    --moving.more;
    ++moving.leg;
    ++moving.span;
    return enqueue(job);
  }
  make_resident(inference, inference.brought(job.transfer));
  if (facts_.tensors[transfer.tensor].is_output && transfer.dst == facts_.host) {
    inference.timeline.makespan = now_;
  }
  one_less_left(inference);
  if (!facts_.tensors[transfer.tensor].stays) return;
  for (const Job waiting : cold_weights_.come(transfer.tensor, transfer.dst)) {
    arrive_shared(waiting);
  }
}

void EventLoop::end_move(Job job) {
  Inference& inference = *job.inference;
  const Transfer& move = inference.transfer(job.transfer);
  Inference::Moving& moving = inference.moving[job.transfer];
  if (inference.span(job.transfer).leg == 0) {
    PARTITA_ASSERT(weights_.there({move.tensor, move.src}), "a weight goes while it is read");
  }
  if (moving.more > 0) {
    if (inference.cancelled) return;
    --moving.more;
    ++moving.leg;
    ++moving.span;
    return enqueue(job);
  }
  weights_.come({move.tensor, move.dst});
  if (!inference.cancelled) one_less_left(inference);
}

void EventLoop::post(Job job) {
  Inference& inference = *job.inference;
  if (inference.moving[job.transfer].leg != nullptr) return enqueue(job);
  LegSpan& span = inference.span(job.transfer);
  span.queued = span.start = span.data = now_;
  const Transfer& transfer = inference.transfer(job.transfer);
  memory_.put(transfer.dst, size_of(job));
  begin_work(inference);
  const Time delay = *inference.seen->network.tensor(transfer.tensor).transfer_time;
  events_.set(slot_of_arrival(job), after(now_, delay));
}

void EventLoop::enqueue(Job job) {
  LegSpan& span = job.inference->span(job.transfer);
  span.queued = now_;
  if (job.inference->multicasts.follows(job.transfer)) return;
  Server& server = servers_[server_of(span)];
  server.queue.push(now_, job.inference->transfer(job.transfer).priority, job.inference->number,
                    job);
  if (server.copier) {
    wake(*server.copier);
  } else {
    woken_engines_.push_back(server_of(span));
  }
}

void EventLoop::make_resident(Inference& inference, const Inference::Copy& copy) {
  for (std::uint32_t item = copy.first_reading; item != Inference::kNone;
       item = inference.readings[item].next) {
    const LayerId reader = facts_.readers[item];
    Inference::OfLayer& layer = inference.layers[reader];
    if (--layer.missing > 0) continue;
    if (inference.turns[layer.processor].layer != reader) continue;
    processors_[layer.processor].ready.push(inference);
    wake(layer.processor);
  }
}

void EventLoop::drop(const Inference& inference, Inference::Copy& copy, TensorId tensor) {
  if (--copy.needed > 0) return;
  const Facts::TensorFact& fact = inference.facts().tensors[tensor];
  if (!fact.stays) memory_.release(copy.memory, fact.size);
}

void EventLoop::one_less_left(Inference& inference) {
  if (--inference.left == 0) ended_.push_back(&inference);
}

// Whoever goes makes room for others, who may have been cancelled before they come.
void EventLoop::change_requests(const Workload& workload, const RequestDone& done) {
  do {
    if (!cancels_.empty()) cancel_due();
    if (!ended_.empty()) retire(workload);
    for (Inference* inference : std::exchange(drained_, {})) {
      drain(*inference);
      let_go(*inference, workload);
    }
    if (!told_.empty() && cancels_.empty()) tell(done);
    if (next_request_ < workload.requests.size()) admit_all(workload);
  } while (!ended_.empty() || is_cancel_due());
  if (!told_.empty()) tell(done);
  if (!cancels_.empty()) events_.set(slot_of_cancel(), cancels_.begin()->first);
}

// Whoever asked takes the outputs away.
void EventLoop::retire(const Workload& workload) {
  for (Inference* inference : ended_) {
    for (const TensorId output : network_.outputs()) {
      if (inference->relocates()) break;
      const std::optional<LayerId>& producer = network_.tensor(output).producer;
      if (!producer) continue;
      const MemoryId kept = facts_.host.value_or(inference->home(output).memory);
      drop(*inference, inference->copies[inference->copy_in(output, kept)], output);
    }
    let_go(*inference, workload);
  }
  ended_.clear();
}

// Nobody needs any more what it has in memories.
void EventLoop::drain(Inference& inference) {
  inference.release_held(memory_);
  for (std::uint32_t i = 0; inference.relocates() && i < inference.transfers.size(); ++i) {
    const Transfer& move = inference.transfer(i);
    if (!inference.has_come(i)) weights_.lose({move.tensor, move.dst});
  }
  inference.left = 0;
  inference.timeline.makespan = now_;
}

void EventLoop::let_go(Inference& inference, const Workload& workload) {
  RequestSpan& span = record_.requests[inference.number];
  span.start = span.finish = record_.makespan = now_;
  for (const LayerSpan& layer : inference.timeline.layers) {
    if (layer.finish > layer.start) span.start = std::min(span.start, layer.start);
  }
  if (inference.relocates()) {
    inference.timeline.makespan = now_;
    for (const LegSpan& leg : inference.timeline.legs) {
      if (leg.finish > Time{0}) span.start = std::min(span.start, leg.start);
    }
  }
  if (const auto& cancelled = workload.requests[inference.number].cancelled) {
    cancels_.erase({*cancelled, inference.number});
    if (cancels_.empty()) events_.remove(slot_of_cancel());
  }
  --in_flight_;
  told_.push_back(&inference);
}

void EventLoop::tell(const RequestDone& done) {
  std::sort(told_.begin(), told_.end(),
            [](const Inference* a, const Inference* b) { return a->number < b->number; });
  for (Inference* inference : told_) {
    if (done) done(inference->number, inference->timeline);
    idle_.push_back(inference);
  }
  told_.clear();
}

void EventLoop::cancel_due() {
  while (is_cancel_due()) {
    const std::uint32_t number = cancels_.begin()->second;
    cancels_.erase(cancels_.begin());
    for (const std::unique_ptr<Inference>& one : inferences_) {
      if (one->left > 0 && one->number == number) {
        cancel(*one);
        break;
      }
    }
  }
}

void EventLoop::cancel(Inference& inference) {
  inference.cancel();
  for (Server& server : servers_) {
    server.queue.remove(inference);
    if (server.halted && server.job.inference == &inference) server.halted = false;
  }
  for (Running& halted : halted_) {
    if (halted.inference == &inference) halted = {};
  }
  for (const ProcessorId id : ids<ProcessorId>(facts_.processors)) {
    processors_[id].ready.remove(inference);
    processors_[id].halted = holds_halted(id);
  }
  if (inference.under_way == 0) drained_.push_back(&inference);
}

void EventLoop::admit_all(const Workload& workload) {
  const std::size_t before = next_request_;
  while (next_request_ < workload.requests.size() && in_flight_ < workload.in_flight) {
    const Request& request = workload.requests[next_request_];
    if (request.arrival > now_ && !workload.saturated) {
      events_.set(slot_of_request(), request.arrival);
      break;
    }
    record_.requests[next_request_].arrival = workload.saturated ? now_ : request.arrival;
    record_.requests[next_request_].admitted = now_;
    if (request.cancelled) {
      cancels_.emplace(*request.cancelled, static_cast<std::uint32_t>(next_request_));
    }
    admit(request);
    ++next_request_;
    if (is_cancel_due()) break;  // before the next one comes
  }
  // What takes no time ends at once; a request takes some.
  if (next_request_ > before) end_all();
}

void EventLoop::admit(const Request& request) {
  if (idle_.empty()) {
    Inference& made = *inferences_.emplace_back(std::make_unique<Inference>());
    made.arrivals = static_cast<std::uint32_t>(slot_of_cancel() + 1 +
                                               (inferences_.size() - 1) * most_transfers_);
    events_.resize(made.arrivals + most_transfers_);
    idle_.push_back(&made);
  }
  Inference& inference = *idle_.back();
  idle_.pop_back();
  ++in_flight_;
  if (request.relocation != nullptr) return admit_relocation(inference, *request.relocation);
  inference.begin(*request.plan, static_cast<std::uint32_t>(next_request_),
                  *variants_[request.variant], hardware_, memory_, cold_weights_);
  for (const ProcessorId id : ids<ProcessorId>(facts_.processors)) {
    if (!inference.ready(id)) continue;
    processors_[id].ready.push(inference);
    wake(id);
  }
  const Plan::Range inputs = inference.plan->input_transfers();
  std::vector<bool> shared(inference.plan->transfers().size());
  for (std::uint32_t i = inputs.first; i < inputs.last; ++i) {
    const Transfer& transfer = inference.transfer(i);
    const bool is_weight = facts_.tensors[transfer.tensor].stays;
    shared[i] = is_weight && !cold_weights_.claim(transfer.tensor, transfer.dst);
  }
  inference.multicasts = Multicasts(network_, hardware_, *inference.plan, shared);
  for (std::uint32_t i = inputs.first; i < inputs.last; ++i) {
    shared[i] ? share({&inference, i}) : post({&inference, i});
  }
}

void EventLoop::admit_relocation(Inference& inference, const Relocation& relocation) {
  inference.begin(relocation, static_cast<std::uint32_t>(next_request_), *variants_.front(),
                  hardware_);
  for (const WeightPlace& place : relocation.drops) {
    weights_.drop(place);
    memory_.release(place.memory, facts_.tensors[place.weight].size);
  }
  for (const Relocation::Move& move : relocation.moves) weights_.send(move);
  for (std::uint32_t i = 0; i < relocation.moves.size(); ++i) enqueue({&inference, i});
  if (relocation.moves.empty()) ended_.push_back(&inference);
}

// Another request brings this weight, or has brought it.
void EventLoop::share(Job job) {
  for (LegSpan& span : job.inference->spans(job.transfer)) {
    span.engine.reset();
    span.copier.reset();
  }
  const Transfer& transfer = job.inference->transfer(job.transfer);
  if (cold_weights_.is_there(transfer.tensor, transfer.dst, job)) arrive_shared(job);
}

void EventLoop::arrive_shared(Job job) {
  Inference& inference = *job.inference;
  for (LegSpan& span : inference.spans(job.transfer)) {
    span.queued = span.start = span.data = span.finish = now_;
  }
  make_resident(inference, inference.brought(job.transfer));
  one_less_left(inference);
}

}  // namespace partita::plain
