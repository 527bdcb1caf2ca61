#include "models/evaluate/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "models/base/assert.h"
#include "models/base/lists.h"
#include "models/evaluate/event_heap.h"
#include "models/evaluate/fluid.h"

namespace partita {
namespace {

// What never changes from plan to plan, laid out for the inner loop.
struct Facts {
  Facts(const Network& network, const Hardware& hardware, const CostTable& costs);

  bool flows(const Network& network, TensorId id) const {
    const TensorKind kind = network.tensor(id).kind;
    return kind == TensorKind::Activation || kind == TensorKind::Input;
  }

  std::size_t processors, memories, streams = 0;
  std::optional<MemoryId> host;

  struct TensorFact {
    Bytes size;
    bool is_output = false;
    bool stays = false;
    std::optional<Time> transfer_time;
  };
  IdVector<TensorId, TensorFact> tensors;
  Lists<TensorId, LayerId> consumers;

  struct LayerFact {
    Bytes workspace;
    Bytes results;                  // all outputs together
    Bytes own_weights;              // that no other layer reads
    std::uint32_t made_inputs = 0;  // operands that some layer makes
    std::uint32_t given_inputs = 0;
  };
  IdVector<LayerId, LayerFact> layers;
  Lists<LayerId, TensorId> inputs;  // activations and inputs of the network, each once
  Lists<LayerId, TensorId> outputs;
  Lists<LayerId, TensorId> shared_weights;
  std::vector<std::optional<LayerDemand>> demands;  // layer * processors + processor

  struct ProcessorFact {
    MemoryId memory{};
    ChannelId channel{};  // of the memory
    std::uint32_t first_stream = 0;
    std::uint32_t streams = 1;
    std::optional<std::size_t> package;
    std::int64_t share = 0;  // of the processor, that one layer can use, in millionths
    bool crowds = false;     // its streams together can ask for more than the whole
  };
  IdVector<ProcessorId, ProcessorFact> processor;
  struct PackageFact {
    std::int64_t ppm = 0;
    std::vector<ProcessorId> members;
  };
  std::vector<PackageFact> packages;
};

Facts::Facts(const Network& network, const Hardware& hardware, const CostTable& costs)
    : processors(hardware.processors().size()),
      memories(hardware.memories().size()),
      host(hardware.host()) {
  for (const Tensor& tensor : network.tensors()) {
    tensors.push_back({tensor.size, tensor.is_output, tensor.stays, tensor.transfer_time});
    for (const LayerId consumer : tensor.consumers) consumers.add(consumer);
    consumers.finish_list();
  }
  for (const PackageSpec& package : hardware.packages()) {
    packages.push_back({disturbance_ppm(package.slowdown), {}});
  }
  for (const ProcessorId id : ids<ProcessorId>(processors)) {
    const ProcessorSpec& spec = hardware.processors()[id];
    const auto useful_streams = static_cast<std::uint32_t>(
        std::min(static_cast<std::size_t>(spec.streams), network.layer_count()));
    const std::int64_t share = share_ppm(spec.stream_share);
    processor.push_back({spec.memory, hardware.channel_of(spec.memory),
                         static_cast<std::uint32_t>(streams), useful_streams, spec.package, share,
                         static_cast<std::int64_t>(useful_streams) * share > 1'000'000});
    streams += useful_streams;
    if (spec.package) packages[*spec.package].members.push_back(id);
  }

  std::vector<TensorId> distinct;
  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    LayerFact fact;
    fact.workspace = layer.work.workspace;
    distinct = layer.inputs;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    for (const TensorId input : distinct) {
      const Tensor& tensor = network.tensor(input);
      if (flows(network, input)) {
        inputs.add(input);
        ++(tensor.producer ? fact.made_inputs : fact.given_inputs);
      } else if (tensor.consumers.size() == 1) {
        fact.own_weights += tensor.size;
      } else {
        shared_weights.add(input);
      }
    }
    for (const TensorId output : layer.outputs) {
      outputs.add(output);
      fact.results += network.tensor(output).size;
    }
    inputs.finish_list();
    outputs.finish_list();
    shared_weights.finish_list();
    layers.push_back(fact);
    for (const ProcessorId p : ids<ProcessorId>(processors)) {
      const std::optional<LayerCost>& cost = costs(id, p);
      demands.push_back(
          cost ? std::optional{layer_demand(
                     after(cost->launch_overhead(hardware.processors()[p]), cost->time),
                     cost->traffic, hardware.channels()[processor[p].channel].capacity)}
               : std::nullopt);
    }
  }
}

}  // namespace

