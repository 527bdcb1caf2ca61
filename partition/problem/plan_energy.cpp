#include "partition/problem/plan_energy.h"

#include <algorithm>

#include "models/analysis/energy.h"
#include "models/plan/multicast.h"

namespace partita {

PlanEnergy::PlanEnergy(const Network& network, const Hardware& hardware, const CostTable& costs)
    : network_(network),
      hardware_(hardware),
      costs_(costs),
      layers_(network.layer_count(), std::vector<Wide>(hardware.processors().size())),
      ways_(hardware.memories().size() * hardware.memories().size()),
      work_(hardware.processors().size()) {
  for (const MemorySpec& memory : hardware.memories()) idle_ += memory.idle.value;
  for (const LinkSpec& link : hardware.links()) idle_ += link.idle.value;
  for (const SwitchSpec& node : hardware.switches()) idle_ += node.idle.value;
  price_channels();
  price_layers();
  price_ways();
}

void PlanEnergy::price_channels() {
  prices_.resize(hardware_.channels().size());
  for (const MemoryId id : ids<MemoryId>(hardware_.memories().size())) {
    const MemorySpec& memory = hardware_.memories()[id];
    if (!memory.part_of) prices_[hardware_.channel_of(id)].energy = memory.energy;
  }
  for (const LinkId id : ids<LinkId>(hardware_.links().size())) {
    const LinkSpec& link = hardware_.links()[id];
    for (const ChannelId channel : hardware_.channels_of(id)) {
      prices_[channel] = {link.energy, link.compression ? &*link.compression : nullptr};
    }
  }
}

// At most what the memory can move in the time that the layer takes alone.
void PlanEnergy::price_layers() {
  for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size())) {
    const ProcessorSpec& spec = hardware_.processors()[p];
    const ChannelId channel = hardware_.channel_of(spec.memory);
    const Wide capacity = hardware_.channels()[channel].capacity.value;
    for (const LayerId layer : network_.layers()) {
      const auto& cost = costs_(layer, p);
      if (!cost) continue;
      const Time alone = cost->launch_overhead(spec) + cost->time;
      const Wide moved =
          std::min<Wide>(cost->traffic.value, capacity * alone.count() / std::pico::den);
      layers_[layer][index(p)] = moved * prices_[channel].energy.value;
    }
  }
}

PlanEnergy::Way PlanEnergy::way_over(const std::vector<ChannelId>& channels) const {
  Way way;
  for (const ChannelId channel : channels) {
    const ChannelPrice& price = prices_[channel];
    if (price.energy.value == 0) continue;
    if (price.compression != nullptr) {
      way.packed.push_back({price.compression, price.energy});
    } else {
      way.per_byte += price.energy.value;
    }
  }
  return way;
}

void PlanEnergy::price_ways() {
  const std::size_t memories = hardware_.memories().size();
  for (const MemoryId src : ids<MemoryId>(memories)) {
    for (const MemoryId dst : ids<MemoryId>(memories)) {
      const Route* route = src == dst ? nullptr : hardware_.route(src, dst);
      if (route == nullptr) continue;
      Way& way = ways_[index(src) * memories + index(dst)];
      for (const Leg& leg : *route) {
        const Way more = way_over(leg.channels);
        way.per_byte += more.per_byte;
        way.packed.insert(way.packed.end(), more.packed.begin(), more.packed.end());
      }
    }
  }
}

Wide PlanEnergy::of_way(TensorId id, MemoryId src, MemoryId dst) const {
  const Tensor& tensor = network_.tensor(id);
  if (tensor.transfer_time) return 0;  // it crosses nothing
  return of_way(tensor, ways_[index(src) * hardware_.memories().size() + index(dst)]);
}

Wide PlanEnergy::of_way(const Tensor& tensor, const Way& way) const {
  Wide sum = way.per_byte * tensor.size.value;
  for (const Packed& packed : way.packed) {
    sum += static_cast<Wide>(packed.by->packed(content_of(tensor), tensor.size).value) *
           packed.energy.value;
  }
  return sum;
}

