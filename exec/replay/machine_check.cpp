#include "exec/replay/machine_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "exec/device/plugin.h"

namespace partita::exec {
namespace {

// What only this computer can tell.
void check_reach(const ProcessorSpec& processor, const Computer& computer,
                 Diagnostics& diagnostics) {
  const auto error = [&](const std::string& message) {
    diagnostics.error(processor.where, fmt::format("processor '{}': {}", processor.name, message));
  };
  const ExecutionSpec& execution = *processor.execution;
  const std::vector<std::string> plugins = plugin_names();
  if (std::find(plugins.begin(), plugins.end(), execution.backend) == plugins.end()) {
    error(fmt::format("no backend '{}' (one of {})", execution.backend, fmt::join(plugins, ", ")));
  }
  std::vector<std::string_view> caps;
  for (const IsaLevel& level : supported_isa_levels()) caps.push_back(level.name);
  const bool known = std::find(caps.begin(), caps.end(), execution.isa) != caps.end();
  if (!execution.isa.empty() && !known) {
    error(fmt::format("this computer has no instruction set '{}' (one of {})", execution.isa,
                      fmt::join(caps, ", ")));
  }
  const auto& cores = computer.cores;
  if (execution.core && std::find(cores.begin(), cores.end(), *execution.core) == cores.end()) {
    error(fmt::format("core {} is none of those that this program may use ({})", *execution.core,
                      fmt::join(cores, ", ")));
  }
}

void check_execution(const ProcessorSpec& processor, const std::optional<Computer>& computer,
                     Diagnostics& diagnostics) {
  const auto error = [&](const std::string& message) {
    diagnostics.error(processor.where, fmt::format("processor '{}': {}", processor.name, message));
  };
  if (!processor.execution) {
    error("no 'execution' says how to reach it, so it can be simulated, but not run");
    return;
  }
  if (computer) check_reach(processor, *computer, diagnostics);
  if (processor.streams != 1) {
    error(fmt::format("{} streams; a worker runs one layer at a time", processor.streams));
  }
}

}  // namespace

void check_executable(const Hardware& hardware, const std::optional<Computer>& computer) {
  Diagnostics diagnostics;
  for (const ProcessorSpec& processor : hardware.processors()) {
    check_execution(processor, computer, diagnostics);
  }
  std::map<std::string, std::string> caps;
  for (const ProcessorSpec& processor : hardware.processors()) {
    if (!processor.execution || processor.execution->process.empty()) continue;
    const std::string& isa = processor.execution->isa;
    const auto [cap, first] = caps.emplace(processor.execution->process, isa);
    if (first || cap->second == isa) continue;
    diagnostics.error(processor.where,
                      fmt::format("processor '{}': one process has one instruction-set cap, and "
                                  "others of process '{}' have '{}'",
                                  processor.name, processor.execution->process, cap->second));
  }
  diagnostics.throw_if_any();
}

void check_engines(const Hardware& hardware, const IdVector<ProcessorId, Opened>& opened) {
  Diagnostics diagnostics;
  for (const ProcessorId id : ids<ProcessorId>(opened.size())) {
    const ProcessorSpec& processor = hardware.processors()[id];
    bool in = false, out = false;
    for (const EngineSpec& engine : hardware.engines()) {
      if (engine.memory != processor.memory) continue;
      in = in || engine.direction != Direction::Out;
      out = out || engine.direction != Direction::In;
      if (!opened[id].synchronous) continue;
      diagnostics.error(engine.where,
                        fmt::format("DMA engine '{}': the worker of '{}' copies by itself",
                                    engine.name, processor.name));
    }
    if (opened[id].synchronous || (in && out)) continue;
    diagnostics.error(
        processor.where,
        fmt::format("processor '{}': its device copies by DMA engines, so memory '{}' "
                    "must have one for each direction",
                    processor.name, hardware.memories()[processor.memory].name));
  }
  diagnostics.throw_if_any();
}

void check_shared_memories(const Hardware& hardware, const IdVector<ProcessorId, Opened>& opened) {
  Diagnostics diagnostics;
  std::map<MemoryId, ProcessorId> first_on;
  for (const ProcessorId id : ids<ProcessorId>(opened.size())) {
    const ProcessorSpec& processor = hardware.processors()[id];
    const auto [first, alone] = first_on.emplace(processor.memory, id);
    if (alone) continue;
    const ProcessorSpec& other = hardware.processors()[first->second];
    const std::uint32_t here = opened[id].memory_space, there = opened[first->second].memory_space;
    if (here == 0 && there == 0) continue;
    const std::string who =
        fmt::format("processor '{}' shares memory '{}' with '{}'", processor.name,
                    hardware.memories()[processor.memory].name, other.name);
    if (here != there || processor.execution->backend != other.execution->backend) {
      diagnostics.error(processor.where, who + ", but their devices compute in different memories");
    } else if (processor.execution->process.empty() ||
               processor.execution->process != other.execution->process) {
      diagnostics.error(processor.where,
                        who + ": such devices must be of one process, so give both one 'process'");
    }
  }
  diagnostics.throw_if_any();
}

std::vector<std::string> shared_cores(const Hardware& hardware) {
  std::map<int, std::vector<std::string>> workers;
  for (const ProcessorSpec& processor : hardware.processors()) {
    if (processor.execution && processor.execution->core) {
      workers[*processor.execution->core].push_back(processor.name);
    }
  }
  std::vector<std::string> sentences;
  for (const auto& [core, names] : workers) {
    if (names.size() < 2) continue;
    sentences.push_back(
        fmt::format("processors {} share core {}: their times contain each other's work",
                    fmt::join(names, " and "), core));
  }
  return sentences;
}

}  // namespace partita::exec
