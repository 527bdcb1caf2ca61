#include "models/analysis/away.h"

#include <limits>

namespace partita {

Away::Away(const WorkloadRun& run) : away_(run.hardware.processors().size()) {
  if (run.origin() == Origin::Measured) return;
  for (const LoadSpec& load : run.hardware.load()) {
    const auto* lost = std::get_if<Lost>(&load.effect);
    if (lost == nullptr) continue;
    for (const Window& each : windows(load, run.until, std::numeric_limits<std::size_t>::max())) {
      away_[lost->processor].push_back(each);
    }
  }
  for (std::vector<Window>& all : away_) {
    std::sort(all.begin(), all.end(),
              [](const Window& a, const Window& b) { return a.from < b.from; });
    std::vector<Window> apart;
    for (const Window& each : all) {
      if (!apart.empty() && each.from <= apart.back().until) {
        apart.back().until = std::max(apart.back().until, each.until);
      } else {
        apart.push_back(each);
      }
    }
    all = std::move(apart);
  }
}

}  // namespace partita
