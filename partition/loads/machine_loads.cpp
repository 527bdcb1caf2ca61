#include "partition/loads/machine_loads.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "models/evaluate/fluid.h"
#include "models/plan/multicast.h"

namespace partita::loads {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
class Builder {
 public:
  Builder(const Problem& problem, const Candidates& candidates)
      : problem_(problem), hardware_(problem.hardware), candidates_(candidates) {
    std::int64_t amounts = static_cast<std::int64_t>(problem.network.layer_count()) + 1;
    for (const Tensor& tensor : problem.network.tensors())
      amounts += static_cast<std::int64_t>(tensor.consumers.size()) + 1;
    most_ = (std::int64_t{1} << 59) / amounts;
  }

  std::variant<MachineLoads, Infeasible> run() {
    list_resources();
    list_places_and_devices();
    if (const std::string why = list_items(); !why.empty()) return Infeasible{why};
    list_weights();
    list_nets();
    return std::move(made_);
  }

 private:
  LoadModel& model() { return made_.model; }
  const Network& network() const { return problem_.network; }

  std::int64_t ticks(Wide numerator, Wide denominator) const {
    return static_cast<std::int64_t>(
        std::min<Wide>(numerator * kTicksPerPicosecond / denominator, most_));
  }

  void list_resources() {
    for (const ProcessorSpec& spec : hardware_.processors())
      processor_.push_back(model().resources.push_back(spec.name));
    for (const EngineSpec& spec : hardware_.engines())
      engine_.push_back(model().resources.push_back(spec.name));
    for (const Channel& channel : hardware_.channels())
      channel_.push_back(model().resources.push_back(channel.name));
    packages_.resize(hardware_.packages().size());
    for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size())) {
      const ProcessorSpec& spec = hardware_.processors()[p];
      if (!spec.package) continue;
      const std::string name = spec.name + " in " + hardware_.packages()[*spec.package].name;
      packages_[*spec.package].emplace_back(p, model().resources.push_back(name));
    }
    no_way_ = model().resources.push_back("ways that there are not");
    // A flow never gets less than 1 B/s, even on a channel that is full: at most one such excess for
    // each flow that there can be at once, twice where it crosses the channel twice.
    excess_ = 2 * static_cast<std::int64_t>(hardware_.processors().size());
    for (const EngineSpec& spec : hardware_.engines()) excess_ += 2 * spec.channels;
    for (const ProcessorSpec& spec : hardware_.processors()) excess_ += 2 * spec.streams;
  }

  void list_places_and_devices() {
    for (const MemorySpec& spec : hardware_.memories())
      model().places.push_back({spec.name, spec.capacity});
    for (const ProcessorSpec& spec : hardware_.processors())
      model().devices.push_back({spec.name, place(spec.memory)});
    if (const auto host = hardware_.host())
      outside_ = model().devices.push_back({hardware_.memories()[*host].name, place(*host)});
  }
  static PlaceId place(MemoryId memory) { return PlaceId(index(memory)); }
  static DeviceId device(ProcessorId processor) { return DeviceId(index(processor)); }

  // Groups, and layers without one, in the order of their first layers.
  std::string list_items() {
    IdVector<LayerId, std::size_t> group(network().layer_count(), kAlone);
    const auto& together = problem_.constraints.together;
    for (std::size_t i = 0; i < together.size(); ++i) {
      for (const LayerId layer : together[i]) group[layer] = i;
    }
    std::vector<std::optional<ItemId>> of_group(together.size());
    IdVector<ItemId, std::vector<LayerId>> members;
    for (const LayerId layer : network().layers()) {
      const bool alone = group[layer] == kAlone;
      ItemId item{};
      if (!alone && of_group[group[layer]]) {
        item = *of_group[group[layer]];
      } else {
        item = members.push_back({});
        if (!alone) of_group[group[layer]] = item;
      }
      members[item].push_back(layer);
      made_.item.push_back(item);
    }
    for (const std::vector<LayerId>& layers : members) {
      Item item{.name = network().layer(layers.front()).name, .options = {}, .size = {}};
      for (const LayerId layer : layers) item.beside = std::max(item.beside, beside_weights(layer));
      for (const ProcessorId p : candidates_[layers.front()]) {
        const bool all = std::all_of(layers.begin(), layers.end(),
                                     [&](LayerId layer) { return candidates_.has(layer, p); });
        if (!all) continue;
        Uses uses;
        for (const LayerId layer : layers) add_layer(layer, p, uses);
        item.options.push_back({device(p), summed(std::move(uses))});
      }
      if (item.options.empty())
        return fmt::format("no processor can run layer '{}' and those that must be with it",
                           item.name);
      model().items.push_back(std::move(item));
    }
    if (outside_)
      host_item_ =
          model().items.push_back({.name = "host", .options = {{*outside_, {}}}, .size = {}});
    return "";
  }
  static constexpr std::size_t kAlone = std::numeric_limits<std::size_t>::max();

  // What is there while the layer runs.
  Bytes beside_weights(LayerId layer) const {
    Bytes needed = needed_while_running(network(), layer);
    for (const TensorId weight : weights_of(network(), layer))
      needed = needed - network().tensor(weight).size;
    return needed;
  }

  static Uses summed(Uses uses) {
    std::map<ResourceId, std::int64_t> sums;
    for (const Use& use : uses) sums[use.resource] += use.amount;
    Uses result;
    for (const auto& [resource, amount] : sums) {
      if (amount > 0) result.push_back({resource, amount});
    }
    return result;
  }

  void add_layer(LayerId layer, ProcessorId p, Uses& uses) const {
    const ProcessorSpec& spec = hardware_.processors()[p];
    const LayerCost& cost = *problem_.costs(layer, p);
    const Time time = after(cost.launch_overhead(spec), cost.time);
    const ChannelId channel = hardware_.channel_of(spec.memory);
    const Bandwidth capacity = hardware_.channels()[channel].capacity;
    const LayerDemand demand = layer_demand(time, cost.traffic, capacity);
    const std::size_t members = spec.package ? packages_[*spec.package].size() : 1;
    // Where one busy processor stops the others, more do not do more.
    const std::int64_t ppm =
        spec.package
            ? std::min(kMillion, disturbance_ppm(hardware_.packages()[*spec.package].slowdown))
            : 0;
    const std::int64_t slowest = kMillion + static_cast<std::int64_t>(members - 1) * ppm;
    const std::int64_t crowd =
        std::max(kMillion, share_ppm(spec.stream_share) * static_cast<std::int64_t>(spec.streams));
    // Where the demand is so small that rounding keeps it at 1 B/s, others may not slow it down.
    // What has to wake first, or reads in place, asks for less at once.
    const Time waking = spec.sleep ? spec.sleep->wake : Time{0};
    const Wide least_cap =
        static_cast<Wide>(demand.cap) * time.count() / after(time, waking).count() -
        (waking > Time{0} ? 1 : 0);
    const bool slows = !may_read_in_place(problem_, layer, p) &&
                       least_cap * kMillion * kMillion >= static_cast<Wide>(crowd) * slowest;
    // Of the processor: t / streams * crowd.
    const Wide numerator = static_cast<Wide>(time.count()) * (slows ? crowd : kMillion);
    const Wide denominator = static_cast<Wide>(spec.streams) * kMillion;
    uses.push_back({processor_[index(p)], ticks(numerator, denominator)});
    if (demand.contends) {
      // What has to wake first asks for the same bytes in more time, to the nearest B/s and byte.
      const Wide asked = static_cast<Wide>(time.count()) * demand.cap;
      const Wide rounding = after(time, waking).count() + static_cast<Wide>(std::pico::den);
      uses.push_back({channel_[index(channel)],
                      ticks(waking == Time{0} ? asked : std::max<Wide>(0, asked - rounding),
                            capacity.value + excess_)});
    }
    if (!spec.package) return;
    const Wide streams = static_cast<Wide>(spec.streams) * (slows ? kMillion : slowest);
    for (const auto& [member, resource] : packages_[*spec.package])
      uses.push_back(
          {resource, ticks(numerator / kMillion * (member == p ? kMillion : ppm), streams)});
  }

  void list_weights() {
    for (const Tensor& tensor : network().tensors()) {
      if (tensor.kind != TensorKind::Weight && tensor.kind != TensorKind::Constant) continue;
      std::vector<ItemId> users = items_of(tensor.consumers);
      if (users.size() == 1) {
        model().items[users.front()].size += tensor.size;
      } else if (!users.empty()) {
        model().holdings.push_back({tensor.size, std::move(users)});
      }
    }
  }
  std::vector<ItemId> items_of(const std::vector<LayerId>& layers) const {
    std::vector<ItemId> items;
    for (const LayerId layer : layers) items.push_back(made_.item[layer]);
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    return items;
  }

  void list_nets() {
    for (const Tensor& tensor : network().tensors()) {
      if (tensor.kind != TensorKind::Activation && tensor.kind != TensorKind::Input) continue;
      std::optional<ItemId> producer = host_item_;
      if (tensor.producer) producer = made_.item[*tensor.producer];
      if (!producer) continue;  // an input of a machine without a host is everywhere
      std::vector<ItemId> consumers = items_of(tensor.consumers);
      for (const ItemId consumer : consumers) {
        if (consumer != *producer) model().arcs.push_back({*producer, consumer});
      }
      if (tensor.is_output && host_item_ && tensor.producer) consumers.push_back(*host_item_);
      std::erase(consumers, *producer);
      // A given time is a delay, and takes nobody's time.
      if (consumers.empty() || tensor.transfer_time) continue;
      model().nets.push_back(
          {*producer, std::move(consumers), tariff(content_of(tensor), tensor.size)});
    }
    auto& arcs = model().arcs;
    if (host_item_) {
      std::erase_if(arcs, [&](const auto& arc) { return arc.from == *host_item_; });
    }
    std::sort(arcs.begin(), arcs.end());
    arcs.erase(std::unique(arcs.begin(), arcs.end()), arcs.end());
  }

  TariffId tariff(Content content, Bytes size) {
    const auto [known, is_new] =
        tariffs_.emplace(std::tuple{content, size.value}, TariffId(model().tariffs.size()));
    if (!is_new) return known->second;
    Tariff tariff;
    tariff.once.assign(model().devices.size(), {});
    for (const DeviceId from : ids<DeviceId>(model().devices.size())) {
      const bool is_outside = from == outside_;
      const auto src = MemoryId(static_cast<std::uint32_t>(index(model().devices[from].place)));
      const auto sender = is_outside ? std::optional<ProcessorId>{}
                                     : ProcessorId(static_cast<std::uint32_t>(index(from)));
      IdVector<PlaceId, Uses> each;
      for (const MemoryId dst : ids<MemoryId>(hardware_.memories().size()))
        each.push_back(src == dst ? Uses{} : uses_of(src, dst, sender, content, size, 0));
      share(src, sender, content, size, each, tariff.once[from]);
      tariff.each.push_back(std::move(each));
    }
    return model().tariffs.push_back(std::move(tariff));
  }

  // How many channels of its way a copy may share with one to another memory: 0, none.
  std::uint32_t most_shared(MemoryId src, MemoryId dst, bool has_producer) const {
    const Route* route = hardware_.route(src, dst);
    if (route == nullptr || route->size() > 1) return 0;
    std::uint32_t most = 0;
    for (const MemoryId other : ids<MemoryId>(hardware_.memories().size())) {
      const Route* way = other == src || other == dst ? nullptr : hardware_.route(src, other);
      if (way == nullptr || way->size() > 1) continue;
      most =
          std::max(most, crossed_together(hardware_, route->front(), way->front(), has_producer));
    }
    return most;
  }

  // Where switches send one copy on, what several share is taken by one of them alone: certainly what
  // the cheapest copy takes of a resource, and of each copy what only it can take, beyond that.
  void share(MemoryId src, std::optional<ProcessorId> sender, Content content, Bytes size,
             IdVector<PlaceId, Uses>& each, Uses& once) const {
    std::map<ResourceId, std::int64_t> least;
    std::vector<std::pair<MemoryId, std::uint32_t>> shares;
    std::size_t ways = 0;
    for (const MemoryId dst : ids<MemoryId>(hardware_.memories().size())) {
      if (dst == src || hardware_.route(src, dst) == nullptr) continue;
      const std::uint32_t shared = most_shared(src, dst, sender.has_value());
      if (shared > 0) shares.emplace_back(dst, shared);
      const Uses& uses = each[place(dst)];
      std::map<ResourceId, std::int64_t> both;
      for (const Use& use : uses) {
        const auto known = least.find(use.resource);
        if (ways == 0) both[use.resource] = use.amount;
        if (known != least.end()) both[use.resource] = std::min(known->second, use.amount);
      }
      least = std::move(both);
      ++ways;
    }
    if (shares.empty()) return;
    for (const auto& [dst, shared] : shares) {
      each[place(dst)] = uses_of(src, dst, sender, content, size, shared);
    }
    for (const MemoryId dst : ids<MemoryId>(hardware_.memories().size())) {
      if (dst == src || hardware_.route(src, dst) == nullptr) continue;
      for (Use& use : each[place(dst)]) {
        const auto known = least.find(use.resource);
        if (known != least.end())
          use.amount = std::max<std::int64_t>(0, use.amount - known->second);
      }
      std::erase_if(each[place(dst)], [](const Use& use) { return use.amount == 0; });
    }
    for (const auto& [resource, amount] : least) once.push_back({resource, amount});
  }

  // `shared`: of its only leg, so many channels and who copies may be taken by another copy.
  Uses uses_of(MemoryId src, MemoryId dst, std::optional<ProcessorId> sender, Content content,
               Bytes size, std::uint32_t shared) const {
    const Route* route = hardware_.route(src, dst);
    if (route == nullptr) return {{no_way_, most_}};
    Uses uses;
    for (const Leg& leg : *route) {
      const Pace pace = leg.pace(size);
      const Bandwidth rate{std::min(hardware_.fastest(leg, content).value, pace.cap)};
      Time held = after(pace.wait, std::max(1_ps, size / rate));
      if (shared > 0) {
        // Somebody else's copy may bring it.
      } else if (leg.engine) {
        const EngineSpec& spec = hardware_.engines()[*leg.engine];
        held = after(after(held, spec.setup_of(size)), spec.completion);
        uses.push_back({engine_[index(*leg.engine)], ticks(held.count(), spec.channels)});
      } else {
        const bool by_sender = sender && hardware_.processors()[*sender].memory == leg.src;
        if (const auto copier = by_sender ? sender : leg.copier) {
          held = after(after(held, hardware_.processors()[*copier].copy_setup), leg.latency);
          uses.push_back({processor_[index(*copier)], ticks(held.count(), 1)});
        }
      }
      const auto& parts = leg.uses[static_cast<std::size_t>(content)];
      for (std::size_t i = shared; i < leg.channels.size(); ++i) {
        const Wide part = parts.empty() ? kWholeUse : parts[i];
        const std::int64_t capacity = hardware_.channels()[leg.channels[i]].capacity.value;
        uses.push_back({channel_[index(leg.channels[i])],
                        ticks(picobytes(size).value / kWholeUse * part, capacity + excess_)});
      }
    }
    return summed(std::move(uses));
  }

  const Problem& problem_;
  const Hardware& hardware_;
  const Candidates& candidates_;
  MachineLoads made_;
  std::vector<ResourceId> processor_, engine_, channel_;
  std::vector<std::vector<std::pair<ProcessorId, ResourceId>>> packages_;  // their members
  ResourceId no_way_{};
  std::int64_t most_ = 0;  // of one amount, so that no sum overflows: seconds, for a small network
  std::int64_t excess_ = 0;  // B/s
  std::optional<DeviceId> outside_;
  std::optional<ItemId> host_item_;
  std::map<std::tuple<Content, std::int64_t>, TariffId> tariffs_;
};

}  // namespace