struct Evaluator::State {
  State(const Network& of_network, const Hardware& on_hardware, const CostTable& with_costs);

  const Timeline& run(const Plan& the_plan);

 private:
  // Serves legs one at a time: a channel of an engine, or a processor that copies by itself. The
  // channels of an engine stand side by side; the first of them has the queue.
  struct Server {
    struct Waiting {
      Time queued;
      std::uint32_t transfer;
    };
    std::vector<Waiting> queue;
    std::size_t head = 0;
    const EngineSpec* engine = nullptr;
    std::uint32_t first = 0;     // channel of the same engine, who has the queue
    std::uint32_t channels = 1;  // of the engine
    Time setup{0};               // of one descriptor
    Time completion{0};
    std::int64_t cap = kNoCap;  // of the data that it moves
    std::optional<ProcessorId> copier;
    std::uint32_t transfer = 0;  // that it serves
    bool busy = false;
    bool moving = false;  // set-up is over
    bool flowing = false;
    bool completing = false;  // the data is over, the completion is not

    bool waiting() const { return head < queue.size(); }
  };
  struct Busy {
    std::uint32_t next = 0;     // position in the order
    std::uint32_t running = 0;  // layers
    bool woken = false;
    bool crowd_changed = false;
  };
  struct Moving {
    const Route* route = nullptr;  // none: a given time
    std::uint32_t first_leg = 0;   // in timeline.legs
    std::uint32_t leg = 0;
  };

  void prepare();
  void prepare_transfers();
  void prepare_memory();

  // What ends.
  void end_all() {
    while (!events_.empty() && events_.next() == now_) end(events_.pop());
  }
  void end(EventHeap::Slot slot);
  void end_layer(EventHeap::Slot slot);
  void end_phase(std::size_t server);  // of set-up, or of the data
  void end_arrival(std::uint32_t transfer);
  void post(std::uint32_t transfer);
  void enqueue(std::uint32_t transfer);
  void make_resident(TensorId tensor, MemoryId memory);
  void drop(TensorId tensor, MemoryId memory);

  // What starts.
  void start_all();
  void start_layer(ProcessorId processor);
  void start_leg(std::size_t server);
  void start_legs(std::size_t first);  // on the channels of an engine
  void start_data(std::size_t server);
  void disturb_packages();
  void share_processors();
  void limit_layers(ProcessorId processor);

  void crowd_changed(ProcessorId processor) {
    if (!facts_.processor[processor].crowds) return;
    if (!std::exchange(processors_[processor].crowd_changed, true)) crowds_.push_back(processor);
  }
  void wake(ProcessorId processor) {
    if (!std::exchange(processors_[processor].woken, true)) woken_.push_back(processor);
  }
  void allocate(MemoryId memory, Bytes size) {
    occupied_[memory] += size;
    Bytes& peak = timeline_.memory_peak[memory];
    peak = std::max(peak, occupied_[memory]);
  }
  void release(MemoryId memory, Bytes size) { occupied_[memory] -= size; }

