#include "tools/partita/measurement_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "exec/replay/measurement.h"
#include "tools/partita/commands.h"

namespace partita::command {

std::string in_words(const exec::Repeated& result) {
  std::string text = to_string(result.median);
  if (result.interval) {
    text += fmt::format(", 95 %: {}..{}", to_string(result.interval->low),
                        to_string(result.interval->high));
  }
  text += fmt::format(", {} clean runs, {} discarded", result.clean, result.discarded);
  if (result.discarded > 0) {
    text += fmt::format(" ({} for lost time, {} for clocks that changed)", result.lost_time,
                        result.clock_changes);
  }
  return text;
}

int refuse_as_noisy(const exec::Repeated& result, bool json) {
  fmt::print(
      "too noisy to measure: {} clean runs, {} discarded ({} for lost time, {} for clocks "
      "that changed). Nothing is written (--noisy: take what there is)\n",
      result.clean, result.discarded, result.lost_time, result.clock_changes);
  for (const std::string& warning : result.warnings) fmt::print("  note: {}\n", warning);
  if (json) {
    auto line = nlohmann::ordered_json::parse(exec::to_json(result));
    for (const char* number : {"median_ps", "confidence", "low_ps", "high_ps"}) line.erase(number);
    fmt::print("{}\n", line.dump());
  }
  return kEnvironment;
}

}  // namespace partita::command
