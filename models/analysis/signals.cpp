#include "models/analysis/signals.h"

#include "models/analysis/owners.h"

namespace partita {

std::vector<Signal> signals_of(const Hardware& hardware, const Activity& activity,
                               const Traffic& traffic, const Consumption& consumption) {
  std::vector<Signal> signals;
  const auto add = [&](const char* group, const std::string& name, const char* unit,
                       const Series& values) {
    if (!values.points().empty()) signals.push_back({group, name, unit, values});
  };
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    const std::string& name = hardware.processors()[id].name;
    add("processors", name + " runs", "layers", activity.running[id]);
    add("processors", name + " copies", "legs", activity.copying[id]);
    add("processors", name + " copy queue", "legs", activity.copy_queue[id]);
  }
  for (const EngineId id : ids<EngineId>(hardware.engines().size())) {
    const std::string& name = hardware.engines()[id].name;
    add("engines", name + " serves", "legs", activity.serving[id]);
    add("engines", name + " queue", "legs", activity.queue[id]);
  }
  const ChannelOwners owners = owners_of(hardware);
  for (const bool links : {true, false}) {
    for (const ChannelId id : ids<ChannelId>(hardware.channels().size())) {
      if (std::holds_alternative<LinkId>(owners[id]) != links) continue;
      add(links ? "links" : "memories", hardware.channels()[id].name, "B/s", traffic.rate[id]);
    }
  }
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    add("memories", hardware.memories()[id].name + " holds", "B", activity.held[id]);
  }
  const auto add_power = [&]<class Id, class Spec>(const IdVector<Id, Spec>& specs,
                                                   const IdVector<Id, Consumed>& parts) {
    for (const Id id : ids<Id>(specs.size())) {
      add("power", specs[id].name + " power", "mW", parts[id].power);
    }
  };
  add_power(hardware.processors(), consumption.processors);
  add_power(hardware.memories(), consumption.memories);
  add_power(hardware.links(), consumption.links);
  add_power(hardware.switches(), consumption.switches);
  add("power", "power of the machine", "mW", consumption.total.power);
  return signals;
}

}  // namespace partita
