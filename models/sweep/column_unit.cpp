#include "models/sweep/column_unit.h"

#include <array>

namespace partita {
namespace {

struct Ending {
  std::string_view ending, unit;
  double size;
};

// The longer ending first.
constexpr std::array kEndings{
    Ending{"_bytes_per_s", "B/s", 1}, Ending{"_flop_per_s", "FLOP/s", 1},
    Ending{"_per_s", "/s", 1},        Ending{"_bytes", "B", 1},
    Ending{"_ps", "s", 1e-12},        Ending{"_ns", "s", 1e-9},
    Ending{"_us", "s", 1e-6},         Ending{"_ms", "s", 1e-3},
    Ending{"_seconds", "s", 1},       Ending{"_s", "s", 1},
    Ending{"_mw", "W", 1e-3},         Ending{"_w", "W", 1},
    Ending{"_nj", "J", 1e-9},         Ending{"_uj", "J", 1e-6},
    Ending{"_mj", "J", 1e-3},         Ending{"_percent", "%", 1},
};

}  // namespace

ColumnUnit unit_of_column(std::string_view name) {
  for (const Ending& each : kEndings) {
    if (name.ends_with(each.ending)) return {std::string(each.unit), each.size};
  }
  return {};
}

}  // namespace partita