Wide PlanEnergy::of_read(const ReadInPlace& read) const {
  Wide sum = 0;
  for (const ChannelId channel : read.channels(hardware_)) {
    const ChannelPrice& price = prices_[channel];
    const Bytes crossing = price.compression == nullptr
                               ? read.size
                               : price.compression->packed(read.content, read.size);
    sum += static_cast<Wide>(price.energy.value) * crossing.value;
  }
  return sum;
}

// What it reads in place does not come from its memory.
Wide PlanEnergy::of_layer(const Plan& plan, LayerId layer, ProcessorId p) const {
  const std::vector<ReadInPlace> reads = reads_in_place(network_, hardware_, plan, layer);
  if (reads.empty()) return of_layer(layer, p);
  const auto& cost = costs_(layer, p);
  Bytes local = spread_demand(hardware_, p, *cost, Time{0}, reads).traffic;
  Wide sum = 0;
  for (const ReadInPlace& read : reads) {
    local = local - read.size;
    sum += of_read(read);
  }
  return sum + of_memory(hardware_.processors()[p].memory, local);
}

Wide PlanEnergy::of(const Plan& plan, const Timeline& timeline) {
  if (!timeline.interrupted.empty()) {
    const PlanRun run{timeline, network_, hardware_, plan, costs_};
    return consumption_of(run, activity_of(run), traffic_of(run)).total.energy;
  }
  Wide sum = idle_ * timeline.makespan.count();
  for (auto& spans : work_) spans.clear();
  for (const LayerId layer : network_.layers()) {
    const LayerSpan& span = timeline.layers[layer];
    sum += of_layer(plan, layer, span.processor);
    work_[span.processor].emplace_back(span.start, span.finish);
  }
  for (const LegSpan& leg : timeline.legs) {
    if (leg.copier) work_[*leg.copier].emplace_back(leg.start, leg.finish);
  }
  const Multicasts multicasts(network_, hardware_, plan);
  for (std::uint32_t i = 0; i < plan.transfers().size(); ++i) {
    const Transfer& transfer = plan.transfers()[i];
    if (multicasts.of(i) == nullptr) sum += of_way(transfer.tensor, transfer.src, transfer.dst);
  }
  for (const Multicast& all : multicasts.all()) {
    const Tensor& tensor = network_.tensor(plan.transfers()[all.first()].tensor);
    sum += of_way(tensor, way_over(all.way.channels));
  }
  for (const ProcessorId p : ids<ProcessorId>(work_.size())) {
    sum += of_processor(p, timeline.makespan);
  }
  return sum;
}

// Active while any of its work goes on, else idle, or asleep once that has lasted long enough.
Wide PlanEnergy::of_processor(ProcessorId p, Time makespan) {
  const ProcessorSpec& spec = hardware_.processors()[p];
  auto& spans = work_[p];
  std::sort(spans.begin(), spans.end());
  Wide sum = 0;
  const auto rest = [&](Time length) {
    const Time awake = spec.sleep ? std::min(spec.sleep->after, length) : length;
    sum += static_cast<Wide>(spec.idle.value) * awake.count();
    if (spec.sleep) sum += static_cast<Wide>(spec.sleep->power.value) * (length - awake).count();
  };
  Time until{0};
  for (const auto& [start, finish] : spans) {
    if (finish <= until) continue;
    if (start > until) rest(start - until);
    sum += static_cast<Wide>(spec.active.value) * (finish - std::max(start, until)).count();
    until = finish;
  }
  if (until < makespan) rest(makespan - until);
  return sum;
}

Energy whole_nanojoules(Wide femtojoules) {
  Consumed consumed;
  consumed.energy = femtojoules;
  return energy(consumed);
}

}  // namespace partita
