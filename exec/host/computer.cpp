#include "exec/host/computer.h"

#include <fmt/format.h>
#include <hwloc.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace partita::exec {
namespace {

constexpr double kGuessedClock = 2.5;  // GHz, where the system does not tell

std::string first_value(const std::string& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t text = line.find_first_not_of(" \t", colon + 1);
    return text == std::string::npos ? "" : line.substr(text);
  }
  return "";
}

double clock_of_this_computer() {
  std::ifstream maximum("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");
  double kilohertz = 0;
  if (maximum >> kilohertz) return kilohertz * 1e-6;
  const std::string megahertz = first_value("/proc/cpuinfo", "cpu MHz");
  return megahertz.empty() ? 0 : std::stod(megahertz) * 1e-3;
}

// Cores as hwloc numbers them for the system, restricted to what this process may use.
std::vector<int> usable_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  hwloc_topology_t topology = nullptr;
  hwloc_topology_init(&topology);
  hwloc_topology_load(topology);
  std::vector<int> cores;
  const int units = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
  // One hardware thread of each core first: two workers on one core's threads would slow each other
  // down.
  std::vector<int> second_threads;
  for (int i = 0; i < units; ++i) {
    const hwloc_obj_t unit =
        hwloc_get_obj_by_type(topology, HWLOC_OBJ_PU, static_cast<unsigned>(i));
    if (!CPU_ISSET(unit->os_index, &allowed)) continue;
    (unit->sibling_rank == 0 ? cores : second_threads).push_back(static_cast<int>(unit->os_index));
  }
  hwloc_topology_destroy(topology);
  std::sort(cores.begin(), cores.end());
  std::sort(second_threads.begin(), second_threads.end());
  if (cores.empty()) return second_threads;
  return cores;
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

Computer this_computer() {
  const auto bytes = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  return {first_value("/proc/cpuinfo", "model name"), usable_cores(), Bytes{bytes},
          clock_of_this_computer()};
}

std::string environment_hash(const std::string& device, const std::string& computes,
                             const std::string& isa) {
  return fmt::format("{:016x}", fnv1a(device + "|" + computes + "|" + isa));
}

namespace {

ProcessorSpec processor(const std::string& name, const IsaLevel& level, int core,
                        const Computer& computer, MemoryId memory) {
  ProcessorSpec spec;
  spec.name = name;
  spec.memory = memory;
  const double clock = computer.clock_ghz > 0 ? computer.clock_ghz : kGuessedClock;
  // Two vector units, as every x86 core of the last decade has; a multiply and an add, or both in
  // one.
  const double per_cycle = 2.0 * level.f32_lanes * (level.fused ? 2 : 1);
  const auto rate = static_cast<std::int64_t>(clock * per_cycle * 1e9);
  for (const DataType type : {DataType::F32, DataType::I32, DataType::I64}) {
    spec.peak[static_cast<std::size_t>(type)] = FlopRate{type == DataType::F32 ? rate : rate / 8};
  }
  spec.efficiency.fill(0.5);
  spec.bandwidth_efficiency = 0.6;
  spec.supports.fill(true);
  spec.launch_overhead = 1us;
  spec.copy_setup = 2us;
  spec.package = 0;
  spec.execution =
      ExecutionSpec{.backend = "cpu-onednn", .isa = std::string(level.name), .core = core};
  return spec;
}

}  // namespace

HardwareParts heterogeneous_machine(const Computer& computer) {
  const std::vector<IsaLevel> levels = supported_isa_levels();
  const IsaLevel& strong = levels.back();
  // The weak one: the strongest without fused multiply-add, so that the two differ, and by how much
  // depends on the layer. Half the lanes would not do: processors exist that take two turns for the
  // widest vectors.
  const IsaLevel* weak = &levels.front();
  for (const IsaLevel& level : levels) {
    if (!level.fused && level.f32_lanes * (strong.fused ? 1 : 2) <= strong.f32_lanes) weak = &level;
  }
  const bool alone = computer.cores.size() < 2;
  const int first = computer.cores.empty() ? 0 : computer.cores[0];
  const int second = alone ? first : computer.cores[1];

  HardwareParts parts;
  parts.name = "this_computer";
  parts.description = fmt::format("{}: two worker processes with instruction sets {} and {}, {}",
                                  computer.cpu, strong.name, weak->name,
                                  alone ? fmt::format("both on core {}", first)
                                        : fmt::format("on cores {} and {}", first, second));
  // Everything lies in one physical memory: each worker's own part, and the part that they share.
  const Bandwidth bandwidth{20'000'000'000};
  const MemoryId dram = parts.memories.push_back({"dram", computer.memory, bandwidth, {}, {}});
  const auto part = [&](const std::string& name, std::int64_t share) {
    return parts.memories.push_back(
        {name, Bytes{computer.memory.value / share}, bandwidth, dram, {}});
  };
  const MemoryId mem0 = part("mem0", 4), mem1 = part("mem1", 4), shared = part("shared", 8);
  for (const MemoryId memory : {mem0, mem1}) {
    const std::string name = memory == mem0 ? "mem0-shared" : "mem1-shared";
    parts.links.push_back({.name = name,
                           .a = memory,
                           .b = shared,
                           .kind = "on-chip",
                           .bandwidth = Bandwidth{8'000'000'000},
                           .regimes = {},
                           .replay_delay = {},
                           .credits = {},
                           .where = {}});
  }
  // On one core, whoever works halves the other's share of it.
  parts.packages.push_back({"cpu", alone ? 2.0 : 1.0, {}});
  parts.processors.push_back(processor("cpu0", strong, first, computer, mem0));
  parts.processors.push_back(processor("cpu1", *weak, second, computer, mem1));
  return parts;
}

}  // namespace partita::exec
