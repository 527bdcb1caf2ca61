// Machines whose processors are not there, so that profiles say what they are told to.
#pragma once

#include <string>

#include "tests/exec/replay/networks.h"

namespace partita::exec {

// `processors` fake devices, each with an engine for each direction.
inline Hardware fakes(std::size_t processors, const std::string& options) {
  HardwareParts parts = workers(processors).parts();
  for (ProcessorSpec& processor : parts.processors) {
    processor.execution = ExecutionSpec{.backend = "fake", .options = options};
    for (const Direction direction : {Direction::In, Direction::Out}) {
      EngineSpec engine;
      engine.name = processor.name + (direction == Direction::In ? "_in" : "_out");
      engine.memory = processor.memory;
      engine.direction = direction;
      parts.engines.push_back(engine);
    }
  }
  return HardwareBuilder::build(std::move(parts));
}

}  // namespace partita::exec
