// When processors were away during a run.
#pragma once

#include <algorithm>
#include <vector>

#include "models/analysis/plan_run.h"

namespace partita {

// By the load of the machine: nothing of a measured timeline, whose machine had its own.
class Away {
 public:
  explicit Away(const WorkloadRun& run);

  // Of [from, until), from its end to its begin: calls visit(from, until, away) for parts that
  // follow each other without a gap.
  template <class Visit>
  void split(ProcessorId id, Time from, Time until, Visit&& visit) const {
    const std::vector<Window>& all = away_[id];
    auto at = std::upper_bound(all.begin(), all.end(), until,
                               [](Time time, const Window& window) { return time < window.from; });
    while (from < until) {
      while (at != all.begin() && (at - 1)->from >= until) --at;
      if (at == all.begin() || (at - 1)->until <= from) return visit(from, until, false);
      const Window& last = *(at - 1);
      if (last.until < until) {
        visit(last.until, until, false);
        until = last.until;
      }
      const Time begin = std::max(from, last.from);
      visit(begin, until, true);
      until = begin;
    }
  }
  bool within(ProcessorId id, Time from, Time until) const {
    bool any = false;
    split(id, from, until, [&](Time, Time, bool away) { any = any || away; });
    return any;
  }

 private:
  IdVector<ProcessorId, std::vector<Window>> away_;  // ascending, apart
};

}  // namespace partita
