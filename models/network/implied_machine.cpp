#include "models/network/implied_machine.h"

#include <fmt/format.h>

#include "models/base/assert.h"

namespace partita {
namespace {

constexpr Bandwidth kAnyBandwidth{1'000'000'000'000'000};
constexpr Bytes kAnyCapacity{std::int64_t{1} << 60};
constexpr FlopRate kAnyRate{1'000'000'000'000'000};

}  // namespace

HardwareParts implied_machine(const Network& network) {
  PARTITA_ASSERT(network.given_times().has_value(), "only given times imply processors");
  HardwareParts parts;
  parts.name = "implied";
  parts.description = fmt::format("the processors that '{}' gives times for", network.name());
  for (const std::string& name : network.given_times()->processors) {
    MemorySpec memory;
    memory.name = name + ".memory";
    memory.capacity = kAnyCapacity;
    memory.bandwidth = kAnyBandwidth;
    const MemoryId beside = parts.memories.push_back(std::move(memory));

    ProcessorSpec processor;
    processor.name = name;
    processor.memory = beside;
    for (auto& rate : processor.peak) rate = kAnyRate;
    processor.efficiency.fill(1);
    processor.supports.fill(true);
    parts.processors.push_back(std::move(processor));

    EngineSpec engine;
    engine.name = name + ".dma";
    engine.memory = beside;
    parts.engines.push_back(std::move(engine));
  }
  for (const MemoryId a : ids<MemoryId>(parts.memories.size())) {
    for (std::size_t b = index(a) + 1; b < parts.memories.size(); ++b) {
      LinkSpec link;
      link.name = fmt::format("{}-{}", parts.processors[static_cast<ProcessorId>(a)].name,
                              parts.processors[static_cast<ProcessorId>(b)].name);
      link.a = a;
      link.b = static_cast<MemoryId>(b);
      link.kind = "implied";
      link.bandwidth = kAnyBandwidth;
      parts.links.push_back(std::move(link));
    }
  }
  return parts;
}

}  // namespace partita
