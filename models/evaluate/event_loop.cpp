#include "models/evaluate/event_loop.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/assert.h"
#include "models/network/variants.h"

namespace partita::plain {
namespace {

std::size_t dma_channels(const Hardware& hardware) {
  std::size_t sum = 0;
  for (const EngineSpec& engine : hardware.engines()) {
    sum += static_cast<std::size_t>(engine.channels);
  }
  return sum;
}

std::vector<const Plan*> distinct_plans(const Workload& workload) {
  std::vector<const Plan*> plans;
  for (const Request& request : workload.requests) {
    if (request.relocation != nullptr) continue;
    if (plans.empty() || plans.back() != request.plan) plans.push_back(request.plan);
  }
  if (plans.size() <= 1) return plans;
  std::sort(plans.begin(), plans.end(), std::less<>{});
  plans.erase(std::unique(plans.begin(), plans.end()), plans.end());
  return plans;
}

std::vector<std::unique_ptr<Seen>> seen(const std::vector<Variant>& variants,
                                        const Hardware& hardware) {
  std::vector<std::unique_ptr<Seen>> all;
  for (const Variant& variant : variants) {
    PARTITA_ASSERT(same_structure(*variant.network, *variants.front().network),
                   "variants of a network that have not its structure");
    all.push_back(std::make_unique<Seen>(variant, hardware));
  }
  return all;
}

}  // namespace

EventLoop::EventLoop(const std::vector<Variant>& variants, const Hardware& hardware)
    : hardware_(hardware),
      variants_(seen(variants, hardware)),
      network_(variants_.front()->network),
      facts_(variants_.front()->facts),
      load_(hardware),
      servers_(facts_.processors),
      processors_(facts_.processors),
      loaded_(network_.tensors().size() * facts_.memories, 0),
      held_(network_.layer_count() * facts_.memories, 0),
      running_members_(facts_.packages.size()) {
  for (const ChannelId id : ids<ChannelId>(hardware.channels().size())) {
    channel_lists_.push_back(id);
  }
  for (const ProcessorId id : ids<ProcessorId>(facts_.processors)) {
    servers_[index(id)].setup = hardware.processors()[id].copy_setup;
    servers_[index(id)].first = static_cast<std::uint32_t>(index(id));
    servers_[index(id)].copier = id;
  }
  for (const EngineSpec& engine : hardware.engines()) {
    Server server;
    server.engine = &engine;
    server.first = static_cast<std::uint32_t>(servers_.size());
    server.channels = static_cast<std::uint32_t>(engine.channels);
    server.setup = engine.setup;
    server.completion = engine.completion;
    first_channel_.push_back(server.first);
    servers_.resize(servers_.size() + server.channels, server);
  }
  lay_out(1);
}

// Flows and streams for so many requests at once.
void EventLoop::lay_out(std::size_t at_once) {
  if (!facts_.lay_out_streams(hardware_, at_once) && fluid_) return;
  first_load_flow_ = facts_.streams + facts_.processors + dma_channels(hardware_);
  fluid_.emplace(hardware_.channels(), first_load_flow_ + load_.flows().size());
  on_stream_.resize(facts_.streams);
  halted_.resize(facts_.streams);
  spread_.resize(facts_.streams);
}

const Timeline& EventLoop::run(const Plan& plan) {
  run_requests({{{Time{0}, &plan}}, 1, false}, nullptr);
  Timeline& timeline = inferences_.front()->timeline;
  memory_.write_peaks(timeline.memory_peak);
  timeline.unfinished = record_.unfinished;
  if (timeline.unfinished) timeline.makespan = Time::max();
  return timeline;
}

const WorkloadTimeline& EventLoop::run(const Workload& workload, const RequestDone& done) {
  run_requests(workload, done);
  memory_.write_peaks(record_.memory_peak);
  record_.busy.clear();
  for (const Busy& processor : processors_) record_.busy.push_back(processor.total);
  return record_;
}

void EventLoop::run_requests(const Workload& workload, const RequestDone& done) {
  prepare(workload);
  while (true) {
    end_all();
    if (load_.next() == now_) change_load();
    change_requests(workload, done);
    start_all();
    if (packages_changed_) disturb_packages();
    if (!crowds_.empty()) share_processors();
    fluid_->settle(now_, [&](FlowId flow, Time finish) {
      if (index(flow) >= first_load_flow_) return;
      events_.set(static_cast<EventHeap::Slot>(flow), finish);
    });
    if (events_.empty() && !waits_for_return()) break;
    now_ = events_.empty() ? load_.next() : std::min(events_.next(), load_.next());
    if (now_ == Time::max()) throw Error("the plan takes longer than 106 days");
  }
  if (!load_.empty()) record_.unfinished = unfinished();
  if (record_.unfinished) {
    record_.makespan = Time::max();
    return;
  }
  PARTITA_ASSERT(in_flight_ == 0 && next_request_ == workload.requests.size(),
                 fmt::format("{} layers and transfers of a plan never ended",
                             inferences_.empty() ? 0 : inferences_.front()->left));
}

void EventLoop::prepare(const Workload& workload) {
  const std::vector<const Plan*> plans = distinct_plans(workload);
  most_transfers_ = 1;
  for (const Plan* plan : plans) {
    PARTITA_ASSERT(plan->collectives().empty(), "collectives in steps were not made into layers");
    most_transfers_ = std::max(most_transfers_, plan->transfers().size());
  }
  for (const Request& request : workload.requests) {
    if (request.relocation == nullptr) continue;
    PARTITA_ASSERT(workload.resident.has_value(), "weights move, and nobody says where they are");
    most_transfers_ = std::max(most_transfers_, request.relocation->moves.size());
  }
  lay_out(std::max<std::size_t>(1, std::min(workload.requests.size(), workload.in_flight)));
  now_ = Time{0};
  fluid_->reset();
  events_.reset(slot_of_cancel() + 1);
  idle_.clear();
  for (const std::unique_ptr<Inference>& one : inferences_) idle_.push_back(one.get());
  std::reverse(idle_.begin(), idle_.end());
  EventHeap::Slot slot = slot_of_cancel() + 1;
  for (const std::unique_ptr<Inference>& one : inferences_) {
    one->arrivals = slot;
    one->left = 0;
    slot += static_cast<EventHeap::Slot>(most_transfers_);
  }
  events_.resize(slot);
  for (Server& server : servers_) server.reset();
  woken_.clear();
  woken_engines_.clear();
  for (Busy& busy : processors_) {
    busy.running = 0;
    busy.woken = busy.crowd_changed = false;
    busy.total = busy.idle_since = busy.awake_at = Time{0};
    busy.ready.clear();
    busy.lost = busy.halted = false;
    busy.losses = 0;
  }
  std::fill(on_stream_.begin(), on_stream_.end(), Running{});
  std::fill(halted_.begin(), halted_.end(), Running{});
  load_.restart();
  std::fill(running_members_.begin(), running_members_.end(), 0u);
  packages_changed_ = false;
  crowds_.clear();
  next_request_ = in_flight_ = 0;
  ended_.clear();
  drained_.clear();
  told_.clear();
  cancels_.clear();
  record_.makespan = Time{0};
  record_.requests.assign(workload.requests.size(), RequestSpan{});
  memory_.reset(facts_.memories);
  cold_weights_.clear();
  knows_weights_ = workload.resident.has_value();
  knows_weights_ ? hold_residents(workload) : hold_weights(plans);
}

void EventLoop::hold_residents(const Workload& workload) {
  weights_.clear();
  for (const WeightPlace& place : *workload.resident) {
    weights_.put(place);
    memory_.put(place.memory, facts_.tensors[place.weight].size);
  }
}

void EventLoop::expect_weights(const Inference& inference, LayerId layer) const {
  for (const TensorId input : network_.layer(layer).inputs) {
    if (facts_.flows(network_, input)) continue;
    const MemoryId there = inference.plan->read_from(input, inference.layers[layer].memory);
    PARTITA_ASSERT(weights_.there({input, there}), "a layer starts where a weight of it is not");
  }
}

// Each weight once in each memory where any plan reads it.
void EventLoop::hold_weights(const std::vector<const Plan*>& plans) {
  ++run_;
  const auto reads_in_place = [](const Plan* plan) { return !plan->in_place().empty(); };
  if (std::any_of(plans.begin(), plans.end(), reads_in_place)) {
    for (const Plan* plan : plans) hold_weights_of(*plan);
    return;
  }
  const auto first_of_run = [&](std::uint32_t& counted) {
    return std::exchange(counted, run_) != run_;
  };
  for (const Plan* plan : plans) {
    for (const LayerId id : network_.layers()) {
      const MemoryId here = facts_.processor[plan->processor(id)].memory;
      const Bytes own = facts_.layers[id].own_weights;
      if (own.value > 0) {
        if (plans.size() == 1 || first_of_run(held_[index(id) * facts_.memories + index(here)])) {
          memory_.hold(here, own);
        }
      }
      for (const TensorId weight : facts_.shared_weights[id]) {
        if (first_of_run(loaded_[index(weight) * facts_.memories + index(here)])) {
          memory_.hold(here, facts_.tensors[weight].size);
        }
      }
    }
  }
}

// One by one, as some lie elsewhere.
void EventLoop::hold_weights_of(const Plan& plan) {
  for (const LayerId id : network_.layers()) {
    const MemoryId here = facts_.processor[plan.processor(id)].memory;
    for (const TensorId input : network_.layer(id).inputs) {
      if (facts_.flows(network_, input)) continue;
      const MemoryId there = plan.read_from(input, here);
      std::uint32_t& counted = loaded_[index(input) * facts_.memories + index(there)];
      if (std::exchange(counted, run_) == run_) continue;
      memory_.hold(there, facts_.tensors[input].size);
    }
  }
}

}  // namespace partita::plain
