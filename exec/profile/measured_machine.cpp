#include "exec/profile/measured_machine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>

#include "exec/profile/copy_fit.h"

namespace partita::exec {
namespace {

// Below this a time tells about fixed costs, not about a rate.
constexpr std::int64_t kLeastFlops = 1'000'000;
// Rates are written with three digits or so; a share above 1 by rounding would be refused.
constexpr double kMostShare = 1.0, kLeastShare = 1e-6;

struct Family {
  double flops = 0, time = 0;  // FLOP, seconds
};

// What a processor's layers say about it; zeros: nothing.
struct Rates {
  double peak = 0, bandwidth = 0;  // FLOP/s, B/s
  std::array<Family, kOpFamilies.size()> families;
};

bool moves_nothing(OpKind kind) { return kind == OpKind::Reshape || kind == OpKind::Identity; }

void add_rates(Rates& rates, const Network& network, const Profile& profile,
               const std::string& processor) {
  for (const LayerId id : network.layers()) {
    const Layer& layer = network.layer(id);
    const ProfileRow* row = profile.layer(network.signature(id), processor);
    if (row == nullptr || moves_nothing(layer.kind)) continue;
    const double time = seconds(row->median);
    const auto flops = static_cast<double>(layer.work.flops.value);
    const auto traffic = static_cast<double>(layer.work.traffic().value);
    Family& family = rates.families[static_cast<std::size_t>(info(layer.kind).family)];
    family.flops += flops;
    family.time += time;
    if (flops >= kLeastFlops) rates.peak = std::max(rates.peak, flops / time);
    // The most that any layer took, caches included: a ceiling, which the compute side stays below
    // on average.
    rates.bandwidth = std::max(rates.bandwidth, traffic / time);
  }
}

double share(double value) { return std::clamp(value, kLeastShare, kMostShare); }

void set_rates(ProcessorSpec& processor, const Rates& rates, double memory_bandwidth) {
  auto& peak = processor.peak[static_cast<std::size_t>(DataType::F32)];
  if (rates.peak > 0) {
    peak = FlopRate{static_cast<std::int64_t>(rates.peak)};
    for (std::size_t i = 0; i < rates.families.size(); ++i) {
      const Family& family = rates.families[i];
      if (family.flops <= 0 || family.time <= 0) continue;
      processor.efficiency[i] = share(family.flops / family.time / rates.peak);
    }
  }
  if (rates.bandwidth > 0)
    processor.bandwidth_efficiency = share(rates.bandwidth / memory_bandwidth);
}

// Two processors that take turns are half as fast; whoever measures worse measured something else.
constexpr double kWorstSlowdown = 2;

// What others of each package did to its layers. With k at once, layers take
// 1 + (k - 1) (slowdown - 1) times as long: so the time that a layer loses counts for each of the
// k - 1 others.
void set_slowdowns(HardwareParts& parts, const Profile& profile) {
  struct Sum {
    double alone = 0, lost = 0;
  };
  std::map<std::string, std::size_t> package_of;
  for (const ProcessorSpec& processor : parts.processors) {
    if (processor.package) package_of[processor.name] = *processor.package;
  }
  std::map<std::size_t, Sum> sums;
  for (const ProfileRow& row : profile.rows()) {
    const auto package = package_of.find(row.processor);
    if (row.kind != "interference" || !row.slowdown() || package == package_of.end()) continue;
    bool all_in_it = true;
    std::istringstream others(row.with);
    for (std::string other; std::getline(others, other, '+');) {
      const auto found = package_of.find(other);
      all_in_it = all_in_it && found != package_of.end() && found->second == package->second;
    }
    if (!all_in_it) continue;
    sums[package->second].alone += seconds(*row.alone);
    sums[package->second].lost += seconds(row.median - *row.alone) / (row.level - 1);
  }
  for (const auto& [package, sum] : sums) {
    parts.packages[package].slowdown = std::clamp(1 + sum.lost / sum.alone, 1.0, kWorstSlowdown);
  }
}

// Copies that the processor made alone, or engines at its memory for it.
std::vector<MeasuredCopy> copies_of(const Profile& profile, const std::string& processor) {
  std::vector<MeasuredCopy> copies;
  for (const ProfileRow& row : profile.rows()) {
    if (row.kind != "copy" || row.processor != processor || row.size.value == 0) continue;
    copies.push_back({row.size, row.median, std::max(1, row.samples)});
  }
  return copies;
}

}  // namespace

HardwareParts measured_machine(const Network& network, const Hardware& before,
                               const Profile& profile) {
  return measured_machine(std::vector{&network}, before, profile);
}

HardwareParts measured_machine(const std::vector<const Network*>& networks, const Hardware& before,
                               const Profile& profile) {
  HardwareParts parts = before.parts();
  IdVector<ProcessorId, Rates> rates;
  // What a memory gives is what its processors have been seen to take; whether they can take it all
  // at once only runs of several processors tell.
  IdVector<MemoryId, double> taken(parts.memories.size(), 0.0);
  const auto whole = [&](MemoryId memory) {
    while (parts.memories[memory].part_of) memory = *parts.memories[memory].part_of;
    return memory;
  };
  for (const ProcessorSpec& processor : parts.processors) {
    rates.push_back({});
    for (const Network* network : networks) {
      add_rates(rates[ProcessorId(rates.size() - 1)], *network, profile, processor.name);
    }
    taken[whole(processor.memory)] += rates[ProcessorId(rates.size() - 1)].bandwidth;
  }

  // Copies of a processor go over the links of its memory.
  IdVector<ProcessorId, std::optional<CopyFit>> copies;
  double fastest_copy = 0;
  for (const ProcessorSpec& processor : parts.processors) {
    const std::vector<MeasuredCopy> measured = copies_of(profile, processor.name);
    copies.push_back(measured.empty() ? std::nullopt : fit_copies(measured));
    if (const auto& fit = copies[ProcessorId(copies.size() - 1)]) {
      fastest_copy = std::max(fastest_copy, static_cast<double>(fit->bandwidth.value));
    }
  }
  for (const MemoryId id : ids<MemoryId>(parts.memories.size())) {
    // A copy reads and writes: it takes its rate twice, and must not be the memory's to limit when
    // it is alone.
    const double least = std::max(taken[id], taken[id] > 0 ? 2 * fastest_copy : 0);
    if (least > 0) parts.memories[id].bandwidth = Bandwidth{static_cast<std::int64_t>(least)};
  }
  for (const MemoryId id : ids<MemoryId>(parts.memories.size())) {
    parts.memories[id].bandwidth = parts.memories[whole(id)].bandwidth;
  }
  for (const ProcessorId id : ids<ProcessorId>(parts.processors.size())) {
    ProcessorSpec& processor = parts.processors[id];
    const Bandwidth bandwidth = parts.memories[processor.memory].bandwidth;
    set_rates(processor, rates[id], static_cast<double>(bandwidth.value));
    if (const ProfileRow* launch = profile.overhead("launch", processor.name)) {
      processor.launch_overhead = launch->median;
    }
    if (!copies[id]) continue;
    processor.copy_setup = copies[id]->setup;
    for (EngineSpec& engine : parts.engines) {
      if (engine.memory == processor.memory) engine.setup = copies[id]->setup;
    }
    for (LinkSpec& link : parts.links) {
      if (link.a != Endpoint{processor.memory} && link.b != Endpoint{processor.memory}) continue;
      link.bandwidth = copies[id]->bandwidth;
      link.regimes = copies[id]->regimes;
    }
  }
  set_slowdowns(parts, profile);
  return parts;
}

}  // namespace partita::exec