  MemoryId memory_of(LayerId layer) const {
    return facts_.processor[plan_->processor(layer)].memory;
  }
  std::int32_t& needs(TensorId tensor, MemoryId memory) {
    return needs_[index(tensor) * facts_.memories + index(memory)];
  }
  std::size_t server_of(const LegSpan& leg) const {
    return leg.copier ? index(*leg.copier) : first_channel_[*leg.engine];
  }
  EventHeap::Slot slot_of_server(std::size_t server) const {
    return static_cast<EventHeap::Slot>(facts_.streams + server);
  }
  EventHeap::Slot slot_of_arrival(std::uint32_t transfer) const {
    return static_cast<EventHeap::Slot>(facts_.streams + servers_.size() + transfer);
  }
  LegSpan& span_of(std::uint32_t transfer) {
    return timeline_.legs[moving_[transfer].first_leg + moving_[transfer].leg];
  }
  const Leg& leg_of(std::uint32_t transfer) const {
    return (*moving_[transfer].route)[moving_[transfer].leg];
  }
  const Transfer& transfer_of(std::uint32_t transfer) const { return plan_->transfers()[transfer]; }

  const Network& network_;
  const Hardware& hardware_;
  const Facts facts_;
  // Flows and event slots: streams of all processors, copiers, channels of engines; then (slots
  // only) arrivals of transfers.
  FluidNetwork fluid_;
  EventHeap events_;
  IdVector<ChannelId, ChannelId> channel_lists_;  // each channel as a list of one

  const Plan* plan_ = nullptr;
  Timeline timeline_;
  Time now_{0};
  std::vector<Server> servers_;  // processors as copiers, then channels of engines
  IdVector<EngineId, std::uint32_t> first_channel_;  // in servers_
  IdVector<ProcessorId, Busy> processors_;
  std::vector<std::optional<LayerId>> on_stream_;
  std::vector<Moving> moving_;
  IdVector<LayerId, std::uint32_t> missing_;  // inputs that are not resident yet
  std::vector<std::int32_t> needs_;    // tensor * memories + memory: who still needs it there
  std::vector<std::uint32_t> loaded_;  // likewise, for shared weights: the run that counted them
  std::uint32_t run_ = 0;
  IdVector<MemoryId, Bytes> occupied_;
  std::vector<std::uint32_t> running_members_;  // of each package
  bool packages_changed_ = false;
  std::vector<ProcessorId> crowds_;  // that run more or fewer layers since rates were settled
  std::vector<ProcessorId> woken_;
  std::vector<std::size_t> woken_engines_;
  std::vector<std::uint32_t> given_;  // transfers of given time that started at this instant
  std::size_t layers_left_ = 0;
};

std::size_t dma_channels(const Hardware& hardware) {
  std::size_t sum = 0;
  for (const EngineSpec& engine : hardware.engines()) {
    sum += static_cast<std::size_t>(engine.channels);
  }
  return sum;
}

Evaluator::State::State(const Network& of_network, const Hardware& on_hardware,
                        const CostTable& with_costs)
    : network_(of_network),
      hardware_(on_hardware),
      facts_(of_network, on_hardware, with_costs),
      fluid_(on_hardware.channels(),
             facts_.streams + facts_.processors + dma_channels(on_hardware)),
      servers_(facts_.processors),
      processors_(facts_.processors),
      on_stream_(facts_.streams),
      missing_(of_network.layer_count()),
      needs_(of_network.tensors().size() * facts_.memories),
      loaded_(needs_.size(), 0),
      running_members_(facts_.packages.size()) {
  for (const ChannelId id : ids<ChannelId>(on_hardware.channels().size())) {
    channel_lists_.push_back(id);
  }
  for (const ProcessorId id : ids<ProcessorId>(facts_.processors)) {
    servers_[index(id)].setup = on_hardware.processors()[id].copy_setup;
    servers_[index(id)].first = static_cast<std::uint32_t>(index(id));
    servers_[index(id)].copier = id;
  }
  for (const EngineSpec& engine : on_hardware.engines()) {
    Server server;
    server.engine = &engine;
    server.first = static_cast<std::uint32_t>(servers_.size());
    server.channels = static_cast<std::uint32_t>(engine.channels);
    server.setup = engine.setup;
    server.completion = engine.completion;
    first_channel_.push_back(server.first);
    servers_.resize(servers_.size() + server.channels, server);
  }
  timeline_.origin = Origin::Predicted;
  timeline_.layers.resize(of_network.layer_count());
}

