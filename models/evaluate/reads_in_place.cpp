#include "models/evaluate/reads_in_place.h"

#include <algorithm>
#include <limits>

namespace partita {
namespace {

// Of channels, what crosses them: bytes, in units of 1 / kWholeUse.
struct Crossed {
  std::vector<ChannelId> channels;
  std::vector<Wide> parts;

  void add(ChannelId channel, Wide part) {
    const auto found = std::find(channels.begin(), channels.end(), channel);
    if (found == channels.end()) {
      channels.push_back(channel);
      parts.push_back(part);
    } else {
      parts[static_cast<std::size_t>(found - channels.begin())] += part;
    }
  }
};

// Of `traffic`, what a channel can move in that time.
Wide possible(Wide traffic, Time time, Bandwidth capacity) {
  return std::min<Wide>(traffic, static_cast<Wide>(capacity.value) * time.count() / std::pico::den);
}

constexpr Wide divided_up(Wide numerator, Wide denominator) {
  return (numerator + denominator - 1) / denominator;
}

}  // namespace

std::span<const ChannelId> ReadInPlace::channels(const Hardware& hardware) const {
  const bool ends_in_memory = leg->channels.back() == hardware.channel_of(leg->dst) &&
                              hardware.channel_of(leg->dst) != hardware.channel_of(leg->src);
  return {leg->channels.data(), leg->channels.size() - (ends_in_memory ? 1 : 0)};
}

std::vector<ReadInPlace> reads_in_place(const Network& network, const Hardware& hardware,
                                        const Plan& plan, LayerId layer) {
  if (plan.in_place().empty()) return {};
  const MemoryId here = hardware.processors()[plan.processor(layer)].memory;
  std::vector<TensorId> inputs = network.layer(layer).inputs;
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  std::vector<ReadInPlace> reads;
  for (const TensorId input : inputs) {
    const MemoryId from = plan.read_from(input, here);
    if (from == here) continue;
    const Tensor& tensor = network.tensor(input);
    reads.push_back({&hardware.route(from, here)->front(), tensor.size, content_of(tensor)});
  }
  return reads;
}

Time first_access(const std::vector<ReadInPlace>& reads) {
  Time longest{0};
  for (const ReadInPlace& read : reads) longest = std::max(longest, read.leg->latency);
  return after(longest, longest);
}

SpreadDemand spread_demand(const Hardware& hardware, ProcessorId processor, const LayerCost& cost,
                           Time waking, const std::vector<ReadInPlace>& reads) {
  const ProcessorSpec& spec = hardware.processors()[processor];
  const ChannelId own = hardware.channel_of(spec.memory);
  const Bandwidth bandwidth = hardware.channels()[own].capacity;
  const Time launch = after(after(waking, cost.launch_overhead(spec)), first_access(reads));
  SpreadDemand made;
  if (reads.empty()) {
    made.alone = after(launch, cost.time);
    const Wide all = possible(cost.traffic.value, made.alone - waking, bandwidth);
    made.traffic = Bytes{static_cast<std::int64_t>(all)};
    made.demand =
        layer_demand(made.alone, waking == Time{0} ? cost.traffic : made.traffic, bandwidth);
    if (made.demand.contends) made.channels.push_back(own);
    return made;
  }

  Crossed crossed;
  Wide read_bytes = 0;
  for (const ReadInPlace& read : reads) {
    const std::span<const ChannelId> channels = read.channels(hardware);
    const std::vector<std::uint32_t>& uses = read.leg->uses[static_cast<std::size_t>(read.content)];
    for (std::size_t i = 0; i < channels.size(); ++i) {
      const Wide use = uses.empty() ? kWholeUse : uses[i];
      crossed.add(channels[i], use * read.size.value);
    }
    read_bytes += read.size.value;
  }
  const std::size_t read_over = crossed.channels.size();
  const Time own_time = after(cost.launch_overhead(spec), cost.time);
  const Wide local =
      possible(std::max<Wide>(0, cost.traffic.value - read_bytes), own_time, bandwidth);
  const Wide all = read_bytes + local;
  made.traffic = Bytes{static_cast<std::int64_t>(all)};
  if (all == 0) {
    made.alone = after(launch, cost.time);
    made.demand = layer_demand(made.alone, Bytes{}, bandwidth);
    return made;
  }
  crossed.add(own, local * kWholeUse);

  Time longest = cost.time;
  Wide most = kNoCap;
  for (std::size_t i = 0; i < crossed.channels.size(); ++i) {
    if (crossed.parts[i] == 0) continue;
    const Wide use = std::min<Wide>(divided_up(crossed.parts[i], all),
                                    std::numeric_limits<std::uint32_t>::max());
    const Wide capacity = hardware.channels()[crossed.channels[i]].capacity.value;
    made.channels.push_back(crossed.channels[i]);
    made.uses.push_back(static_cast<std::uint32_t>(use));
    most = std::max<Wide>(1, std::min(most, capacity * kWholeUse / use));
    const Wide took = divided_up(all * use * std::pico::den, capacity * kWholeUse);
    if (i >= read_over || took <= longest.count()) continue;
    longest = Time{static_cast<std::int64_t>(std::min<Wide>(took, Time::max().count()))};
    made.limit = crossed.channels[i];
  }
  made.alone = after(launch, longest);
  const auto length = static_cast<std::uint64_t>(made.alone.count());
  const Wide asked = (all * std::pico::den + length / 2) / length;
  const Wide cap = std::clamp<Wide>(asked, 1, most);
  made.demand = {static_cast<std::int64_t>(cap), length, true};
  return made;
}

}  // namespace partita
