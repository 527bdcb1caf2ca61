#include "models/hardware/load_spec.h"

#include <algorithm>

namespace partita {

std::optional<ProcessorId> loaded_processor(const LoadEffect& effect) {
  return std::visit(
      [](const auto& on) -> std::optional<ProcessorId> {
        if constexpr (requires { on.processor; }) {
          return on.processor;
        } else {
          return std::nullopt;
        }
      },
      effect);
}

std::vector<Window> windows(const LoadSpec& load, Time end, std::size_t most) {
  std::vector<Window> found;
  for (Time from = load.from; from < end && found.size() < most; from += *load.every) {
    const Time last = load.until ? *load.until - load.from : end - from;
    found.push_back({from, last < end - from ? from + last : end});
    if (!load.every || *load.every >= end - from) break;
  }
  return found;
}

bool holds_at(const LoadSpec& load, Time when) {
  if (when < load.from) return false;
  if (!load.until) return true;
  const Time since =
      load.every ? Time{(when - load.from).count() % load.every->count()} : when - load.from;
  return since < *load.until - load.from;
}

}  // namespace partita
