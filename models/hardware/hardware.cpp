#include "models/hardware/hardware.h"

#include "models/base/assert.h"

namespace partita {
namespace {

template <class Id, class Spec>
std::optional<Id> named(const IdVector<Id, Spec>& specs, const std::string& name) {
  for (const Id id : ids<Id>(specs.size())) {
    if (specs[id].name == name) return id;
  }
  return std::nullopt;
}

}  // namespace

const Route* Hardware::route(MemoryId src, MemoryId dst) const {
  PARTITA_ASSERT(src != dst, "no route leads from a memory to itself");
  const std::optional<Route>& found = routes_[index(src) * memories_.size() + index(dst)];
  return found ? &*found : nullptr;
}

std::optional<ProcessorId> Hardware::processor_named(const std::string& name) const {
  return named(processors_, name);
}

std::optional<MemoryId> Hardware::memory_named(const std::string& name) const {
  return named(memories_, name);
}

HardwareParts Hardware::parts() const {
  return {name_,  description_, processors_, memories_, engines_,
          links_, switches_,    packages_,   host_};
}

}  // namespace partita
