#include "models/analysis/what_if.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "models/analysis/owners.h"

namespace partita {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 2;

template <class Rate>
Rate doubled(Rate rate) {
  return Rate{std::min(rate.value, kMost) * 2};
}
constexpr Time halved(Time time) { return Time{(time.count() + 1) / 2}; }

std::string list(const std::vector<std::string>& names) {
  if (names.size() <= 3) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} to {} ({})", names.front(), names.back(), names.size());
}

// Of parts of one kind.
std::string described(const std::vector<Part>& parts, const Hardware& hardware) {
  const PartKind kind = parts.front().kind;
  std::vector<std::string> names;
  for (const Part& part : parts) names.push_back(part_name(part, hardware));
  const char* s = parts.size() > 1 ? "s" : "";
  switch (kind) {
    case PartKind::Compute: return fmt::format("2 x faster {}", list(names));
    case PartKind::Launch: return fmt::format("half the launch overhead of {}", list(names));
    case PartKind::CopySetup: return fmt::format("half the set-up of copies by {}", list(names));
    case PartKind::Wake: return fmt::format("half the time that {} takes to wake", list(names));
    case PartKind::EngineSetup:
      return fmt::format("half the set-up of engine{} {}", s, list(names));
    case PartKind::Link: return fmt::format("2 x bandwidth of link{} {}", s, list(names));
    case PartKind::Memory: return fmt::format("2 x bandwidth of memory {}", list(names));
    case PartKind::Latency: return "half the latency of links and switches";
    case PartKind::Neighbours:
      return fmt::format("half the slowdown by neighbours in {}", list(names));
    case PartKind::Others: return fmt::format("no load of others on {}", list(names));
    case PartKind::Given:
    case PartKind::Requests:
    case PartKind::Unknown: break;
  }
  return {};  // no number of the machine file stands behind it
}

// What is equal in all but name is improved together as well: nobody buys one faster link of eight.
std::string family(const Part& part, const Hardware& hardware) {
  if (part.kind == PartKind::Link) return "link " + hardware.links()[LinkId{part.id}].kind;
  if (part.kind == PartKind::EngineSetup) return "engine";
  if (part.kind != PartKind::Compute && part.kind != PartKind::Launch) return {};
  const ProcessorSpec& spec = hardware.processors()[ProcessorId{part.id}];
  std::string text =
      fmt::format("processor {} {}", static_cast<int>(part.kind), to_string(spec.kind));
  for (const auto& peak : spec.peak) text += fmt::format(" {}", peak ? peak->value : 0);
  return text;
}

// A link that limits transfers only together with others of the same bandwidth on their way is
// improved with them: alone, nothing would change.
std::vector<Part> as_narrow(const WorkloadRun& run, const ChannelOwners& owners, const Part& link) {
  const IdVector<ChannelId, Channel>& channels = run.hardware.channels();
  std::set<Part> all{link};
  for (const PlanRun& one : run.requests) {
    for (const LegSpan& span : one.timeline.legs) {
      const Leg* leg = one.way(span);
      if (leg == nullptr) continue;
      const ChannelId limit = narrowest(run.hardware, *leg, content_of(one.tensor(span)));
      if (owner_part(owners, limit) != link) continue;
      for (const ChannelId channel : leg->channels) {
        if (channels[channel].capacity == channels[limit].capacity) {
          all.insert(owner_part(owners, channel));
        }
      }
    }
  }
  const bool links_only = std::all_of(all.begin(), all.end(),
                                      [](const Part& part) { return part.kind == PartKind::Link; });
  return links_only ? std::vector<Part>(all.begin(), all.end()) : std::vector<Part>{link};
}

