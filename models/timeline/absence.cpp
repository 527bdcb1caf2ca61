#include "models/timeline/absence.h"

#include <algorithm>

namespace partita {

std::optional<Time> Absence::within(ProcessorId processor, Time from, Time until) const {
  std::optional<Time> first;
  for (const LoadSpec& entry : hardware_.load()) {
    const auto* lost = std::get_if<Lost>(&entry.effect);
    if (lost == nullptr || lost->processor != processor) continue;
    Time begins = entry.from;
    if (entry.every && from > begins) begins += (from - begins) / *entry.every * *entry.every;
    if (entry.until && from >= begins + (*entry.until - entry.from)) {
      if (!entry.every) continue;
      begins += *entry.every;
    }
    const Time at = std::max(begins, from);
    if (at < until && (!first || at < *first)) first = at;
  }
  return first;
}

std::optional<Time> Absence::end(ProcessorId processor, Time when) const {
  constexpr int kMostRounds = 100'000;  // entries that overlap for ever take it away for ever
  for (int round = 0; round < kMostRounds; ++round) {
    const Time before = when;
    for (const LoadSpec& entry : hardware_.load()) {
      const auto* lost = std::get_if<Lost>(&entry.effect);
      if (lost == nullptr || lost->processor != processor || when < entry.from) continue;
      if (!entry.until) return std::nullopt;
      const Time length = *entry.until - entry.from;
      const Time since = when - entry.from;
      const Time phase = entry.every ? since % *entry.every : since;
      if (phase < length) when += length - phase;
    }
    if (when == before) return when;
  }
  return std::nullopt;
}

}  // namespace partita
