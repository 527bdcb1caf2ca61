#include "partition/runtime/move_cost.h"

#include <algorithm>

#include "models/base/assert.h"

namespace partita {
namespace {

constexpr auto kWeight = static_cast<std::size_t>(Content::Weight);

}  // namespace

MoveCost::MoveCost(const Network& network, const Hardware& hardware)
    : network_(network),
      hardware_(hardware),
      engines_(hardware.engines().size()),
      copiers_(hardware.processors().size()),
      channels_(hardware.channels().size()) {
  clear();
}

void MoveCost::clear() {
  engines_.assign(engines_.size(), Time{0});
  copiers_.assign(copiers_.size(), Time{0});
  channels_.assign(channels_.size(), Time{0});
  longest_ = sum_ = Time{0};
}

MoveCost::LegTime MoveCost::leg_time(const Leg& leg, Bytes size) const {
  const Pace pace = leg.pace(size);
  const Bandwidth rate{std::min(hardware_.fastest(leg, Content::Weight).value, pace.cap)};
  Time serving = pace.wait + std::max(1_ps, size / rate);
  if (leg.engine) {
    const EngineSpec& engine = hardware_.engines()[*leg.engine];
    serving += engine.setup_of(size) + engine.completion;
  } else if (leg.copier) {
    serving += hardware_.processors()[*leg.copier].copy_setup + leg.latency;
    return {serving, serving};
  }
  return {serving, serving + leg.latency};
}

std::optional<Time> MoveCost::alone(TensorId weight, MemoryId src, MemoryId dst) const {
  if (src == dst) return Time{0};
  const Tensor& tensor = network_.tensor(weight);
  if (tensor.transfer_time) return *tensor.transfer_time;
  const Route* route = hardware_.route(src, dst);
  if (route == nullptr) return std::nullopt;
  Time total{0};
  for (const Leg& leg : *route) total += leg_time(leg, tensor.size).total;
  return total;
}

void MoveCost::add(TensorId weight, MemoryId src, MemoryId dst) {
  const std::optional<Time> time = alone(weight, src, dst);
  PARTITA_ASSERT(time, "a weight is moved where no way leads");
  longest_ = std::max(longest_, *time);
  sum_ += *time;
  const Tensor& tensor = network_.tensor(weight);
  if (src == dst || tensor.transfer_time) return;
  for (const Leg& leg : *hardware_.route(src, dst)) {
    const Time serving = leg_time(leg, tensor.size).serving;
    if (leg.engine) {
      engines_[*leg.engine] += serving;
    } else if (leg.copier) {
      copiers_[*leg.copier] += serving;
    }
    const std::vector<std::uint32_t>& uses = leg.uses[kWeight];
    for (std::size_t i = 0; i < leg.channels.size(); ++i) {
      const Wide carried =
          static_cast<Wide>(tensor.size.value) * (uses.empty() ? kWholeUse : uses[i]) / kWholeUse;
      channels_[leg.channels[i]] +=
          time_for(carried, hardware_.channels()[leg.channels[i]].capacity.value);
    }
  }
}

Time MoveCost::together() const {
  Time most = longest_;
  for (const EngineId id : ids<EngineId>(engines_.size())) {
    const int channels = hardware_.engines()[id].channels;
    most = std::max(most, Time{(engines_[id].count() + channels - 1) / channels});
  }
  for (const Time time : copiers_) most = std::max(most, time);
  for (const Time time : channels_) most = std::max(most, time);
  return std::min(most, sum_);
}

}  // namespace partita
