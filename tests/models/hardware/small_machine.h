// Machines of a few lines, for tests that need one part of them.
#pragma once

#include <string>

#include "models/hardware/hardware.h"

namespace partita::test {

inline MemorySpec memory(const std::string& name) {
  MemorySpec spec;
  spec.name = name;
  spec.capacity = Bytes{1'000'000'000};
  spec.bandwidth = Bandwidth{100'000'000'000};
  return spec;
}

inline ProcessorSpec processor(const std::string& name, MemoryId where) {
  ProcessorSpec spec;
  spec.name = name;
  spec.memory = where;
  spec.peak[static_cast<std::size_t>(DataType::F32)] = FlopRate{1'000'000'000'000};
  spec.efficiency.fill(1);
  spec.supports.fill(true);
  return spec;
}

inline LinkSpec link(const std::string& name, Endpoint a, Endpoint b, Time latency) {
  LinkSpec spec;
  spec.name = name;
  spec.a = a;
  spec.b = b;
  spec.bandwidth = Bandwidth{10'000'000'000};
  spec.latency = latency;
  return spec;
}

inline SwitchSpec crossbar(const std::string& name, Time latency) {
  SwitchSpec spec;
  spec.name = name;
  spec.latency = latency;
  return spec;
}

inline EngineSpec engine(const std::string& name, MemoryId memory, Direction direction) {
  EngineSpec spec;
  spec.name = name;
  spec.memory = memory;
  spec.direction = direction;
  return spec;
}

// Two processors p0, p1 on memories m0, m1; no link.
inline HardwareParts two_processors() {
  HardwareParts parts;
  parts.memories = {memory("m0"), memory("m1")};
  parts.processors = {processor("p0", MemoryId{0}), processor("p1", MemoryId{1})};
  return parts;
}

}  // namespace partita::test