void improve(HardwareParts& parts, const Part& part) {
  switch (part.kind) {
    case PartKind::Compute:
      for (auto& peak : parts.processors[ProcessorId{part.id}].peak) {
        if (peak) peak = doubled(*peak);
      }
      return;
    case PartKind::Launch: {
      Time& overhead = parts.processors[ProcessorId{part.id}].launch_overhead;
      overhead = halved(overhead);
      return;
    }
    case PartKind::CopySetup: {
      Time& setup = parts.processors[ProcessorId{part.id}].copy_setup;
      setup = halved(setup);
      return;
    }
    case PartKind::Wake: {
      std::optional<SleepSpec>& sleep = parts.processors[ProcessorId{part.id}].sleep;
      if (sleep) sleep->wake = halved(sleep->wake);
      return;
    }
    case PartKind::EngineSetup: {
      EngineSpec& engine = parts.engines[EngineId{part.id}];
      engine.setup = halved(engine.setup);
      engine.completion = halved(engine.completion);
      return;
    }
    case PartKind::Link: {
      LinkSpec& link = parts.links[LinkId{part.id}];
      link.bandwidth = doubled(link.bandwidth);
      for (Regime& regime : link.regimes) {
        regime.bandwidth = doubled(regime.bandwidth);
        regime.time = halved(regime.time);
      }
      return;
    }
    case PartKind::Memory: {
      Bandwidth& bandwidth = parts.memories[MemoryId{part.id}].bandwidth;
      bandwidth = doubled(bandwidth);
      return;
    }
    case PartKind::Latency:
      for (LinkSpec& link : parts.links) link.latency = halved(link.latency);
      for (SwitchSpec& node : parts.switches) node.latency = halved(node.latency);
      return;
    case PartKind::Neighbours: {
      double& slowdown = parts.packages[part.id].slowdown;
      slowdown = 1 + (slowdown - 1) / 2;
      return;
    }
    case PartKind::Others:
      std::erase_if(parts.load, [&](const LoadSpec& load) {
        return loaded_processor(load.effect) == ProcessorId{part.id};
      });
      return;
    case PartKind::Given:
    case PartKind::Requests:
    case PartKind::Unknown: return;
  }
}

void add_engine(HardwareParts& parts, const Part& part) {
  const ProcessorSpec& spec = parts.processors[ProcessorId{part.id}];
  EngineSpec engine;
  engine.name = "dma of " + spec.name;
  engine.memory = spec.memory;
  engine.setup = spec.copy_setup;
  parts.engines.push_back(engine);
}

// One change of `parts`, in the way that it says.
void apply(HardwareParts& parts, const Part& part, Change::How how) {
  switch (how) {
    case Change::How::Better: return improve(parts, part);
    case Change::How::AddEngine: return add_engine(parts, part);
    case Change::How::AddChannel: ++parts.engines[EngineId{part.id}].channels; return;
  }
}

bool is_part_of(const Change& some, const Change& more) {
  return some.how == more.how && some.parts.size() < more.parts.size() &&
         std::all_of(some.parts.begin(), some.parts.end(), [&](const Part& part) {
           return std::find(more.parts.begin(), more.parts.end(), part) != more.parts.end();
         });
}

}  // namespace