const Timeline& Evaluator::State::run(const Plan& the_plan) {
  PARTITA_ASSERT(the_plan.collectives().empty(), "collectives in steps were not made into layers");
  plan_ = &the_plan;
  prepare();
  for (std::uint32_t i = plan_->input_transfers().first; i < plan_->input_transfers().last; ++i) {
    post(i);
  }
  end_all();
  timeline_.memory_peak = occupied_;
  while (true) {
    start_all();
    if (packages_changed_) disturb_packages();
    if (!crowds_.empty()) share_processors();
    fluid_.settle(now_, [&](FlowId flow, Time finish) {
      events_.set(static_cast<EventHeap::Slot>(flow), finish);
    });
    if (events_.empty()) break;
    now_ = events_.next();
    if (now_ == Time::max()) throw Error("the plan takes longer than 106 days");
    end_all();
  }
  PARTITA_ASSERT(layers_left_ == 0, fmt::format("{} layers of a plan never started", layers_left_));
  return timeline_;
}

void Evaluator::State::prepare() {
  now_ = Time{0};
  timeline_.makespan = Time{0};
  layers_left_ = network_.layer_count();
  fluid_.reset();
  events_.reset(facts_.streams + servers_.size() + plan_->transfers().size());
  for (Server& server : servers_) {
    server.queue.clear();
    server.head = 0;
    server.busy = server.moving = server.flowing = server.completing = false;
  }
  woken_.clear();
  woken_engines_.clear();
  given_.clear();
  for (const ProcessorId id : ids<ProcessorId>(facts_.processors)) {
    processors_[id] = Busy{};
    wake(id);
  }
  std::fill(running_members_.begin(), running_members_.end(), 0u);
  packages_changed_ = false;
  crowds_.clear();
  for (const LayerId id : network_.layers()) {
    const bool inputs_travel = facts_.host && memory_of(id) != *facts_.host;
    const Facts::LayerFact& fact = facts_.layers[id];
    missing_[id] = fact.made_inputs + (inputs_travel ? fact.given_inputs : 0);
  }
  prepare_transfers();
  prepare_memory();
}

void Evaluator::State::prepare_transfers() {
  timeline_.legs.clear();
  moving_.clear();
  for (std::uint32_t i = 0; i < plan_->transfers().size(); ++i) {
    const Transfer& transfer = transfer_of(i);
    Moving moving{.first_leg = static_cast<std::uint32_t>(timeline_.legs.size())};
    if (facts_.tensors[transfer.tensor].transfer_time) {
      timeline_.legs.emplace_back().transfer = i;
    } else {
      moving.route = hardware_.route(transfer.src, transfer.dst);
      const std::optional<LayerId>& producer = network_.tensor(transfer.tensor).producer;
      std::uint32_t number = 0;
      for (const Leg& leg : *moving.route) {
        LegSpan& span = timeline_.legs.emplace_back();
        span.transfer = i;
        span.leg = number++;
        span.engine = leg.engine;
        if (!leg.engine) {
          const bool by_producer = producer && memory_of(*producer) == leg.src;
          span.copier = by_producer ? plan_->processor(*producer) : leg.copier;
        }
      }
    }
    moving_.push_back(moving);
  }
}

