#include "models/analysis/signals.h"

#include "models/analysis/owners.h"

namespace partita {

std::vector<Signal> signals_of(const PlanRun& run, const Activity& activity,
                               const Traffic& traffic) {
  std::vector<Signal> signals;
  const auto add = [&](const char* group, const std::string& name, const char* unit,
                       const Series& values) {
    if (!values.points().empty()) signals.push_back({group, name, unit, values});
  };
  const Hardware& hardware = run.hardware;
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
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    add("power", hardware.processors()[id].name + " power", "mW", activity.power[id]);
  }
  add("power", "power of all processors", "mW", activity.total_power);
  return signals;
}

}  // namespace partita
