#include "exec/replay/machine_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace partita::exec {
namespace {

constexpr std::string_view kBackend = "cpu-onednn";

void check_execution(const ProcessorSpec& processor, const Computer& computer,
                     Diagnostics& diagnostics) {
  const auto error = [&](const std::string& message) {
    diagnostics.error(processor.where, fmt::format("processor '{}': {}", processor.name, message));
  };
  if (!processor.execution) {
    error("no 'execution' says how to reach it, so it can be simulated, but not run");
    return;
  }
  const ExecutionSpec& execution = *processor.execution;
  if (execution.backend != kBackend) {
    error(fmt::format("no backend '{}' (one of {})", execution.backend, kBackend));
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
  if (processor.streams != 1) {
    error(fmt::format("{} streams; a worker runs one layer at a time", processor.streams));
  }
}

}  // namespace

void check_executable(const Hardware& hardware, const Computer& computer) {
  Diagnostics diagnostics;
  std::map<MemoryId, std::string> owner;
  for (const ProcessorSpec& processor : hardware.processors()) {
    check_execution(processor, computer, diagnostics);
    const auto [other, alone] = owner.emplace(processor.memory, processor.name);
    if (!alone) {
      diagnostics.error(
          processor.where,
          fmt::format("processor '{}' shares memory '{}' with '{}'; a worker has its own",
                      processor.name, hardware.memories()[processor.memory].name, other->second));
    }
  }
  for (const EngineSpec& engine : hardware.engines()) {
    diagnostics.error(engine.where,
                      fmt::format("DMA engine '{}': workers copy by themselves", engine.name));
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
