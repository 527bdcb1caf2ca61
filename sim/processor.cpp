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

std::size_t Processor::flows(const ProcessorSpec& spec, std::size_t layers) {
  // Streams beyond the number of layers can never be used.
  return std::min(static_cast<std::size_t>(spec.streams), layers) + 1;
}

void Processor::load(ProcessorId id, const Hardware& hardware, const CostTable& costs,
                     FlowId first_flow, Package* package) {
  const ProcessorSpec& spec = hardware.processors()[id];
  id_ = id;
  memory_channel_ = {hardware.channel_of(spec.memory)};
  package_ = package;
  share_ = share_ppm(spec.stream_share);
  if (package != nullptr) package->add(*this);

  const Bandwidth capacity = hardware.channels()[memory_channel_.front()].capacity;
  demands_.clear();
  for (const LayerId layer : ids<LayerId>(costs.layers())) {
    const std::optional<LayerCost>& cost = costs(layer, id);
    demands_.push_back(
        cost ? std::optional{layer_demand(after(cost->launch_overhead(spec), cost->time),
                                          cost->traffic, capacity)}
             : std::nullopt);
  }
  std::size_t flow = index(first_flow);
  streams_.assign(flows(spec, costs.layers()) - 1, Stream{});
  for (Stream& stream : streams_) {
    stream.flow = static_cast<FlowId>(flow++);
    fabric_.own(stream.flow, *this);
  }
  copy_flow_ = static_cast<FlowId>(flow);
  fabric_.own(copy_flow_, *this);
  EngineSpec by_itself;
  by_itself.setup = spec.copy_setup;
  server_.load(by_itself, copy_flow_);
}

void Processor::reset(const std::vector<LayerId>& order) {
  timer_.cancel();
  wake_.cancel();
  order_ = &order;
  next_ = 0;
  running_ = 0;
  crowd_changed_ = false;
  for (Stream& stream : streams_) stream.layer.reset(), stream.due = Time::max();
  queue_.clear();
  server_.reset();
}

// A processor looks for itself whenever something of its own ends; others need to wake it only if
// it may sit idle.
void Processor::inputs_ready(LayerId layer) {
  const bool is_next = next_ < order_->size() && (*order_)[next_] == layer;
  if (is_next && running_ < streams_.size() && !server_.busy()) wake();
}

void Processor::queue(LegJob& job) {
  queue_.push(job);
  if (running_ == 0 && !server_.busy()) wake();
}

void Processor::copy_arrived() {
  server_.free();
  wake();
}

void Processor::end() {
  const Time now = clock_.now();
  for (Stream& stream : streams_) {
    if (stream.due != now) continue;
    const LayerId layer = *stream.layer;
    stream.layer.reset();
    stream.due = Time::max();
    fabric_.stop(stream.flow);
    count_layers(-1);
    if (package_ != nullptr) package_->changed(running_ == 0 ? -1 : 0);
    scheduler_.layer_ended(layer);
  }
  if (server_.due() == now) {
    LegJob& job = *server_.job();
    if (server_.finish_phase()) line_.send(job, job.leg->latency);
  }
  wake();
}

void Processor::start() {
  while (!server_.busy() && running_ < streams_.size()) {
    if (running_ == 0 && !queue_.empty()) {
      LegJob& job = queue_.pop();
      scheduler_.leg_started(job);
      server_.start(job);
    } else if (next_ < order_->size() && scheduler_.ready((*order_)[next_])) {
      start_layer((*order_)[next_++]);
    } else {
      break;
    }
  }
  set_timer();
  fabric_.touch();
}

void Processor::start_layer(LayerId layer) {
  const auto free = std::find_if(streams_.begin(), streams_.end(),
                                 [](const Stream& stream) { return !stream.layer; });
  const std::optional<LayerDemand>& demand = demands_[index(layer)];
  PARTITA_ASSERT(demand.has_value(), "a layer runs where it has no cost");
  free->layer = layer;
  count_layers(+1);
  if (package_ != nullptr) package_->changed(running_ == 1 ? 1 : 0);
  scheduler_.layer_started(layer, id_, static_cast<int>(free - streams_.begin()));
  const std::span<const ChannelId> crossed{memory_channel_.data(), demand->contends ? 1u : 0u};
  fabric_.start(free->flow, crossed, demand->work, demand->cap);
}

void Processor::count_layers(int change) {
  running_ += static_cast<std::size_t>(change);
  constexpr std::int64_t kWhole = 1'000'000;
  const bool crowds = static_cast<std::int64_t>(streams_.size()) * share_ > kWhole;
  if (crowds && !std::exchange(crowd_changed_, true)) fabric_.apply_later(*this);
}

void Processor::apply() {
  crowd_changed_ = false;
  limit_layers();
}

void Processor::limit_layers() {
  const auto running = static_cast<std::int64_t>(running_);
  for (const Stream& stream : streams_) {
    if (!stream.layer) continue;
    std::int64_t cap = demands_[index(*stream.layer)]->cap;
    if (package_ != nullptr) cap = disturbed(cap, package_->others(), package_->ppm());
    fabric_.limit(stream.flow, crowded(cap, running, share_));
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