// Counts who needs each tensor in each memory, and what is resident before anything runs.
void Evaluator::State::prepare_memory() {
  ++run_;
  occupied_.assign(facts_.memories, Bytes{0});
  const auto stays_at = [&](TensorId tensor, MemoryId made) {
    return facts_.tensors[tensor].is_output ? facts_.host.value_or(made)
                                            : std::optional<MemoryId>{};
  };
  for (const LayerId id : network_.layers()) {
    const MemoryId here = memory_of(id);
    for (const TensorId input : facts_.inputs[id]) needs(input, here) = 0;
    for (const TensorId output : facts_.outputs[id]) needs(output, here) = 0;
  }
  if (facts_.host) {
    for (const TensorId input : network_.inputs()) needs(input, *facts_.host) = 0;
  }
  for (const Transfer& transfer : plan_->transfers()) needs(transfer.tensor, transfer.dst) = 0;
  for (const LayerId id : network_.layers()) {
    const MemoryId here = memory_of(id);
    for (const TensorId input : facts_.inputs[id]) ++needs(input, here);
    for (const TensorId output : facts_.outputs[id]) {
      if (const auto kept = stays_at(output, here)) needs(output, *kept) += 1;
    }
    occupied_[here] += facts_.layers[id].own_weights;
    for (const TensorId weight : facts_.shared_weights[id]) {
      std::uint32_t& counted = loaded_[index(weight) * facts_.memories + index(here)];
      if (std::exchange(counted, run_) != run_) occupied_[here] += facts_.tensors[weight].size;
    }
  }
  for (const Transfer& transfer : plan_->transfers()) ++needs(transfer.tensor, transfer.src);
  for (const TensorId input : network_.inputs()) {
    const Bytes size = facts_.tensors[input].size;
    if (facts_.host) {
      if (needs(input, *facts_.host) > 0) occupied_[*facts_.host] += size;
      continue;
    }
    for (const LayerId consumer : facts_.consumers[input]) {
      const MemoryId there = memory_of(consumer);
      const auto first =
          std::find_if(facts_.consumers[input].begin(), facts_.consumers[input].end(),
                       [&](LayerId other) { return memory_of(other) == there; });
      if (*first == consumer) occupied_[there] += size;
    }
  }
}

void Evaluator::State::end(EventHeap::Slot slot) {
  if (slot < facts_.streams) return end_layer(slot);
  const std::size_t server = slot - facts_.streams;
  if (server < servers_.size()) return end_phase(server);
  end_arrival(static_cast<std::uint32_t>(server - servers_.size()));
}

void Evaluator::State::end_layer(EventHeap::Slot slot) {
  const LayerId layer = *std::exchange(on_stream_[slot], std::nullopt);
  const ProcessorId processor = plan_->processor(layer);
  const MemoryId here = facts_.processor[processor].memory;
  fluid_.stop(static_cast<FlowId>(slot));
  timeline_.layers[layer].finish = now_;
  timeline_.makespan = now_;
  --layers_left_;
  if (--processors_[processor].running == 0 && facts_.processor[processor].package) {
    --running_members_[*facts_.processor[processor].package];
    packages_changed_ = true;
  }
  crowd_changed(processor);
  wake(processor);
  release(here, facts_.layers[layer].workspace);
  for (const TensorId output : facts_.outputs[layer]) {
    if (needs(output, here) == 0) release(here, facts_.tensors[output].size);
    make_resident(output, here);
  }
  for (const TensorId input : facts_.inputs[layer]) drop(input, here);
  const Plan::Range transfers = plan_->transfers_of(layer);
  for (std::uint32_t i = transfers.first; i < transfers.last; ++i) post(i);
}

void Evaluator::State::end_phase(std::size_t id) {
  Server& server = servers_[id];
  if (!server.moving) return start_data(id);
  if (server.flowing) fluid_.stop(static_cast<FlowId>(slot_of_server(id)));
  server.flowing = false;
  if (server.completion > Time{0} && !std::exchange(server.completing, true)) {
    events_.set(slot_of_server(id), after(now_, server.completion));
    return;
  }
  const Leg& leg = leg_of(server.transfer);
  if (!server.copier) {
    server.busy = server.moving = server.completing = false;
    woken_engines_.push_back(server.first);
  }
  if (leg.latency == Time{0}) return end_arrival(server.transfer);
  events_.set(slot_of_arrival(server.transfer), after(now_, leg.latency));
}