Assignment MachineLoads::assignment_of(const IdVector<LayerId, ProcessorId>& processor) const {
  Assignment assignment(model.items.size());
  // The host's item has nowhere else to be.
  for (const ItemId id : ids<ItemId>(model.items.size()))
    assignment[id] = model.items[id].options.front().device;
  for (const LayerId layer : ids<LayerId>(item.size()))
    assignment[item[layer]] = DeviceId(static_cast<std::uint32_t>(index(processor[layer])));
  return assignment;
}

IdVector<LayerId, ProcessorId> MachineLoads::processors_of(const Assignment& assignment) const {
  IdVector<LayerId, ProcessorId> processor;
  for (const ItemId id : item)
    processor.push_back(ProcessorId(static_cast<std::uint32_t>(index(assignment[id]))));
  return processor;
}

std::variant<MachineLoads, Infeasible> loads_of(const Problem& problem,
                                                const Candidates& candidates) {
  return Builder(problem, candidates).run();
}

Placement placement_of(const Network& network, const Hardware& hardware,
                       const IdVector<LayerId, ProcessorId>& processor) {
  IdVector<LayerId, double> rank;
  for (const LayerId layer : network.layers()) rank.push_back(static_cast<double>(index(layer)));
  return ordered_by(processor, hardware.processors().size(), rank);
}

}  // namespace partita::loads
