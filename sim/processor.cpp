#include "sim/processor.h"

#include <algorithm>
#include <utility>

#include "models/base/assert.h"
#include "sim/scheduler.h"

namespace partita::sim {

Processor::Processor(const sc_core::sc_module_name& name, Clock& clock, Fabric& fabric,
                     DelayLine& line, Scheduler& scheduler)
    : sc_module(name),
      clock_(clock),
      fabric_(fabric),
      line_(line),
      scheduler_(scheduler),
      server_(clock, fabric) {
  SC_METHOD(end);
  dont_initialize();
  sensitive << timer_.event();
  SC_METHOD(start);
  dont_initialize();
  sensitive << wake_;
}

void Processor::load(ProcessorId id, const Hardware& hardware, const std::vector<Variant>& variants,
                     Package* package) {
  const ProcessorSpec& spec = hardware.processors()[id];
  id_ = id;
  hardware_ = &hardware;
  variants_ = variants;
  falls_asleep_ = spec.sleep ? spec.sleep->after : Time{0};
  wakes_ = spec.sleep ? spec.sleep->wake : Time{0};
  memory_channel_ = {hardware.channel_of(spec.memory)};
  package_ = package;
  share_ = share_ppm(spec.stream_share);
  if (package != nullptr) package->add(*this);

  const Bandwidth capacity = hardware.channels()[memory_channel_.front()].capacity;
  demands_.clear();
  for (const Variant& variant : variants) {
    std::vector<LayerDemand>& demands = demands_.emplace_back();
    for (const LayerId layer : ids<LayerId>(variant.costs->layers())) {
      const std::optional<LayerCost>& cost = (*variant.costs)(layer, id);
      demands.push_back(cost ? layer_demand(after(cost->launch_overhead(spec), cost->time),
                                            cost->traffic, capacity)
                             : LayerDemand{});
    }
  }
  by_itself_.setup = spec.copy_setup;
}

void Processor::lay_out(std::size_t streams, FlowId first_flow) {
  std::size_t flow = index(first_flow);
  streams_.assign(streams, Stream{});
  for (Stream& stream : streams_) {
    stream.flow = static_cast<FlowId>(flow++);
    fabric_.own(stream.flow, *this);
  }
  copy_flow_ = static_cast<FlowId>(flow);
  fabric_.own(copy_flow_, *this);
  server_.load(by_itself_, copy_flow_);
}

void Processor::reset() {
  timer_.cancel();
  wake_.cancel();
  ready_.clear();
  running_ = 0;
  crowd_changed_ = lost_ = halted_ = false;
  losses_ = 0;
  speeds_ = {};
  for (Stream& stream : streams_) {
    stream.inference = nullptr;
    stream.due = Time::max();
    stream.halted = false;
  }
  queue_.clear();
  server_.reset();
  busy_ = idle_since_ = awake_at_ = Time{0};
}

// A processor looks for itself whenever something of its own ends; others need to wake it only if
// it may sit idle.
void Processor::inputs_ready(Inference& inference, LayerId layer) {
  if (!inference.is_next(id_, layer)) return;
  add_ready(inference);
  if (running_ < streams_.size() && !server_.busy()) wake();
}

void Processor::admitted(Inference& inference) {
  if (!inference.ready(id_)) return;
  add_ready(inference);
  wake();
}

void Processor::add_ready(Inference& inference) {
  const auto place = std::upper_bound(
      ready_.begin(), ready_.end(), inference.number(),
      [](std::uint32_t number, const Inference* other) { return number < other->number(); });
  ready_.insert(place, &inference);
}

void Processor::queue(LegJob& job) {
  queue_.push(job);
  if (running_ == 0 && !server_.busy()) wake();
}

void Processor::copy_arrived() {
  busy_ += clock_.now() - busy_since_;
  idle_since_ = clock_.now();
  server_.free();
  losses_ = 0;
  wake();
}

void Processor::forget(const Inference& inference) {
  ready_.erase(std::remove(ready_.begin(), ready_.end(), &inference), ready_.end());
  queue_.remove(inference);
  for (Stream& stream : streams_) {
    if (!stream.halted || stream.inference != &inference) continue;
    stream.halted = false;
    stream.inference = nullptr;
  }
  if (server_.halted() && server_.job()->inference == &inference) server_.reset();
  halted_ = holds_halted();
}

bool Processor::holds_halted() const {
  return server_.halted() || std::any_of(streams_.begin(), streams_.end(),
                                         [](const Stream& stream) { return stream.halted; });
}

void Processor::load_changed(bool lost, std::span<const Ratio> speeds) {
  speeds_ = speeds;
  if (!std::exchange(crowd_changed_, true)) fabric_.apply_later(*this);
  const bool gone = lost || given_up();
  if (gone && !lost_) lost_at_ = clock_.now();
  lost_ = gone;
  wake();
}

void Processor::end() {
  const Time now = clock_.now();
  for (Stream& stream : streams_) {
    if (stream.due != now) continue;
    Inference& inference = *std::exchange(stream.inference, nullptr);
    stream.due = Time::max();
    fabric_.stop(stream.flow);
    losses_ = 0;
    count_layers(-1);
    if (package_ != nullptr) package_->changed(running_ == 0 ? -1 : 0);
    if (running_ == 0) busy_ += now - busy_since_;
    if (running_ == 0) idle_since_ = now;
    scheduler_.layer_ended(inference, stream.layer);
  }
  if (server_.due() == now) {
    LegJob& job = *server_.job();
    if (server_.finish_phase()) {
      for_copy(job, [&](LegJob& each) { line_.send(each, each.leg->latency); });
    }
  }
  // Whoever makes more ready in this instant wakes it.
  if (!ready_.empty() || !queue_.empty() || lost_ || halted_) return wake();
  set_timer();
  fabric_.touch();
}

void Processor::start() {
  if (scheduler_.deciding()) return wake();
  if (lost_) return halt();
  if (halted_) resume();
  while (!server_.busy() && running_ < streams_.size()) {
    if (running_ == 0 && !queue_.empty()) {
      LegJob& job = queue_.pop();
      busy_since_ = clock_.now();
      scheduler_.leg_started(job);
      server_.start(job, waking());
    } else if (!ready_.empty()) {
      start_layer(*ready_.front());
    } else {
      break;
    }
  }
  set_timer();
  fabric_.touch();
}

void Processor::start_layer(Inference& inference) {
  const LayerId layer = inference.take(id_);
  if (!inference.ready(id_)) ready_.erase(ready_.begin());
  const auto free = std::find_if(streams_.begin(), streams_.end(),
                                 [](const Stream& stream) { return stream.inference == nullptr; });
  free->inference = &inference;
  free->layer = layer;
  const Time waking_first = waking();
  scheduler_.layer_started(inference, layer, id_, static_cast<int>(free - streams_.begin()),
                           waking_first);
  begin_layer(*free, waking_first);
}

// A copy is only taken up, and a layer only by who does not copy, so who runs no layer was idle.
Time Processor::waking() {
  if (wakes_ == Time{0}) return Time{0};
  const Time now = clock_.now();
  if (running_ == 0 && now - idle_since_ > falls_asleep_) awake_at_ = after(now, wakes_);
  return std::max(Time{0}, awake_at_ - now);
}

void Processor::begin_layer(Stream& stream, Time waking) {
  const std::uint32_t variant = stream.inference->variant();
  const LayerDemand demand = demands_[variant][index(stream.layer)];
  PARTITA_ASSERT(demand.cap > 0, "a layer runs where it has no cost");
  count_layers(+1);
  if (running_ == 1) busy_since_ = clock_.now();
  if (package_ != nullptr) package_->changed(running_ == 1 ? 1 : 0);
  const std::vector<ReadInPlace> reads = stream.inference->reads_in_place(stream.layer);
  if (reads.empty() && waking == Time{0}) {
    stream.cap = demand.cap;
    const std::span<const ChannelId> crossed{memory_channel_.data(), demand.contends ? 1u : 0u};
    return fabric_.start(stream.flow, crossed, demand.work(), demand.cap);
  }
  const LayerCost& cost = *(*variants_[variant].costs)(stream.layer, id_);
  stream.spread = spread_demand(*hardware_, id_, cost, waking, reads);
  stream.cap = stream.spread.demand.cap;
  fabric_.start(stream.flow, stream.spread.channels, stream.spread.demand.work(), stream.cap,
                {stream.spread.uses});
}

void Processor::halt() {
  bool any = false;
  if (server_.halt()) {
    any = true;
    busy_ += clock_.now() - busy_since_;
    scheduler_.leg_halted(*server_.job(), id_);
    if (server_.job()->inference->cancelled()) server_.reset();
  }
  for (Stream& stream : streams_) {
    if (!stream.runs()) continue;
    any = true;
    stream.halted = true;
    stream.due = Time::max();
    fabric_.stop(stream.flow);
    count_layers(-1);
    if (package_ != nullptr) package_->changed(running_ == 0 ? -1 : 0);
    if (running_ == 0) busy_ += clock_.now() - busy_since_;
    scheduler_.layer_halted(*stream.inference, stream.layer);
    if (!stream.inference->cancelled()) continue;
    stream.halted = false;
    stream.inference = nullptr;
  }
  if (!any) return;
  idle_since_ = clock_.now();
  halted_ = holds_halted();
  ++losses_;
  set_timer();
  fabric_.touch();
}

void Processor::resume() {
  halted_ = false;
  if (server_.halted()) {
    busy_since_ = clock_.now();
    server_.start_again(waking());
    scheduler_.leg_resumed(*server_.job());
  }
  for (Stream& stream : streams_) {
    if (!std::exchange(stream.halted, false)) continue;
    const Time waking_first = waking();
    scheduler_.layer_resumed(*stream.inference, stream.layer, waking_first);
    begin_layer(stream, waking_first);
  }
}

bool Processor::has_work() const {
  return halted_ || !queue_.empty() || scheduler_.with_layers_left(id_) != nullptr;
}

Unfinished Processor::unfinished() const {
  Unfinished found;
  found.processor = id_;
  found.lost = lost_at_;
  for (const Stream& stream : streams_) {
    if (found.layer || !stream.halted) continue;
    found.request = stream.inference->number();
    found.layer = stream.layer;
  }
  const Inference* waits = scheduler_.with_layers_left(id_);
  if (!found.layer && waits != nullptr) {
    found.request = waits->number();
    found.layer = waits->next(id_);
  }
  if (!found.layer) {
    const LegJob& job = server_.halted() ? *server_.job() : queue_.front();
    found.request = job.request;
    found.leg = job.inference->number_of(job);
  }
  return found;
}

void Processor::count_layers(int change) {
  running_ += static_cast<std::size_t>(change);
  constexpr std::int64_t kWhole = 1'000'000;
  const bool crowds =
      static_cast<std::int64_t>(streams_.size()) * share_ > kWhole || !speeds_.empty();
  if (crowds && !std::exchange(crowd_changed_, true)) fabric_.apply_later(*this);
}

void Processor::apply() {
  crowd_changed_ = false;
  limit_layers();
}

void Processor::limit_layers() {
  Hindrance by{
      .running = static_cast<std::int64_t>(running_), .share_ppm = share_, .load = speeds_};
  if (package_ != nullptr) {
    by.others = package_->others();
    by.package_ppm = package_->ppm();
  }
  for (const Stream& stream : streams_) {
    if (!stream.runs()) continue;
    fabric_.limit(stream.flow, hindered(stream.cap, by));
  }
}

void Processor::finish_changed(FlowId flow, Time finish) {
  if (flow == copy_flow_) {
    server_.finish_changed(finish);
  } else {
    streams_[index(flow) - index(streams_.front().flow)].due = finish;
  }
  set_timer();
}

void Processor::set_timer() {
  Time next = server_.due();
  for (const Stream& stream : streams_) next = std::min(next, stream.due);
  timer_.set(next, clock_);
}

}  // namespace partita::sim