std::vector<Change> changes_for(const WorkloadRun& run, const std::vector<PartTime>& parts,
                                std::size_t most) {
  const Hardware& hardware = run.hardware;
  const ChannelOwners owners = owners_of(hardware);
  std::vector<Change> changes;
  std::map<std::string, std::vector<Part>> families;
  for (const PartTime& each : parts) {
    if (changes.size() >= most) break;
    const std::string what = described({each.part}, hardware);
    if (what.empty()) continue;
    changes.push_back({what, {each.part}});
    if (each.part.kind == PartKind::Link) {
      const std::vector<Part> together = as_narrow(run, owners, each.part);
      if (together.size() > 1) changes.push_back({described(together, hardware), together});
    }
    if (const std::string of = family(each.part, hardware); !of.empty()) {
      families[of].push_back(each.part);
    }
  }
  for (auto& [name, members] : families) {
    if (members.size() < 2) continue;
    std::sort(members.begin(), members.end());
    changes.push_back({described(members, hardware), members});
  }
  std::set<ProcessorId> copiers;
  std::set<EngineId> queues;
  for (const PlanRun& one : run.requests) {
    for (const LegSpan& leg : one.timeline.legs) {
      if (leg.copier) copiers.insert(*leg.copier);
      if (leg.engine && leg.start > leg.queued) queues.insert(*leg.engine);
    }
  }
  for (const ProcessorId id : copiers) {
    changes.push_back({fmt::format("a DMA engine for {}", hardware.processors()[id].name),
                       {{PartKind::CopySetup, static_cast<std::uint32_t>(index(id))}},
                       Change::How::AddEngine});
  }
  for (const EngineId id : queues) {
    changes.push_back({fmt::format("a channel more for engine {}", hardware.engines()[id].name),
                       {{PartKind::EngineSetup, static_cast<std::uint32_t>(index(id))}},
                       Change::How::AddChannel});
  }
  // Links that are as narrow may all be there are of their kind.
  std::set<std::pair<Change::How, std::vector<Part>>> known;
  std::erase_if(changes,
                [&](const Change& each) { return !known.emplace(each.how, each.parts).second; });
  return changes;
}

ChangedMachine changed(const WorkloadRun& run, const Change& change) {
  HardwareParts parts = run.hardware.parts();
  for (const Part& part : change.parts) apply(parts, part, change.how);
  ChangedMachine made{HardwareBuilder::build(std::move(parts)), run.costs};
  for (const ProcessorId processor : ids<ProcessorId>(run.hardware.processors().size())) {
    const bool faster =
        std::find(change.parts.begin(), change.parts.end(),
                  Part{PartKind::Compute, static_cast<std::uint32_t>(index(processor))}) !=
        change.parts.end();
    for (const LayerId layer : run.network.layers()) {
      std::optional<LayerCost> cost = run.costs(layer, processor);
      if (!cost) continue;
      if (cost->source == CostSource::Estimated) {
        const auto before = roofline(run.network, layer, run.hardware, processor);
        const auto after = roofline(run.network, layer, made.hardware, processor);
        if (!before || !after || before->time == after->time) continue;
        // Estimates may have been corrected since.
        cost->time = Time{static_cast<std::int64_t>(static_cast<Wide>(cost->time.count()) *
                                                    after->time.count() / before->time.count())};
        cost->time = std::max(cost->time, Time{1});
      } else if (faster) {
        cost->time = halved(cost->time);
      }
      made.costs.set(layer, processor, cost);
    }
  }
  return made;
}

std::vector<Time> one_after_another(std::size_t count,
                                    const std::function<Time(std::size_t)>& task) {
  std::vector<Time> results;
  for (std::size_t i = 0; i < count; ++i) results.push_back(task(i));
  return results;
}

std::vector<WhatIf> try_changes(const WorkloadRun& run, const std::vector<Change>& changes,
                                const Trial& trial, std::size_t most, Time now,
                                const RunAll& run_all) {
  const std::vector<Time> times = run_all(changes.size(), [&](std::size_t i) {
    const ChangedMachine machine = changed(run, changes[i]);
    return trial(machine.hardware, machine.costs);
  });
  std::vector<WhatIf> better;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (times[i] < now) better.push_back({changes[i], times[i]});
  }
  std::stable_sort(better.begin(), better.end(),
                   [](const WhatIf& a, const WhatIf& b) { return a.time < b.time; });
  // What saves no more than a part of it is not worth its price.
  std::vector<WhatIf> found;
  for (const WhatIf& each : better) {
    const bool is_waste = std::any_of(better.begin(), better.end(), [&](const WhatIf& other) {
      return other.time <= each.time && is_part_of(other.change, each.change);
    });
    if (!is_waste && found.size() < most) found.push_back(each);
  }
  return found;
}

}  // namespace partita
