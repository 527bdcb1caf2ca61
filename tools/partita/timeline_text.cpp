#include "tools/partita/timeline_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "models/timeline/made_copies.h"
#include "tools/partita/console.h"

namespace partita::command {
namespace {

double share(Time part, Time whole) {
  return whole.count() > 0 ? static_cast<double>(part.count()) / static_cast<double>(whole.count())
                           : 0;
}

}  // namespace

void print_timeline(const Timeline& timeline, const Network& network, const Hardware& hardware,
                    const Plan& plan) {
  fmt::print("  makespan {} ({})\n", to_string(timeline.makespan), to_string(timeline.origin));
  IdVector<ProcessorId, Time> running(hardware.processors().size(), Time{0});
  IdVector<ProcessorId, Time> copying(hardware.processors().size(), Time{0});
  IdVector<EngineId, Time> serving(hardware.engines().size(), Time{0});
  Bytes moved;
  for (const LayerId id : network.layers()) {
    const LayerSpan& span = timeline.layers[id];
    running[span.processor] += span.finish - span.start;
  }
  const Multicasts multicasts = multicasts_in(timeline, network, hardware, plan);
  for (const LegSpan& leg : timeline.legs) {
    if (!multicasts.follows(leg.transfer)) {
      const Time time = all_arrived(timeline, multicasts, leg) - leg.start;
      if (leg.copier) copying[*leg.copier] += time;
      if (leg.engine) serving[*leg.engine] += time;
    }
    moved += network.tensor(plan.transfers()[leg.transfer].tensor).size;
  }
  Table table({"who", "layers", "busy", "copying", "idle"});
  for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
    const int streams = hardware.processors()[p].streams;
    const Time room = timeline.makespan * streams;
    const double busy = share(running[p], room);
    const double copies = share(copying[p], timeline.makespan);
    table.add({hardware.processors()[p].name, std::to_string(plan.order(p).size()), percent(busy),
               percent(copies), percent(std::max(0.0, 1 - busy - copies))});
  }
  for (const EngineId e : ids<EngineId>(hardware.engines().size())) {
    if (serving[e].count() == 0) continue;
    const Time room = timeline.makespan * hardware.engines()[e].channels;
    table.add({hardware.engines()[e].name, "", "", percent(share(serving[e], room)),
               percent(1 - share(serving[e], room))});
  }
  table.print();
  fmt::print("  {} transfers, {} copied\n", plan.transfers().size(), to_string(moved));
  if (!plan.in_place().empty()) {
    fmt::print("  {} operands are read in place\n", plan.in_place().size());
  }
  if (!timeline.memory_peak.empty()) {
    Table memories({"memory", "peak", "capacity"});
    for (const MemoryId m : ids<MemoryId>(hardware.memories().size())) {
      if (timeline.memory_peak[m].value == 0) continue;
      memories.add({hardware.memories()[m].name, to_string(timeline.memory_peak[m]),
                    to_string(hardware.memories()[m].capacity)});
    }
    memories.print();
  }
}

}  // namespace partita::command
