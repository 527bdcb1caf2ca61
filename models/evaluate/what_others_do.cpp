// The load of others, between the two halves of an instant.
#include <algorithm>

#include "models/evaluate/event_loop.h"

namespace partita::plain {

void EventLoop::change_load() {
  load_.advance();
  for (const std::uint32_t id : load_.changed_flows()) {
    const auto flow = static_cast<FlowId>(first_load_flow_ + id);
    const LoadFlow& of = load_.flows()[id];
    const std::int64_t rate = load_.rate(id);
    if (rate == 0) {
      if (fluid_->running(flow)) fluid_->stop(flow);
    } else if (fluid_->running(flow)) {
      fluid_->limit(flow, rate);
    } else {
      fluid_->start(flow, {&channel_lists_[of.channel], 1}, kEndless, rate, {{}, of.priority});
    }
  }
  for (const ProcessorId id : load_.changed_processors()) {
    crowd_changed(id);
    Busy& busy = processors_[id];
    const bool gone = load_.lost(id) || busy.losses >= kMostLosses;
    if (gone == busy.lost) continue;
    busy.lost = gone;
    if (gone) {
      busy.lost_at = now_;
      lose(id);
    } else {
      wake(id);
    }
  }
}

void EventLoop::lose(ProcessorId id) {
  const Facts::ProcessorFact& processor = facts_.processor[id];
  Busy& busy = processors_[id];
  bool any = lose_copy(id);
  if (busy.running > 0) {
    any = true;
    busy.running = 0;
    busy.total += now_ - busy.since;
    if (processor.package) {
      --running_members_[*processor.package];
      packages_changed_ = true;
    }
    for (std::uint32_t i = 0; i < processor.streams; ++i)
      lose_layer(id, processor.first_stream + i);
  }
  if (!any) return;
  busy.idle_since = now_;
  busy.halted = holds_halted(id);
  ++busy.losses;
}

void EventLoop::lose_layer(ProcessorId id, EventHeap::Slot slot) {
  if (on_stream_[slot].inference == nullptr) return;
  const Running lost = std::exchange(on_stream_[slot], Running{});
  if (!lost.inference->cancelled) halted_[slot] = lost;
  fluid_->stop(static_cast<FlowId>(slot));
  events_.remove(slot);
  Timeline& timeline = lost.inference->timeline;
  const LayerSpan& span = timeline.layers[lost.layer];
  timeline.interrupted.push_back(
      {id, span.stream, lost.layer, std::nullopt, span.start, now_, span.waking});
  end_work(*lost.inference);
}

// What has left arrives, also if its sender is gone.
bool EventLoop::lose_copy(ProcessorId id) {
  Server& server = servers_[index(id)];
  const bool has_event = events_.remove(slot_of_server(index(id)));
  if (!server.flowing && !has_event) return false;
  if (server.flowing) fluid_->stop(static_cast<FlowId>(slot_of_server(index(id))));
  server.busy = server.moving = server.flowing = false;
  Inference& inference = *server.job.inference;
  server.halted = !inference.cancelled;
  const LegSpan span = inference.span(server.job.transfer);
  processors_[id].total += now_ - span.start;
  inference.for_copy(server.job.transfer, [&](std::uint32_t transfer) {
    inference.timeline.interrupted.push_back(
        {id, 0, std::nullopt, inference.number_of_leg(transfer), span.start, now_, span.waking});
    end_work(inference);
  });
  return true;
}

bool EventLoop::resume(ProcessorId id) {
  const Facts::ProcessorFact& processor = facts_.processor[id];
  Busy& busy = processors_[id];
  if (busy.lost) return false;
  busy.halted = false;
  if (std::exchange(servers_[index(id)].halted, false)) begin_leg(index(id));
  for (std::uint32_t i = 0; i < processor.streams; ++i) {
    const EventHeap::Slot slot = processor.first_stream + i;
    if (halted_[slot].inference == nullptr) continue;
    const Running again = std::exchange(halted_[slot], Running{});
    LayerSpan& span = again.inference->timeline.layers[again.layer];
    span.start = span.finish = now_;
    begin_layer(id, slot, *again.inference, again.layer);
  }
  return true;
}

// The oldest that has layers left there.
const Inference* EventLoop::with_layers_left(ProcessorId id) const {
  const Inference* oldest = nullptr;
  for (const auto& one : inferences_) {
    if (one->left == 0 || one->turns[id].layer == Inference::kNoLayer) continue;
    if (oldest == nullptr || one->number < oldest->number) oldest = one.get();
  }
  return oldest;
}

bool EventLoop::holds_halted(ProcessorId id) const {
  const Facts::ProcessorFact& processor = facts_.processor[id];
  const auto first = halted_.begin() + processor.first_stream;
  return servers_[index(id)].halted ||
         std::any_of(first, first + processor.streams,
                     [](const Running& halted) { return halted.inference != nullptr; });
}

bool EventLoop::has_work(ProcessorId id) const {
  return processors_[id].halted || !servers_[index(id)].queue.empty() ||
         with_layers_left(id) != nullptr;
}

bool EventLoop::waits_for_return() const {
  if (load_.empty()) return false;
  for (const ProcessorId id : ids<ProcessorId>(facts_.processors)) {
    const Busy& busy = processors_[id];
    if (busy.lost && busy.losses < kMostLosses && has_work(id) && load_.returns(id)) return true;
  }
  return false;
}

std::optional<Unfinished> EventLoop::unfinished() const {
  for (const ProcessorId id : ids<ProcessorId>(facts_.processors)) {
    if (!processors_[id].lost || !has_work(id)) continue;
    Unfinished found;
    found.processor = id;
    found.lost = processors_[id].lost_at;
    const Facts::ProcessorFact& processor = facts_.processor[id];
    for (std::uint32_t i = 0; i < processor.streams && !found.layer; ++i) {
      const Running& halted = halted_[processor.first_stream + i];
      if (halted.inference == nullptr) continue;
      found.request = halted.inference->number;
      found.layer = halted.layer;
    }
    const Inference* waits = with_layers_left(id);
    if (!found.layer && waits != nullptr) {
      found.request = waits->number;
      found.layer = waits->turns[id].layer;
    }
    if (!found.layer) {
      const Server& server = servers_[index(id)];
      const Job job = server.halted ? server.job : server.queue.front();
      found.request = job.inference->number;
      found.leg = job.inference->number_of_leg(job.transfer);
    }
    return found;
  }
  return std::nullopt;
}

}  // namespace partita::plain
