#include "exec/calibrate/parameter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace partita::exec {
namespace {

template <class Get>
Parameter time_parameter(std::string path, Get field) {
  return {std::move(path),
          [field](const HardwareParts& parts) { return static_cast<double>(field(parts).count()); },
          [field](HardwareParts& parts, double value) {
            field(parts) = Time{std::max<std::int64_t>(0, std::llround(value))};
          },
          [](double value) { return to_string(Time{std::llround(value)}); }};
}

template <class Get>
Parameter bandwidth_parameter(std::string path, Get field) {
  return {std::move(path),
          [field](const HardwareParts& parts) { return static_cast<double>(field(parts).value); },
          [field](HardwareParts& parts, double value) {
            field(parts) = Bandwidth{std::max<std::int64_t>(1, std::llround(value))};
          },
          [](double value) { return to_string(Bandwidth{std::llround(value)}); }};
}

template <class Get>
Parameter ratio_parameter(std::string path, double least, double most, Get field) {
  return {std::move(path), [field](const HardwareParts& parts) { return field(parts); },
          [field, least, most](HardwareParts& parts, double value) {
            field(parts) = std::clamp(value, least, most);
          },
          [](double value) { return fmt::format("{:.3f}", value); }};
}

}  // namespace

std::vector<Parameter> parameters(const HardwareParts& machine) {
  std::vector<Parameter> all;
  for (const ProcessorId p : ids<ProcessorId>(machine.processors.size())) {
    const std::string path = "processors." + machine.processors[p].name;
    all.push_back(time_parameter(
        path + ".launch_overhead", [p](auto& parts) -> auto& {
          return parts.processors[p].launch_overhead;
        }));
    all.push_back(time_parameter(
        path + ".copy_setup", [p](auto& parts) -> auto& {
          return parts.processors[p].copy_setup;
        }));
    all.push_back(ratio_parameter(
        path + ".time_scale", kLeastScale,
        kMostScale, [p](auto& parts) -> auto& { return parts.processors[p].time_scale; }));
  }
  for (const EngineId e : ids<EngineId>(machine.engines.size())) {
    all.push_back(time_parameter(
        "dma_engines." + machine.engines[e].name + ".setup", [e](auto& parts) -> auto& {
          return parts.engines[e].setup;
        }));
    all.push_back(time_parameter(
        "dma_engines." + machine.engines[e].name + ".completion", [e](auto& parts) -> auto& {
          return parts.engines[e].completion;
        }));
  }
  for (const LinkId l : ids<LinkId>(machine.links.size())) {
    all.push_back(bandwidth_parameter(
        "links." + machine.links[l].name + ".bandwidth", [l](auto& parts) -> auto& {
          return parts.links[l].bandwidth;
        }));
  }
  for (const MemoryId m : ids<MemoryId>(machine.memories.size())) {
    if (machine.memories[m].part_of) continue;  // it has the bandwidth of the whole
    all.push_back(bandwidth_parameter(
        "memories." + machine.memories[m].name + ".bandwidth", [m](auto& parts) -> auto& {
          return parts.memories[m].bandwidth;
        }));
  }
  for (std::size_t i = 0; i < machine.packages.size(); ++i) {
    all.push_back(ratio_parameter(
        "packages." + machine.packages[i].name + ".slowdown", 1,
        kWorstSlowdown, [i](auto& parts) -> auto& { return parts.packages[i].slowdown; }));
  }
  return all;
}

}  // namespace partita::exec
