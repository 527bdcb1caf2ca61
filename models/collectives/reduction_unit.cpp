#include "models/collectives/reduction_unit.h"

#include <algorithm>
#include <limits>

#include "models/base/assert.h"

namespace partita {
namespace {

constexpr Bytes kNoLimit{std::int64_t{1} << 50};

struct Ports {
  int count = 0;
  std::int64_t bandwidth = 0;  // one way, all together
};

Ports ports_of(const HardwareParts& parts, SwitchId id) {
  Ports ports;
  Wide sum = 0;
  for (const LinkSpec& link : parts.links) {
    if (link.a != Endpoint{id} && link.b != Endpoint{id}) continue;
    ++ports.count;
    sum += link.bandwidth.value;
  }
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max() / 4;
  ports.bandwidth = static_cast<std::int64_t>(std::min(sum, kMost));
  return ports;
}

ProcessorSpec adder(const std::string& name, MemoryId memory, Bandwidth rate) {
  ProcessorSpec spec;
  spec.name = name;
  spec.kind = ProcessorKind::Dsp;
  spec.memory = memory;
  spec.efficiency.fill(1);
  spec.supports.fill(false);  // no layer but the sums of collectives runs there
  spec.peak[static_cast<std::size_t>(DataType::F32)] =
      FlopRate{std::max<std::int64_t>(1, rate.value / info(DataType::F32).bytes)};
  return spec;
}

}  // namespace

Hardware with_reduction_units(const Hardware& hardware, const std::set<SwitchId>& switches,
                              std::map<SwitchId, ProcessorId>& units) {
  HardwareParts parts = hardware.parts();
  for (const SwitchId id : switches) {
    SwitchSpec& node = parts.switches[id];
    PARTITA_ASSERT(node.reduction.has_value(), "a switch that only forwards has no unit");
    const std::string name = node.name + ".reduction";
    const Ports ports = ports_of(parts, id);
    if (node.ports) ++*node.ports;  // the unit is inside
    MemorySpec memory;
    memory.name = name;
    memory.capacity = kNoLimit;
    memory.bandwidth = Bandwidth{4 * ports.bandwidth};  // in and out at once
    const MemoryId at = parts.memories.push_back(memory);
    LinkSpec port;
    port.name = name + "_port";
    port.a = id;
    port.b = at;
    port.kind = "on-chip";
    port.bandwidth = Bandwidth{ports.bandwidth};
    parts.links.push_back(port);
    EngineSpec engine;
    engine.name = name;
    engine.memory = at;
    engine.direction = Direction::Out;
    engine.channels = std::min(ports.count, kMostDmaChannels);
    parts.engines.push_back(engine);
    units[id] = parts.processors.push_back(adder(name, at, *node.reduction));
  }
  return HardwareBuilder::build(std::move(parts));
}

}  // namespace partita
