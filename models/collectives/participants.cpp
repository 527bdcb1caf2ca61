#include "models/collectives/participants.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "models/network/collective_kind.h"

namespace partita {
namespace {

struct Distance {
  std::size_t legs;
  Time latency;
  std::int64_t slowness;  // of the narrowest channel; below zero: fast
  friend auto operator<=>(const Distance&, const Distance&) = default;
};

Distance distance(const Hardware& hardware, ProcessorId from, ProcessorId to) {
  const MemoryId src = hardware.processors()[from].memory;
  const MemoryId dst = hardware.processors()[to].memory;
  if (src == dst) return {0, Time{0}, std::numeric_limits<std::int64_t>::min()};
  const Route* route = hardware.route(src, dst);
  if (route == nullptr) return {std::numeric_limits<std::size_t>::max(), Time{0}, 0};
  Distance all{route->size(), Time{0}, std::numeric_limits<std::int64_t>::min()};
  for (const Leg& leg : *route) {
    all.latency += leg.latency;
    for (const ChannelId channel : leg.channels) {
      all.slowness = std::max(all.slowness, -hardware.channels()[channel].capacity.value);
    }
  }
  return all;
}

std::vector<ProcessorId> ring_of(const Hardware& hardware, std::set<ProcessorId> left) {
  std::vector<ProcessorId> ring;
  ProcessorId at = *left.begin();
  while (true) {
    ring.push_back(at);
    left.erase(at);
    if (left.empty()) return ring;
    at = *std::min_element(left.begin(), left.end(), [&](ProcessorId a, ProcessorId b) {
      return std::tuple{distance(hardware, at, a), a} < std::tuple{distance(hardware, at, b), b};
    });
  }
}

}  // namespace

Participants participants_of(const Network& network, const Hardware& hardware, const Plan& plan,
                             LayerId collective) {
  const Layer& layer = network.layer(collective);
  const std::vector<TensorId> operands = collective_operands(network, layer);
  const auto reader_of = [&](std::size_t result) -> std::optional<ProcessorId> {
    if (result >= layer.outputs.size()) return std::nullopt;
    const auto& consumers = network.tensor(layer.outputs[result]).consumers;
    if (consumers.empty()) return std::nullopt;
    return plan.processor(consumers.front());
  };
  std::vector<ProcessorId> makers, holders;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const auto producer = network.tensor(operands[i]).producer;
    makers.push_back(producer ? plan.processor(*producer)
                              : reader_of(i).value_or(plan.processor(collective)));
  }
  const OpKind kind = *collective_of(layer);
  const bool goes_to_readers = comes_from_one(kind) || goes_to_one(kind);
  for (std::size_t i = 0; i < layer.outputs.size(); ++i) {
    holders.push_back(goes_to_readers ? reader_of(i).value_or(makers.front()) : makers[i]);
  }

  std::set<ProcessorId> distinct(makers.begin(), makers.end());
  distinct.insert(holders.begin(), holders.end());
  Participants all{ring_of(hardware, std::move(distinct)), {}, {}};
  const auto place = [&](ProcessorId processor) {
    const auto found = std::find(all.ring.begin(), all.ring.end(), processor);
    return static_cast<std::size_t>(found - all.ring.begin());
  };
  for (const ProcessorId maker : makers) all.of_operand.push_back(place(maker));
  for (const ProcessorId holder : holders) all.of_result.push_back(place(holder));
  return all;
}

std::optional<SwitchId> reducing_switch(const Hardware& hardware,
                                        const std::vector<ProcessorId>& participants) {
  for (const SwitchId id : ids<SwitchId>(hardware.switches().size())) {
    if (!hardware.switches()[id].reduction) continue;
    const auto is_joined = [&](ProcessorId participant) {
      const Endpoint memory{hardware.processors()[participant].memory};
      return std::any_of(hardware.links().begin(), hardware.links().end(),
                         [&](const LinkSpec& link) {
                           return (link.a == memory && link.b == Endpoint{id}) ||
                                  (link.b == memory && link.a == Endpoint{id});
                         });
    };
    if (std::all_of(participants.begin(), participants.end(), is_joined)) return id;
  }
  return std::nullopt;
}

}  // namespace partita