void Evaluator::State::end_arrival(std::uint32_t id) {
  const Transfer& transfer = transfer_of(id);
  const Bytes size = facts_.tensors[transfer.tensor].size;
  Moving& moving = moving_[id];
  LegSpan& span = span_of(id);
  span.finish = now_;
  if (span.copier) {
    Server& server = servers_[index(*span.copier)];
    server.busy = server.moving = false;
    wake(*span.copier);
  }
  if (moving.leg == 0) {
    drop(transfer.tensor, transfer.src);
  } else {
    release(leg_of(id).src, size);  // a staging copy serves this transfer alone
  }
  if (moving.route != nullptr && moving.leg + 1 < moving.route->size()) {
    ++moving.leg;
    return enqueue(id);
  }
  make_resident(transfer.tensor, transfer.dst);
  if (facts_.tensors[transfer.tensor].is_output && transfer.dst == facts_.host) {
    timeline_.makespan = now_;
  }
}

void Evaluator::State::post(std::uint32_t id) {
  if (moving_[id].route != nullptr) return enqueue(id);
  LegSpan& span = span_of(id);
  span.queued = span.start = span.data = now_;
  given_.push_back(id);
  events_.set(slot_of_arrival(id),
              after(now_, *facts_.tensors[transfer_of(id).tensor].transfer_time));
}

void Evaluator::State::enqueue(std::uint32_t id) {
  LegSpan& span = span_of(id);
  span.queued = now_;
  Server& server = servers_[server_of(span)];
  auto place = server.queue.end();
  const auto first = server.queue.begin() + static_cast<std::ptrdiff_t>(server.head);
  while (place != first && std::prev(place)->queued == now_ && std::prev(place)->transfer > id) {
    --place;
  }
  server.queue.insert(place, {now_, id});
  if (server.copier) {
    wake(*server.copier);
  } else {
    woken_engines_.push_back(server_of(span));
  }
}

void Evaluator::State::make_resident(TensorId tensor, MemoryId memory) {
  for (const LayerId consumer : facts_.consumers[tensor]) {
    if (memory_of(consumer) != memory || --missing_[consumer] > 0) continue;
    wake(plan_->processor(consumer));
  }
}

void Evaluator::State::drop(TensorId tensor, MemoryId memory) {
  const Facts::TensorFact& fact = facts_.tensors[tensor];
  if (--needs(tensor, memory) == 0 && !fact.stays) release(memory, fact.size);
}

void Evaluator::State::start_all() {
  for (const std::uint32_t id : given_) {
    allocate(transfer_of(id).dst, facts_.tensors[transfer_of(id).tensor].size);
  }
  given_.clear();
  for (const std::size_t id : woken_engines_) {
    if (servers_[id].waiting()) start_legs(id);
  }
  woken_engines_.clear();
  for (const ProcessorId id : woken_) {
    Busy& busy = processors_[id];
    Server& server = servers_[index(id)];
    busy.woken = false;
    while (!server.busy && busy.running < facts_.processor[id].streams) {
      if (server.waiting() && busy.running == 0) {
        start_leg(index(id));
        break;
      }
      const std::vector<LayerId>& order = plan_->order(id);
      if (busy.next == order.size() || missing_[order[busy.next]] > 0) break;
      start_layer(id);
    }
  }
  woken_.clear();
}

void Evaluator::State::start_layer(ProcessorId id) {
  const Facts::ProcessorFact& processor = facts_.processor[id];
  const LayerId layer = plan_->order(id)[processors_[id].next++];
  EventHeap::Slot slot = processor.first_stream;
  while (on_stream_[slot]) ++slot;
  on_stream_[slot] = layer;
  if (++processors_[id].running == 1 && processor.package) {
    ++running_members_[*processor.package];
  }
  packages_changed_ = packages_changed_ || processor.package;
  crowd_changed(id);
  timeline_.layers[layer] = {id, static_cast<int>(slot - processor.first_stream), now_, now_};
  allocate(processor.memory, facts_.layers[layer].results + facts_.layers[layer].workspace);

  const std::optional<LayerDemand>& demand =
      facts_.demands[index(layer) * facts_.processors + index(id)];
  PARTITA_ASSERT(demand.has_value(), "a layer runs where it has no cost");
  const std::span<const ChannelId> crossed{&channel_lists_[processor.channel],
                                           demand->contends ? 1u : 0u};
  fluid_.start(static_cast<FlowId>(slot), crossed, demand->work, demand->cap);
}

