// Who has to wake before it works.
#include <algorithm>

#include "models/timeline/checker.h"

namespace partita::checking {

void Checker::check_waking() {
  struct Work {
    Time from{0}, until{0}, said{0};
    std::string what;
  };
  for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
    std::vector<Work> works;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      look_at(i);
      if (!exact_) return;
      for (const LayerId layer : order(id)) {
        const LayerSpan& span = timeline().layers[layer];
        if (!has_ended(layer)) continue;
        works.push_back({span.start, span.finish, span.waking, "layer " + name(layer)});
      }
      for (const LegSpan& span : timeline().legs) {
        if (span.copier != id || !has_ended(span)) continue;
        works.push_back({span.start, span.finish, span.waking, name(span)});
      }
      for (const Interruption& each : timeline().interrupted) {
        if (each.processor != id) continue;
        works.push_back({each.start, each.lost, each.waking, name(each)});
      }
    }
    std::stable_sort(works.begin(), works.end(),
                     [](const Work& a, const Work& b) { return a.from < b.from; });
    const std::optional<SleepSpec>& sleep = hardware_.processors()[id].sleep;
    Time free{0}, awake{0};
    for (const Work& work : works) {
      if (sleep && work.from - free > sleep->after) awake = work.from + sleep->wake;
      const Time due = std::max(Time{0}, awake - work.from);
      if (work.said != due) {
        found("{} is said to wait {} ps for {} to wake, which takes {} ps", work.what,
              work.said.count(), name(id), due.count());
      }
      free = std::max(free, work.until);
    }
  }
}

}  // namespace partita::checking
