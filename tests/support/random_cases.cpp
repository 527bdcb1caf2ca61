#include "tests/support/random_cases.h"

#include <algorithm>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "tests/support/machine.h"

namespace partita::test {
namespace {

constexpr Bytes kCoarseSize{4'000};
constexpr Time kCoarseTime = 1us;
constexpr Bandwidth kCoarseBandwidth{1'000'000'000};  // one coarse size takes four coarse times

std::int64_t between(Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::size_t>(high - low + 1)));
}

template <class Items>
auto& any_of(Random& random, Items& items) {
  return items[random.below(items.size())];
}

template <class Item>
void shuffle(Random& random, std::vector<Item>& items) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

Time random_time(Random& random, const CaseOptions& options) {
  if (options.ties) return kCoarseTime * between(random, 1, 4);
  return Time{between(random, 1, random.one_in(4) ? 100 : 20'000'000)};
}

// Also zero.
Time random_delay(Random& random, const CaseOptions& options) {
  return random.one_in(3) ? Time{0} : random_time(random, options);
}

Bytes random_size(Random& random, const CaseOptions& options) {
  if (random.one_in(15)) return Bytes{0};
  return options.ties ? kCoarseSize : Bytes{between(random, 1, 40'000)};
}

Bandwidth random_bandwidth(Random& random, const CaseOptions& options) {
  if (options.ties) return kCoarseBandwidth;
  return Bandwidth{between(random, 1'000'000, 20'000'000'000)};
}

class RandomMachine {
 public:
  RandomMachine(std::uint64_t seed, const CaseOptions& options)
      : random_(seed), options_(options) {}

  Hardware build() {
    add_processors();
    join();
    add_engines();
    if (random_.one_in(3)) add_regimes();
    if (options_.details) add_details();
    if (options_.load) add_load();
    return machine_.build();
  }

 private:
  void add_regimes() {
    for (LinkSpec& link : machine_.parts.links) {
      Bytes from{static_cast<std::int64_t>(random_.below(2000))};
      for (std::size_t i = random_.below(3); i > 0; --i) {
        const Time time{static_cast<std::int64_t>(1 + random_.below(20'000'000))};
        const auto tenths = static_cast<std::int64_t>(1 + random_.below(20));
        link.regimes.push_back({from, time, {1 + link.bandwidth.value / 10 * tenths}});
        from.value += static_cast<std::int64_t>(1 + random_.below(30'000));
      }
    }
  }

  Bandwidth bandwidth() { return random_bandwidth(random_, options_); }
  Time delay() { return random_delay(random_, options_); }

  void add_processors() {
    const auto count = 1 + random_.below(options_.max_processors);
    for (int i = 0; i < 2; ++i) {
      const double slowdown = 1 + static_cast<double>(random_.below(300)) / 128;
      if (random_.one_in(3)) machine_.package(options_.ties ? 2 : slowdown, {});
    }
    for (std::size_t i = 0; i < count; ++i) {
      const bool shares = !memories_.empty() && random_.one_in(3);
      const MemoryId memory = shares ? any_of(random_, memories_) : add_memory();
      const ProcessorId id = machine_.processor("p" + std::to_string(i), memory);
      ProcessorSpec& spec = machine_.parts.processors[id];
      spec.launch_overhead = delay();
      spec.copy_setup = delay();
      spec.streams = random_.one_in(2) ? 1 : static_cast<int>(between(random_, 1, 3));
      if (!machine_.parts.packages.empty() && random_.one_in(2)) {
        spec.package = random_.below(machine_.parts.packages.size());
      }
    }
    // A host that nobody computes on: staging needs it.
    if (random_.one_in(2)) {
      host_ = random_.one_in(2) ? add_memory() : any_of(random_, memories_);
      if (!random_.one_in(4)) machine_.parts.host = host_;
    }
  }

  MemoryId add_memory() {
    const std::string name = "m" + std::to_string(memories_.size());
    const bool is_part = !memories_.empty() && random_.one_in(5) &&
                         !machine_.parts.memories[memories_.front()].part_of;
    const MemoryId id =
        is_part ? machine_.part(name, memories_.front()) : machine_.memory(name, bandwidth());
    memories_.push_back(id);
    return id;
  }

  void link(Endpoint a, Endpoint b) {
    machine_.link("l" + std::to_string(machine_.parts.links.size()), a, b, bandwidth(), delay(),
                  !random_.one_in(3));
  }

  void join() {
    const auto last_link = [&] { return static_cast<LinkId>(machine_.parts.links.size() - 1); };
    const MemoryId center = host_.value_or(memories_.front());
    switch (random_.below(6)) {
      case 0: {  // one switch
        const SwitchId hub = machine_.node("hub", delay());
        for (const MemoryId memory : memories_) link(memory, hub);
        break;
      }
      case 1: {  // a switch that sends everything to the center
        const SwitchId hub = machine_.node("hub", delay());
        link(hub, center);
        machine_.parts.switches[hub].peer_to_peer = false;
        machine_.parts.switches[hub].upstream = last_link();
        for (const MemoryId memory : memories_) {
          if (memory != center) link(memory, hub);
        }
        break;
      }
      case 2: {  // two switches
        const SwitchId left = machine_.node("left", delay());
        const SwitchId right = machine_.node("right", delay());
        link(left, right);
        for (const MemoryId memory : memories_) link(memory, random_.one_in(2) ? left : right);
        break;
      }
      case 3:  // a star
        for (const MemoryId memory : memories_) {
          if (memory != center) link(center, memory);
        }
        break;
      case 4:  // a ring, or for two a double link
        for (std::size_t i = 0; memories_.size() > 1 && i < memories_.size(); ++i) {
          link(memories_[i], memories_[(i + 1) % memories_.size()]);
        }
        break;
      default:  // all to all
        for (std::size_t i = 0; i < memories_.size(); ++i) {
          for (std::size_t k = i + 1; k < memories_.size(); ++k) link(memories_[i], memories_[k]);
        }
    }
    if (memories_.size() > 2 && random_.one_in(4)) link(memories_.front(), memories_.back());
  }

  void add_engines() {
    const bool none = random_.one_in(4);
    for (const MemoryId memory : memories_) {
      const std::string name = "e" + std::to_string(index(memory));
      switch (none ? 5 : random_.below(6)) {
        case 0: machine_.engine(name, memory, delay()); break;
        case 1:
          machine_.engine(name + "i", memory, delay(), Direction::In);
          machine_.engine(name + "o", memory, delay(), Direction::Out);
          break;
        case 2: machine_.engine(name + "o", memory, delay(), Direction::Out); break;
        case 3: machine_.engine(name + "i", memory, delay(), Direction::In); break;
        default: break;
      }
    }
  }

  void add_details() {
    for (EngineSpec& engine : machine_.parts.engines) {
      if (random_.one_in(2)) continue;
      engine.channels = static_cast<int>(between(random_, 1, 3));
      if (random_.one_in(2)) engine.completion = delay();
      if (random_.one_in(2)) engine.chunk = chunk();
      if (random_.one_in(2)) engine.outstanding = static_cast<int>(between(random_, 1, 40));
    }
    for (LinkSpec& link : machine_.parts.links) {
      if (random_.one_in(4))
        link.bit_error_rate = static_cast<double>(between(random_, 1, 1000)) / 1e7;
      if (random_.one_in(2)) link.replay_delay = delay();
      if (random_.one_in(4)) link.credits = Bytes{between(random_, 272, 20'000)};
      if (random_.one_in(4)) link.compression = compression();
    }
    // All of a machine or none: a leg that crosses one without has no priority.
    const bool priorities = random_.one_in(2);
    for (LinkSpec& link : machine_.parts.links) link.priorities = priorities || random_.one_in(4);
    const bool load_store = random_.one_in(2);
    for (LinkSpec& link : machine_.parts.links) link.load_store = load_store || random_.one_in(4);
    for (ProcessorSpec& spec : machine_.parts.processors) {
      if (random_.one_in(2)) spec.sleep = SleepSpec{delay(), Power{}, delay()};
    }
    for (ProcessorSpec& spec : machine_.parts.processors) {
      if (spec.streams == 1 || random_.one_in(3)) continue;
      const auto sixteenths = static_cast<double>(between(random_, 1, 16));
      spec.stream_share = options_.ties ? 1 : sixteenths / 16;
    }
    for (SwitchSpec& node : machine_.parts.switches) {
      if (node.peer_to_peer && !random_.one_in(3)) node.reduction = bandwidth();
    }
    for (const SwitchId id : ids<SwitchId>(machine_.parts.switches.size())) {
      const auto& links = machine_.parts.links;
      const auto ends_here = [&](const LinkSpec& link) {
        return link.a == Endpoint{id} || link.b == Endpoint{id};
      };
      const bool can_fork = std::count_if(links.begin(), links.end(), ends_here) > 2;
      machine_.parts.switches[id].multicast = can_fork && !random_.one_in(3);
    }
  }

  CompressionSpec compression() {
    CompressionSpec spec;
    for (double& ratio : spec.ratio) ratio = static_cast<double>(between(random_, 16, 64)) / 16;
    spec.rate = bandwidth();
    return spec;
  }

  void add_load() {
    const std::size_t entries = 1 + random_.below(6);
    for (std::size_t i = 0; i < entries; ++i) {
      LoadSpec entry;
      entry.name = "load" + std::to_string(i);
      entry.effect = effect();
      if (!random_.one_in(3)) entry.from = instant(60);
      const bool is_loss = std::holds_alternative<Lost>(entry.effect);
      if (!random_.one_in(is_loss ? 30 : 4)) {
        const Time length = instant(40) + (options_.ties ? kCoarseTime : Time{1});
        entry.until = entry.from + length;
        if (random_.one_in(2)) entry.every = length + instant(60) + kCoarseTime;
      }
      machine_.parts.load.push_back(entry);
    }
  }

  // Up to so many coarse times.
  Time instant(std::size_t coarse) {
    const Time whole = kCoarseTime * static_cast<std::int64_t>(random_.below(coarse));
    return options_.ties ? whole : whole + Time{between(random_, 0, 999'999)};
  }

  LoadEffect effect() {
    const auto processor =
        static_cast<ProcessorId>(random_.below(machine_.parts.processors.size()));
    const Bandwidth rate =
        options_.ties ? Bandwidth{kCoarseBandwidth.value / between(random_, 1, 4)} : bandwidth();
    const std::size_t links = machine_.parts.links.size();
    switch (random_.below(links > 0 ? 7 : 4)) {
      case 0: return BusyShare{processor, static_cast<double>(between(random_, 1, 63)) / 64};
      case 1: return SlowedDown{processor, static_cast<double>(between(random_, 64, 256)) / 64};
      case 2: return Lost{processor};
      case 3: return MemoryTraffic{any_of(random_, memories_), rate};
      case 4:
        return SlowedLink{static_cast<LinkId>(random_.below(links)),
                          static_cast<double>(between(random_, 64, 512)) / 64};
      default:
        return LinkTraffic{static_cast<LinkId>(random_.below(links)),
                           static_cast<TrafficWay>(random_.below(3)), rate};
    }
  }

  Bytes chunk() {
    return options_.ties ? Bytes{kCoarseSize.value / 2} : Bytes{between(random_, 1'000, 40'000)};
  }

  Random random_;
  const CaseOptions& options_;
  Machine machine_;
  std::vector<MemoryId> memories_;
  std::optional<MemoryId> host_;
};

class RandomNetwork {
 public:
  RandomNetwork(std::uint64_t seed, const CaseOptions& options)
      : random_(seed), options_(options), gives_times_(random_.one_in(5)), builder_("random") {}

  Network build() {
    const std::size_t inputs = 1 + random_.below(3);
    for (std::size_t i = 0; i < inputs; ++i) readable_.push_back(add(TensorKind::Input));
    for (std::size_t i = 0; i < 4; ++i) shared_weights_.push_back(add(TensorKind::Weight));
    const std::size_t layers =
        options_.min_layers + random_.below(options_.max_layers - options_.min_layers + 1);
    for (std::size_t i = 0; i < layers; ++i) add_layer(i);
    return builder_.build({"random", 0, 0});
  }

 private:
  TensorId add(TensorKind kind) {
    Tensor tensor;
    tensor.name = "t" + std::to_string(tensors_++);
    tensor.kind = kind;
    tensor.size = random_size(random_, options_);
    if (kind != TensorKind::Weight && gives_times_ && random_.one_in(2)) {
      tensor.transfer_time = random_delay(random_, options_);
    }
    return builder_.add_tensor(std::move(tensor));
  }

  void add_layer(std::size_t number) {
    Layer layer;
    layer.name = "layer" + std::to_string(number);
    const std::size_t operands = random_.below(4);
    for (std::size_t i = 0; i < operands; ++i) {
      // Recent tensors are likelier, so that the graph is deep, and one may stand twice.
      const std::size_t back = std::min(random_.below(readable_.size()), random_.below(8));
      layer.inputs.push_back(readable_[readable_.size() - 1 - back]);
    }
    if (random_.one_in(2)) layer.inputs.push_back(add(TensorKind::Weight));
    if (options_.share_weights || random_.one_in(4)) {
      layer.inputs.push_back(any_of(random_, shared_weights_));
    }
    if (random_.one_in(2)) layer.work.workspace = random_size(random_, options_);
    const std::size_t results = random_.one_in(5) ? 2 : 1;
    for (std::size_t i = 0; i < results; ++i) {
      layer.outputs.push_back(add(TensorKind::Activation));
      if (random_.one_in(6)) builder_.add_output(layer.outputs.back());
    }
    readable_.insert(readable_.end(), layer.outputs.begin(), layer.outputs.end());
    builder_.add_layer(std::move(layer));
  }

  Random random_;
  const CaseOptions& options_;
  const bool gives_times_;
  NetworkBuilder builder_;
  std::vector<TensorId> readable_, shared_weights_;
  std::size_t tensors_ = 0;
};

}  // namespace

Network random_network(std::uint64_t seed, const CaseOptions& options) {
  return RandomNetwork(seed, options).build();
}

Network random_variant(std::uint64_t seed, const Network& network, const CaseOptions& options) {
  Random random(seed);
  NetworkBuilder builder(network.name());
  for (Tensor tensor : network.tensors()) {
    const bool moves = tensor.kind == TensorKind::Activation || tensor.kind == TensorKind::Input;
    if (moves) tensor.size = random_size(random, options);
    if (tensor.transfer_time) tensor.transfer_time = random_time(random, options);
    tensor.producer.reset();
    tensor.consumers.clear();
    builder.add_tensor(std::move(tensor));
  }
  for (const LayerId id : network.layers()) {
    Layer layer = network.layer(id);
    layer.work.workspace = random_size(random, options);
    builder.add_layer(std::move(layer));
  }
  for (const TensorId output : network.outputs()) builder.add_output(output);
  return builder.build({"variant", 0, 0});
}

Hardware random_hardware(std::uint64_t seed, const CaseOptions& options) {
  return RandomMachine(seed, options).build();
}

Hardware with_power(const Hardware& plain) {
  HardwareParts parts = plain.parts();
  std::int32_t count = 0;
  for (ProcessorSpec& spec : parts.processors) {
    ++count;
    spec.idle = Power{1000 * count};
    spec.active = Power{7000 * count};
    if (count % 2 == 0) {
      spec.sleep.emplace();
      spec.sleep->after = Time{1'000'000} * count;
      spec.sleep->power = Power{100 * count};
      spec.sleep->wake = Time{500'000} * count;
    }
  }
  for (MemorySpec& spec : parts.memories) {
    spec.idle = Power{100 * ++count};
    spec.energy = EnergyPerByte{1'000'000 + 10'000 * count};
  }
  for (LinkSpec& spec : parts.links) {
    spec.idle = Power{10 * ++count};
    spec.energy = EnergyPerByte{2'000'000 + 10'000 * count};
  }
  for (SwitchSpec& spec : parts.switches) spec.idle = Power{10 * ++count};
  return HardwareBuilder::build(std::move(parts));
}

CostTable random_costs(std::uint64_t seed, const Network& network, const Hardware& hardware,
                       const CaseOptions& options) {
  Random random(seed);
  CostTable costs(network.layer_count(), hardware.processors().size());
  for (const LayerId layer : network.layers()) {
    for (const ProcessorId processor : ids<ProcessorId>(hardware.processors().size())) {
      LayerCost cost;
      cost.time = random_time(random, options);
      const MemoryId memory = hardware.processors()[processor].memory;
      const Wide possible = static_cast<Wide>(hardware.memories()[memory].bandwidth.value) *
                            cost.time.count() / std::pico::den;
      std::int64_t eighths = options.ties ? 8 : between(random, 1, 24);
      if (random.one_in(options.ties ? 2 : 5)) eighths = 0;
      cost.traffic = Bytes{static_cast<std::int64_t>(possible * eighths / 8)};
      costs.set(layer, processor, cost);
    }
  }
  return costs;
}

Placement random_placement(std::uint64_t seed, const Network& network, const Hardware& hardware) {
  Random random(seed);
  const std::size_t processors = hardware.processors().size();
  Placement placement{IdVector<LayerId, ProcessorId>(network.layer_count()),
                      IdVector<ProcessorId, std::vector<LayerId>>(processors)};
  // Layers in a random topological order; each processor takes its own in that order.
  IdVector<LayerId, std::size_t> waits_for(network.layer_count());
  std::vector<LayerId> ready;
  for (const LayerId layer : network.layers()) {
    waits_for[layer] = network.predecessors(layer).size();
    if (waits_for[layer] == 0) ready.push_back(layer);
  }
  while (!ready.empty()) {
    std::swap(any_of(random, ready), ready.back());
    const LayerId layer = ready.back();
    ready.pop_back();
    const auto processor = static_cast<ProcessorId>(random.below(processors));
    placement.processor[layer] = processor;
    placement.order[processor].push_back(layer);
    for (const LayerId successor : network.successors(layer)) {
      if (--waits_for[successor] == 0) ready.push_back(successor);
    }
  }
  return placement;
}

namespace {

// Half of what can be read in place, weights among it.
Plan reading_in_place(Random& random, const Network& network, const Hardware& hardware,
                      const Plan& plan) {
  std::vector<InPlace> some;
  for (const TensorId tensor : ids<TensorId>(network.tensors().size())) {
    for (const MemoryId memory : ids<MemoryId>(hardware.memories().size())) {
      const auto home = home_for(network, hardware, plan.placement(), tensor, memory);
      const bool can = std::holds_alternative<MemoryId>(home);
      if (can && random.one_in(2)) some.push_back({tensor, memory, std::get<MemoryId>(home)});
    }
  }
  return std::get<Plan>(with_reads_in_place(network, hardware, plan, some));
}

}  // namespace

Plan random_plan(std::uint64_t seed, const Network& network, const Hardware& hardware,
                 const CaseOptions& options) {
  auto made = make_plan(network, hardware, random_placement(seed, network, hardware), "random");
  const auto* bad = std::get_if<BadPlan>(&made);
  PARTITA_ASSERT(bad == nullptr, bad->reason);
  Plan plan = std::get<Plan>(std::move(made));
  Random random(seed + 1);
  if (options.details && random.one_in(2)) {
    plan = reading_in_place(random, network, hardware, plan);
  }
  std::vector<Transfer> order = plan.transfers();
  shuffle(random, order);
  for (Transfer& transfer : order) {
    if (!options.details || random.one_in(2)) continue;
    transfer.priority = static_cast<std::int32_t>(between(random, 0, 2));
  }
  return with_transfer_order(network, std::move(plan), order);
}

Workload random_workload(std::uint64_t seed, const std::vector<Plan>& plans, Time makespan,
                         const CaseOptions& options) {
  Random random(seed);
  Workload workload;
  if (!random.one_in(3)) workload.in_flight = 1 + random.below(5);
  workload.saturated = workload.in_flight != Workload::kUnlimited && random.one_in(4);
  const std::size_t count = 1 + random.below(12);
  const std::size_t spread = random.below(3);  // 0: all at once
  for (std::size_t i = 0; i < count; ++i) {
    Time arrival{0};
    if (spread > 0) arrival = Time{between(random, 0, makespan.count() * 2 / 3)};
    if (spread > 1) arrival *= static_cast<std::int64_t>(1 + random.below(6));
    // A coarse time is when something else happens.
    if (options.ties || random.one_in(4)) arrival -= arrival % kCoarseTime;
    workload.requests.push_back({arrival, &any_of(random, plans)});
  }
  std::stable_sort(workload.requests.begin(), workload.requests.end(),
                   [](const Request& a, const Request& b) { return a.arrival < b.arrival; });
  return workload;
}

}  // namespace partita::test
