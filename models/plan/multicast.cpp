#include "models/plan/multicast.h"

#include <algorithm>
#include <numeric>

namespace partita {
namespace {

// Transfers that may become a multicast.
struct Group {
  std::int32_t priority = 0;
  std::vector<Multicast::Branch> branches;
  std::vector<const Leg*> legs;
};

bool join(const Hardware& hardware, const Tensor& tensor, Group& group, std::uint32_t transfer,
          const Leg& leg) {
  std::uint32_t most = 0;
  for (const Leg* other : group.legs) {
    const std::uint32_t shared =
        crossed_together(hardware, leg, *other, tensor.producer.has_value());
    if (shared == 0) return false;
    most = std::max(most, shared);
  }
  group.branches.push_back({transfer, most});
  group.legs.push_back(&leg);
  return true;
}

Leg way_of(const Group& group) {
  Leg way;
  const Leg& first = *group.legs.front();
  way.src = first.src;
  way.dst = first.dst;
  way.engine = first.engine;
  way.copier = first.copier;
  way.priorities = true;
  way.together = group.legs;
  for (std::size_t i = 0; i < group.legs.size(); ++i) {
    const Leg& leg = *group.legs[i];
    const auto from = static_cast<std::ptrdiff_t>(group.branches[i].parts_at);
    way.channels.insert(way.channels.end(), leg.channels.begin() + from, leg.channels.end());
    way.latency = std::max(way.latency, leg.latency);
    way.priorities = way.priorities && leg.priorities;
  }
  for (std::size_t content = 0; content < kContents.size(); ++content) {
    const bool packs = std::any_of(group.legs.begin(), group.legs.end(),
                                   [&](const Leg* leg) { return !leg->uses[content].empty(); });
    if (!packs) continue;
    for (std::size_t i = 0; i < group.legs.size(); ++i) {
      const Leg& leg = *group.legs[i];
      for (std::size_t at = group.branches[i].parts_at; at < leg.channels.size(); ++at) {
        const bool leg_packs = !leg.uses[content].empty();
        way.uses[content].push_back(leg_packs ? leg.uses[content][at]
                                              : static_cast<std::uint32_t>(kWholeUse));
      }
    }
  }
  return way;
}

}  // namespace

std::uint32_t crossed_together(const Hardware& hardware, const Leg& a, const Leg& b,
                               bool has_producer) {
  if (a.engine != b.engine || (!a.engine && !has_producer && a.copier != b.copier)) return 0;
  const auto part =
      std::mismatch(a.channels.begin(), a.channels.end(), b.channels.begin(), b.channels.end());
  const auto shared = static_cast<std::size_t>(part.first - a.channels.begin());
  // The first channel is the source memory's; each of the others but the last leads to a switch.
  if (shared < 2 || shared - 2 >= a.switches.size()) return 0;
  const bool can_fork = hardware.switches()[a.switches[shared - 2]].multicast;
  return can_fork ? static_cast<std::uint32_t>(shared) : 0;
}

Multicasts::Multicasts(const Network& network, const Hardware& hardware, const Plan& plan,
                       const std::vector<bool>& shared) {
  const auto& switches = hardware.switches();
  if (std::none_of(switches.begin(), switches.end(),
                   [](const SwitchSpec& node) { return node.multicast; })) {
    return;
  }
  of_.assign(plan.transfers().size(), kNone);
  std::vector<std::uint32_t> posted;
  std::vector<Group> groups;  // of one tensor
  const auto keep = [&] {
    for (const Group& group : groups) {
      if (group.branches.size() < 2) continue;
      for (const Multicast::Branch& branch : group.branches) {
        of_[branch.transfer] = static_cast<std::uint32_t>(all_.size());
      }
      all_.push_back({group.branches, way_of(group)});
    }
    groups.clear();
  };
  const auto find = [&](Plan::Range range) {
    if (range.last - range.first < 2) return;
    posted.resize(range.last - range.first);
    std::iota(posted.begin(), posted.end(), range.first);
    std::stable_sort(posted.begin(), posted.end(), [&](std::uint32_t a, std::uint32_t b) {
      return plan.transfers()[a].tensor < plan.transfers()[b].tensor;
    });
    for (std::size_t i = 0; i < posted.size(); ++i) {
      const Transfer& transfer = plan.transfers()[posted[i]];
      if (i > 0 && plan.transfers()[posted[i - 1]].tensor != transfer.tensor) keep();
      const Tensor& tensor = network.tensor(transfer.tensor);
      if (tensor.transfer_time || (!shared.empty() && shared[posted[i]])) continue;
      const Route& route = *hardware.route(transfer.src, transfer.dst);
      if (route.size() > 1) continue;
      const bool joined = std::any_of(groups.begin(), groups.end(), [&](Group& group) {
        return group.priority == transfer.priority &&
               join(hardware, tensor, group, posted[i], route.front());
      });
      if (!joined) groups.push_back({transfer.priority, {{posted[i], 0}}, {&route.front()}});
    }
    keep();
  };
  find(plan.input_transfers());
  for (const LayerId layer : network.layers()) find(plan.transfers_of(layer));
}

}  // namespace partita
