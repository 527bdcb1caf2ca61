#include "exec/host/topology.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hwloc.h>

#include <array>
#include <utility>
#include <vector>

#include "models/base/units.h"

namespace partita::exec {

std::string topology_in_words() {
  hwloc_topology_t topology = nullptr;
  hwloc_topology_init(&topology);
  hwloc_topology_load(topology);
  std::vector<std::string> parts, caches;
  for (const auto& [type, name] :
       {std::pair{HWLOC_OBJ_PACKAGE, "package"}, std::pair{HWLOC_OBJ_CORE, "core"},
        std::pair{HWLOC_OBJ_PU, "hardware thread"}, std::pair{HWLOC_OBJ_NUMANODE, "NUMA node"}}) {
    const int count = hwloc_get_nbobjs_by_type(topology, type);
    if (count > 0) parts.push_back(fmt::format("{} {}{}", count, name, count == 1 ? "" : "s"));
  }
  for (const auto& [type, name] :
       {std::pair{HWLOC_OBJ_L2CACHE, "L2"}, std::pair{HWLOC_OBJ_L3CACHE, "L3"}}) {
    const int count = hwloc_get_nbobjs_by_type(topology, type);
    if (count <= 0) continue;
    const auto bytes = hwloc_get_obj_by_type(topology, type, 0)->attr->cache.size;
    caches.push_back(fmt::format("{} {} of {}", count, name,
                                 to_string(Bytes{static_cast<std::int64_t>(bytes)})));
  }
  hwloc_topology_destroy(topology);
  return fmt::format("{}; {}", fmt::join(parts, ", "), fmt::join(caches, ", "));
}

}  // namespace partita::exec
