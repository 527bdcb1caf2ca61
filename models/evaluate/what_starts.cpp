// The second half of an instant.
#include <span>

#include "models/base/assert.h"
#include "models/evaluate/event_loop.h"

namespace partita::plain {

void EventLoop::start_all() {
  memory_.note_peaks();
  for (const std::size_t id : woken_engines_) {
    if (!servers_[id].queue.empty()) start_legs(id);
  }
  woken_engines_.clear();
  for (const ProcessorId id : woken_) {
    Busy& busy = processors_[id];
    Server& server = servers_[index(id)];
    busy.woken = false;
    if ((busy.lost || busy.halted) && !resume(id)) continue;
    while (!server.busy && busy.running < facts_.processor[id].streams) {
      if (!server.queue.empty() && busy.running == 0) {
        start_leg(index(id));
        break;
      }
      if (busy.ready.empty()) break;
      start_layer(id);
    }
  }
  woken_.clear();
}

// Of the oldest request that can go on here.
void EventLoop::start_layer(ProcessorId id) {
  const Facts::ProcessorFact& processor = facts_.processor[id];
  Busy& busy = processors_[id];
  Inference& inference = busy.ready.oldest();
  const LayerId layer = inference.take_turn(id);
  if (!inference.ready(id)) busy.ready.pop();
  EventHeap::Slot slot = processor.first_stream;
  while (on_stream_[slot].inference != nullptr) ++slot;
  LayerSpan& span = inference.timeline.layers[layer];
  span.processor = id;
  span.stream = static_cast<int>(slot - processor.first_stream);
  span.start = span.finish = now_;
  const Facts::LayerFact& fact = inference.facts().layers[layer];
  memory_.allocate(processor.memory, fact.results + fact.workspace);
  begin_layer(id, slot, inference, layer);
}

void EventLoop::begin_layer(ProcessorId id, EventHeap::Slot slot, Inference& inference,
                            LayerId layer) {
  const Facts::ProcessorFact& processor = facts_.processor[id];
  Busy& busy = processors_[id];
  begin_work(inference);
  if (knows_weights_) expect_weights(inference, layer);
  const Time waking_first = waking(id, busy.running == 0);
  inference.timeline.layers[layer].waking = waking_first;
  if (++busy.running == 1) {
    busy.since = now_;
    if (processor.package) ++running_members_[*processor.package];
  }
  packages_changed_ = packages_changed_ || processor.package;
  crowd_changed(id);
  const LayerDemand& demand = inference.layers[layer].demand;
  PARTITA_ASSERT(demand.cap > 0, "a layer runs where it has no cost");
  Running& running = on_stream_[slot];
  running.inference = &inference;
  running.layer = layer;
  const Plan& plan = *inference.plan;
  if (!plan.in_place().empty() || waking_first > Time{0}) {
    const std::vector<ReadInPlace> reads =
        reads_in_place(inference.seen->network, hardware_, plan, layer);
    if (!reads.empty() || waking_first > Time{0}) {
      SpreadDemand& spread = spread_[slot] =
          spread_demand(hardware_, id, *inference.seen->costs(layer, id), waking_first, reads);
      running.cap = spread.demand.cap;
      fluid_->start(static_cast<FlowId>(slot), spread.channels, spread.demand.work(),
                    spread.demand.cap, {spread.uses});
      return;
    }
  }
  running.cap = demand.cap;
  const std::span<const ChannelId> crossed{&channel_lists_[processor.channel],
                                           demand.contends ? 1u : 0u};
  fluid_->start(static_cast<FlowId>(slot), crossed, demand.work(), demand.cap);
}

Time EventLoop::waking(ProcessorId id, bool was_idle) {
  const Facts::ProcessorFact& processor = facts_.processor[id];
  if (processor.wakes == Time{0}) return Time{0};
  Busy& busy = processors_[id];
  if (was_idle && now_ - busy.idle_since > processor.falls_asleep) {
    busy.awake_at = after(now_, processor.wakes);
  }
  return std::max(Time{0}, busy.awake_at - now_);
}

void EventLoop::start_legs(std::size_t first) {
  const std::size_t last = first + servers_[first].channels;
  for (std::size_t id = first; id < last && !servers_[first].queue.empty(); ++id) {
    if (!servers_[id].busy) start_leg(id);
  }
}

void EventLoop::start_leg(std::size_t id) {
  Server& server = servers_[id];
  servers_[server.first].queue.pop(server.job);
  const Inference& inference = *server.job.inference;
  const Bytes size = size_of(server.job);
  inference.for_copy(server.job.transfer, [&](std::uint32_t transfer) {
    memory_.allocate(inference.leg(transfer).dst, size);
  });
  begin_leg(id);
}

void EventLoop::begin_leg(std::size_t id) {
  Server& server = servers_[id];
  const Job job = server.job;
  server.busy = true;
  Inference& inference = *job.inference;
  const Time waking_first = server.copier ? waking(*server.copier, true) : Time{0};
  inference.for_copy(job.transfer, [&](std::uint32_t transfer) {
    begin_work(inference);
    inference.span(transfer).start = now_;
    inference.span(transfer).waking = waking_first;
  });
  const Bytes size = size_of(job);
  const Pace pace = inference.way(job.transfer).pace(size);
  server.cap = pace.cap;
  const bool chunks = server.engine != nullptr && server.engine->chunk;
  const Time setup =
      after(after(waking_first, pace.wait), chunks ? server.engine->setup_of(size) : server.setup);
  if (setup == Time{0}) return start_data(id);
  events_.set(slot_of_server(id), after(now_, setup));
}

void EventLoop::start_data(std::size_t id) {
  Server& server = servers_[id];
  Inference& inference = *server.job.inference;
  server.moving = true;
  inference.for_copy(server.job.transfer,
                     [&](std::uint32_t transfer) { inference.span(transfer).data = now_; });
  const Bytes size = size_of(server.job);
  if (size.value == 0) {
    events_.set(slot_of_server(id), after(now_, Time{1}));
    return;
  }
  server.flowing = true;
  const Leg& way = inference.way(server.job.transfer);
  const Transfer& transfer = inference.transfer(server.job.transfer);
  const auto content = static_cast<std::size_t>(
      inference.relocates() ? Content::Weight : facts_.tensors[transfer.tensor].content);
  fluid_->start(static_cast<FlowId>(slot_of_server(id)), way.channels, picobytes(size), server.cap,
                {way.uses[content], way.priorities ? std::max(0, transfer.priority) : 0});
}

void EventLoop::disturb_packages() {
  packages_changed_ = false;
  for (std::size_t i = 0; i < facts_.packages.size(); ++i) {
    const Facts::PackageFact& package = facts_.packages[i];
    if (package.ppm == 0 || running_members_[i] == 0) continue;
    for (const ProcessorId member : package.members) limit_layers(member);
  }
}

void EventLoop::share_processors() {
  for (const ProcessorId id : crowds_) {
    processors_[id].crowd_changed = false;
    limit_layers(id);
  }
  crowds_.clear();
}

void EventLoop::limit_layers(ProcessorId id) {
  const Facts::ProcessorFact& processor = facts_.processor[id];
  Hindrance by{
      .running = processors_[id].running, .share_ppm = processor.share, .load = load_.speeds(id)};
  if (processor.package) {
    by.others = static_cast<std::int64_t>(running_members_[*processor.package]) - 1;
    by.package_ppm = facts_.packages[*processor.package].ppm;
  }
  for (std::uint32_t stream = 0; stream < processor.streams; ++stream) {
    const EventHeap::Slot slot = processor.first_stream + stream;
    if (on_stream_[slot].inference == nullptr) continue;
    fluid_->limit(static_cast<FlowId>(slot), hindered(on_stream_[slot].cap, by));
  }
}

}  // namespace partita::plain