void Evaluator::State::start_legs(std::size_t first) {
  const std::size_t last = first + servers_[first].channels;
  for (std::size_t id = first; id < last && servers_[first].waiting(); ++id) {
    if (!servers_[id].busy) start_leg(id);
  }
}

void Evaluator::State::start_leg(std::size_t id) {
  Server& server = servers_[id];
  Server& queue = servers_[server.first];
  server.transfer = queue.queue[queue.head++].transfer;
  server.busy = true;
  span_of(server.transfer).start = now_;
  const Bytes size = facts_.tensors[transfer_of(server.transfer).tensor].size;
  allocate(leg_of(server.transfer).dst, size);
  const Pace pace = leg_of(server.transfer).pace(size);
  server.cap = pace.cap;
  const bool chunks = server.engine != nullptr && server.engine->chunk;
  const Time setup = after(pace.wait, chunks ? server.engine->setup_of(size) : server.setup);
  if (setup == Time{0}) return start_data(id);
  events_.set(slot_of_server(id), after(now_, setup));
}

void Evaluator::State::start_data(std::size_t id) {
  Server& server = servers_[id];
  server.moving = true;
  span_of(server.transfer).data = now_;
  const Bytes size = facts_.tensors[transfer_of(server.transfer).tensor].size;
  if (size.value == 0) {
    events_.set(slot_of_server(id), after(now_, Time{1}));
    return;
  }
  server.flowing = true;
  fluid_.start(static_cast<FlowId>(slot_of_server(id)), leg_of(server.transfer).channels,
               picobytes(size), server.cap);
}

void Evaluator::State::disturb_packages() {
  packages_changed_ = false;
  for (std::size_t i = 0; i < facts_.packages.size(); ++i) {
    const Facts::PackageFact& package = facts_.packages[i];
    if (package.ppm == 0 || running_members_[i] == 0) continue;
    for (const ProcessorId member : package.members) limit_layers(member);
  }
}

void Evaluator::State::share_processors() {
  for (const ProcessorId id : crowds_) {
    processors_[id].crowd_changed = false;
    limit_layers(id);
  }
  crowds_.clear();
}

void Evaluator::State::limit_layers(ProcessorId id) {
  const Facts::ProcessorFact& processor = facts_.processor[id];
  for (std::uint32_t stream = 0; stream < processor.streams; ++stream) {
    const EventHeap::Slot slot = processor.first_stream + stream;
    if (!on_stream_[slot]) continue;
    std::int64_t cap =
        facts_.demands[index(*on_stream_[slot]) * facts_.processors + index(id)]->cap;
    if (processor.package) {
      const std::size_t i = *processor.package;
      cap = disturbed(cap, running_members_[i] - 1, facts_.packages[i].ppm);
    }
    fluid_.limit(static_cast<FlowId>(slot), crowded(cap, processors_[id].running, processor.share));
  }
}

Evaluator::Evaluator(const Network& network, const Hardware& hardware, const CostTable& costs)
    : state_(std::make_unique<State>(network, hardware, costs)) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;

const Timeline& Evaluator::run(const Plan& plan) { return state_->run(plan); }

std::string exceeded_capacity(const Timeline& timeline, const Hardware& hardware) {
  for (const MemoryId id : ids<MemoryId>(timeline.memory_peak.size())) {
    const MemorySpec& memory = hardware.memories()[id];
    const Bytes peak = timeline.memory_peak[id];
    if (peak <= memory.capacity) continue;
    return fmt::format("memory {} would hold {} at its fullest, {} more than its {}", memory.name,
                       to_string(peak), to_string(peak - memory.capacity),
                       to_string(memory.capacity));
  }
  return {};
}

}  // namespace partita
