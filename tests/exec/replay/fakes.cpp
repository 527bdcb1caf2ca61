#include "tests/exec/replay/fakes.h"

namespace partita::exec {

namespace {

void make_fake(HardwareParts& parts, ProcessorSpec& processor, const std::string& options,
               const std::string& process) {
  processor.execution = ExecutionSpec{.backend = "fake", .options = options, .process = process};
  for (const Direction direction : {Direction::In, Direction::Out}) {
    EngineSpec engine;
    engine.name = processor.name + (direction == Direction::In ? "_in" : "_out");
    engine.memory = processor.memory;
    engine.direction = direction;
    parts.engines.push_back(engine);
  }
}

}  // namespace

Hardware with_fakes(std::size_t processors, const std::string& options, bool host,
                    const std::string& process) {
  HardwareParts parts = workers(processors, host).parts();
  for (ProcessorSpec& processor : parts.processors) {
    if (processor.name != "cpu0") make_fake(parts, processor, options, process);
  }
  return HardwareBuilder::build(std::move(parts));
}

Hardware fakes(std::size_t processors, const std::string& options) {
  HardwareParts parts = workers(processors).parts();
  for (ProcessorSpec& processor : parts.processors) make_fake(parts, processor, options, "");
  return HardwareBuilder::build(std::move(parts));
}

}  // namespace partita::exec
