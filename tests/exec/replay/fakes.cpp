#include "tests/exec/replay/fakes.h"

#include <algorithm>
#include <set>
#include <type_traits>

#include "models/timeline/checker.h"

namespace partita::exec {

namespace {

void make_device(HardwareParts& parts, ProcessorSpec& processor, const std::string& backend,
                 const std::string& options, const std::string& process) {
  processor.execution = ExecutionSpec{.backend = backend, .options = options, .process = process};
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
    if (processor.name != "cpu0") make_device(parts, processor, "fake", options, process);
  }
  return HardwareBuilder::build(std::move(parts));
}

Hardware devices(std::size_t processors, const std::string& backend, const std::string& options,
                 const std::string& process) {
  HardwareParts parts = workers(processors).parts();
  for (ProcessorSpec& processor : parts.processors) {
    make_device(parts, processor, backend, options, process);
  }
  return HardwareBuilder::build(std::move(parts));
}

Hardware fakes(std::size_t processors, const std::string& options, const std::string& process) {
  return devices(processors, "fake", options, process);
}

Hardware sharing(const Hardware& machine, const std::map<std::size_t, std::size_t>& moves) {
  HardwareParts parts = machine.parts();
  std::set<MemoryId> left;
  const auto processor = [&](std::size_t number) -> ProcessorSpec& {
    return parts.processors[static_cast<ProcessorId>(number)];
  };
  for (const auto& [from, to] : moves) {
    left.insert(processor(from).memory);
    processor(from).memory = processor(to).memory;
  }
  const auto keep = [](auto& all, const auto& kept) {
    std::remove_reference_t<decltype(all)> some;
    for (const auto& each : all) {
      if (kept(each)) some.push_back(each);
    }
    all = std::move(some);
  };
  keep(parts.engines, [&](const EngineSpec& each) { return left.count(each.memory) == 0; });
  keep(parts.links, [&](const LinkSpec& each) {
    const auto* end = std::get_if<MemoryId>(&each.a);
    return end == nullptr || left.count(*end) == 0;
  });
  return HardwareBuilder::build(std::move(parts));
}

Hardware linked(const Hardware& machine) {
  HardwareParts parts = machine.parts();
  std::set<MemoryId> memories;
  for (const ProcessorSpec& processor : parts.processors) memories.insert(processor.memory);
  const LinkSpec like = parts.links[LinkId{0}];
  for (const MemoryId a : memories) {
    for (const MemoryId b : memories) {
      if (a >= b) continue;
      LinkSpec link = like;
      link.name = "straight" + std::to_string(index(a)) + "_" + std::to_string(index(b));
      link.a = a;
      link.b = b;
      parts.links.push_back(link);
    }
  }
  return HardwareBuilder::build(std::move(parts));
}

StreamResult undisturbed(Replayer& replayer, const Network& network, const Hardware& hardware,
                         const Workload& workload, bool keep_results) {
  StreamResult stream = replayer.run_workload(workload, keep_results);
  const bool any_fake = std::any_of(hardware.processors().begin(), hardware.processors().end(),
                                    [](const ProcessorSpec& each) {
                                      return each.execution && each.execution->backend == "fake";
                                    });
  for (int more = any_fake ? 4 : 0; more > 0; --more) {
    const auto found = violations(stream.record, stream.timelines, network, hardware, workload);
    const bool passed_over = std::any_of(found.begin(), found.end(), [](const std::string& each) {
      return each.find(" passes over ") != std::string::npos;
    });
    if (!passed_over) break;
    stream = replayer.run_workload(workload, keep_results);
  }
  return stream;
}

}  // namespace partita::exec
