#include <algorithm>

#include "exec/host/computer.h"

namespace partita::exec {

// Documented in oneDNN's "CPU Dispatcher Control".
const std::vector<IsaLevel>& isa_levels() {
  static const std::vector<IsaLevel> levels{{"sse41", "SSE41", 4, false},
                                            {"avx", "AVX", 8, false},
                                            {"avx2", "AVX2", 8, true},
                                            {"avx512_core", "AVX512_CORE", 16, true},
                                            {"avx512_core_vnni", "AVX512_CORE_VNNI", 16, true},
                                            {"avx512_core_bf16", "AVX512_CORE_BF16", 16, true}};
  return levels;
}

const IsaLevel* isa_level_named(std::string_view name) {
  const auto& all = isa_levels();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const IsaLevel& level) { return level.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<IsaLevel> supported_isa_levels() {
  // Written out: the builtin takes nothing but literals.
  const auto has = [](std::string_view name) {
    if (name == "sse41") return __builtin_cpu_supports("sse4.1") != 0;
    if (name == "avx") return __builtin_cpu_supports("avx") != 0;
    if (name == "avx2") return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool core = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (name == "avx512_core") return core;
    const bool vnni = core && __builtin_cpu_supports("avx512vnni");
    if (name == "avx512_core_vnni") return vnni;
    return vnni && __builtin_cpu_supports("avx512bf16");
  };
  std::vector<IsaLevel> supported;
  for (const IsaLevel& level : isa_levels()) {
    if (has(level.name)) supported.push_back(level);
  }
  return supported;
}

}  // namespace partita::exec
