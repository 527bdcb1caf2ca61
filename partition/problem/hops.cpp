#include "partition/problem/hops.h"

#include <map>
#include <tuple>

#include "models/plan/plan.h"
#include "partition/problem/idle_machine.h"

namespace partita {
namespace {

using Kind = std::tuple<Bytes, Content, std::optional<Time>>;

Kind kind_of(const Tensor& tensor) {
  return {tensor.size, content_of(tensor), tensor.transfer_time};
}

}  // namespace

std::size_t Hops::entries(const Problem& problem) {
  std::map<Kind, char> kinds;
  for (const Tensor& tensor : problem.network.tensors()) {
    if (tensor.producer) kinds.try_emplace(kind_of(tensor));
  }
  return kinds.size() * problem.hardware.processors().size() * problem.hardware.memories().size();
}

Hops::Hops(const Problem& problem, const Delays& delays)
    : processors_(problem.hardware.processors().size()),
      memories_(problem.hardware.memories().size()),
      servers_(0) {
  const std::size_t engines = problem.hardware.engines().size();
  std::vector<std::uint32_t> number(engines + processors_, kNobody);  // of those that serve
  const auto number_of = [&](std::size_t who) {
    if (number[who] == kNobody) number[who] = static_cast<std::uint32_t>(servers_++);
    return number[who];
  };
  std::map<Kind, std::uint32_t> kinds;
  for (const TensorId id : ids<TensorId>(problem.network.tensors().size())) {
    const Tensor& tensor = problem.network.tensor(id);
    const auto next = static_cast<std::uint32_t>(kinds.size());
    if (!tensor.producer) {
      kind_.push_back(0);  // nobody asks
      continue;
    }
    const auto [found, is_new] = kinds.try_emplace(kind_of(tensor), next);
    kind_.push_back(found->second);
    if (!is_new) continue;
    for (const ProcessorId src : ids<ProcessorId>(processors_)) {
      for (const MemoryId dst : ids<MemoryId>(memories_)) {
        Range range{static_cast<std::uint32_t>(hops_.size()), 0};
        if (const auto way = delays.hops(id, src, dst)) {
          for (const Delays::Hop& hop : *way) {
            std::uint32_t server = kNobody;
            std::int64_t held = hop.held.count();
            if (hop.engine) {
              server = number_of(index(*hop.engine));
              held /= problem.hardware.engines()[*hop.engine].channels;
            } else if (hop.copier) {
              server = number_of(engines + index(*hop.copier));
            }
            hops_.push_back({server, held, (hop.held + hop.after).count() - held});
          }
        } else {
          hops_.push_back({kNobody, 0, IdleMachine::kNever});
        }
        range.count = static_cast<std::uint32_t>(hops_.size()) - range.first;
        ranges_.push_back(range);
      }
    }
  }
}

}  // namespace partita
