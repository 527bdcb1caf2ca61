#include "partition/problem/delays.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "models/evaluate/reads_in_place.h"
#include "models/plan/plan.h"

namespace partita {
namespace {

constexpr std::size_t kLargestTable = 8'000'000;  // entries
constexpr std::int64_t kUnknown = -1, kNoWay = -2;

}  // namespace

Delays::Delays(const Network& network, const Hardware& hardware, Of of)
    : network_(network), hardware_(hardware), of_(of) {
  const std::size_t memories = hardware.memories().size();
  for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
    memory_.push_back(hardware.processors()[p].memory);
    IdVector<MemoryId, Way> ways;
    for (const MemoryId dst : ids<MemoryId>(memories)) ways.push_back(way(memory_[p], p, dst));
    from_processor_.push_back(std::move(ways));
  }
  if (const auto host = hardware.host()) {
    for (const MemoryId dst : ids<MemoryId>(memories))
      from_host_.push_back(way(*host, std::nullopt, dst));
  }
  std::map<std::tuple<std::int64_t, Content, std::optional<Time>>, std::uint32_t> kinds;
  for (const Tensor& tensor : network.tensors()) {
    const auto next = static_cast<std::uint32_t>(kinds.size());
    kind_.push_back(
        kinds.try_emplace({tensor.size.value, content_of(tensor), tensor.transfer_time}, next)
            .first->second);
  }
  if (kinds.size() * (memory_.size() + 1) * memories > kLargestTable) kind_.clear();
  known_.resize(kinds.size());
}

Delays::Way Delays::way(MemoryId src, std::optional<ProcessorId> producer, MemoryId dst) const {
  if (src == dst) return std::vector<Stage>{};
  const Route* route = hardware_.route(src, dst);
  if (route == nullptr) return std::nullopt;
  std::vector<Stage> stages;
  for (const Leg& leg : *route) {
    Stage stage{.fixed = leg.latency, .leg = &leg};
    for (std::size_t i = 0; i < kContents.size(); ++i) {
      stage.fastest[i] = hardware_.fastest(leg, static_cast<Content>(i));
    }
    if (leg.engine) {
      stage.engine = &hardware_.engines()[*leg.engine];
      stage.fixed += stage.engine->completion;
    } else {
      const bool by_producer = producer && memory_[*producer] == leg.src;
      const auto copier = by_producer ? producer : leg.copier;
      if (copier) stage.fixed += hardware_.processors()[*copier].copy_setup;
    }
    stages.push_back(stage);
  }
  return stages;
}

bool Delays::can_be_read_in_place(const std::vector<Stage>& way) {
  return way.size() == 1 && way.front().leg->load_store;
}

std::optional<Time> Delays::along(const Way& way, TensorId id) const {
  const bool at_home = way && way->empty();
  if (at_home) return Time{0};
  const Tensor& tensor = network_.tensor(id);
  if (tensor.transfer_time) return *tensor.transfer_time;
  if (!way) return std::nullopt;
  Time total{0};
  for (const Stage& stage : *way) {
    const Pace pace = stage.leg->pace(tensor.size);
    const Bandwidth fastest = stage.fastest[static_cast<std::size_t>(content_of(tensor))];
    const Bandwidth rate{std::min(fastest.value, pace.cap)};
    total += stage.fixed + pace.wait + std::max(1_ps, tensor.size / rate);
    if (stage.engine != nullptr) total += stage.engine->setup_of(tensor.size);
  }
  if (of_ == Of::Least && can_be_read_in_place(*way)) {
    total = std::min(total, first_access({{way->front().leg, Bytes{}, content_of(tensor)}}));
  }
  return total;
}

std::optional<Time> Delays::known(std::size_t number, const Way& way, TensorId tensor) const {
  if (kind_.empty()) return along(way, tensor);
  std::vector<std::int64_t>& of_kind = known_[kind_[tensor]];
  if (of_kind.empty()) of_kind.assign((memory_.size() + 1) * hardware_.memories().size(), kUnknown);
  std::int64_t& entry = of_kind[number];
  if (entry == kUnknown) {
    const std::optional<Time> found = along(way, tensor);
    entry = found ? found->count() : kNoWay;
  }
  return entry == kNoWay ? std::nullopt : std::optional(Time{entry});
}

std::optional<Time> Delays::to_memory(TensorId tensor, ProcessorId producer, MemoryId dst) const {
  return known(index(producer) * hardware_.memories().size() + index(dst),
               from_processor_[producer][dst], tensor);
}

std::optional<Time> Delays::from_host(TensorId tensor, MemoryId dst) const {
  if (!hardware_.host()) return Time{0};
  return known(memory_.size() * hardware_.memories().size() + index(dst), from_host_[dst], tensor);
}

std::optional<Time> Delays::to_host(TensorId tensor, ProcessorId producer) const {
  const auto host = hardware_.host();
  return host ? to_memory(tensor, producer, *host) : Time{0};
}

}  // namespace partita
