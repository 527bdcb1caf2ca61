#include "exec/profile/measured_machine.h"

#include <algorithm>
#include <array>
#include <cmath>

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

Rates rates_of(const Network& network, const Profile& profile, const std::string& processor) {
  Rates rates;
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
  return rates;
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

// time = setup + size / bandwidth, least squares of the relative error.
struct Copies {
  double setup = 0, seconds_per_byte = 0;
};

std::optional<Copies> fitted(const std::vector<const ProfileRow*>& rows) {
  // With u = 1/t and v = n/t: minimise sum (setup u + x v - 1)^2.
  double uu = 0, uv = 0, vv = 0, u1 = 0, v1 = 0;
  double fastest = 0;
  for (const ProfileRow* row : rows) {
    const double u = 1 / seconds(row->median), v = static_cast<double>(row->size.value) * u;
    uu += u * u;
    uv += u * v;
    vv += v * v;
    u1 += u;
    v1 += v;
    fastest = std::max(fastest, v);
  }
  if (vv <= 0) return std::nullopt;
  const double determinant = uu * vv - uv * uv;
  Copies copies;
  if (determinant > 1e-9 * uu * vv) {
    copies.setup = (u1 * vv - v1 * uv) / determinant;
    copies.seconds_per_byte = (v1 * uu - u1 * uv) / determinant;
  }
  // One size, or noise that makes a negative number the best: one parameter alone.
  if (copies.setup < 0 || determinant <= 1e-9 * uu * vv) copies = {0, v1 / vv};
  if (copies.seconds_per_byte <= 0) copies = {uu > 0 ? u1 / uu : 0, 1 / fastest};
  return copies;
}

}  // namespace

HardwareParts measured_machine(const Network& network, const Hardware& before,
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
    rates.push_back(rates_of(network, profile, processor.name));
    taken[whole(processor.memory)] += rates[ProcessorId(rates.size() - 1)].bandwidth;
  }

  // Copies of a processor go over the links of its memory.
  IdVector<ProcessorId, std::optional<Copies>> copies;
  double fastest_copy = 0;
  for (const ProcessorSpec& processor : parts.processors) {
    std::vector<const ProfileRow*> rows;
    for (const ProfileRow& row : profile.rows()) {
      if (row.kind == "copy" && row.processor == processor.name) rows.push_back(&row);
    }
    copies.push_back(rows.empty() ? std::nullopt : fitted(rows));
    if (copies[ProcessorId(copies.size() - 1)]) {
      fastest_copy =
          std::max(fastest_copy, 1 / copies[ProcessorId(copies.size() - 1)]->seconds_per_byte);
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
    if (!copies[id]) continue;
    processor.copy_setup = Time{std::llround(copies[id]->setup * 1e12)};
    for (LinkSpec& link : parts.links) {
      if (link.a != Endpoint{processor.memory} && link.b != Endpoint{processor.memory}) continue;
      link.bandwidth = Bandwidth{std::llround(1 / copies[id]->seconds_per_byte)};
    }
  }
  return parts;
}

}  // namespace partita::exec
