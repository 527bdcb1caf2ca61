#include "models/sweep/column_unit.h"

#include <array>

namespace partita {
namespace {

struct Ending {
  std::string_view ending, unit;
  double per_unit;
};

// The longer ending first.
constexpr std::array kEndings{
    Ending{"_bytes_per_s", "B/s", 1}, Ending{"_flop_per_s", "FLOP/s", 1},
    Ending{"_per_s", "/s", 1},        Ending{"_bytes", "B", 1},
    Ending{"_ps", "s", 1e12},         Ending{"_ns", "s", 1e9},
    Ending{"_us", "s", 1e6},          Ending{"_ms", "s", 1e3},
    Ending{"_seconds", "s", 1},       Ending{"_s", "s", 1},
    Ending{"_mw", "W", 1e3},          Ending{"_w", "W", 1},
    Ending{"_nj", "J", 1e9},          Ending{"_uj", "J", 1e6},
    Ending{"_mj", "J", 1e3},          Ending{"_j", "J", 1},
    Ending{"_percent", "%", 1},
};

}  // namespace

ColumnUnit unit_of_column(std::string_view name) {
  while (true) {
    for (const Ending& each : kEndings) {
      if (name.ends_with(each.ending)) return {std::string(each.unit), each.per_unit};
    }
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) return {};
    name = name.substr(0, dot);
  }
}

}  // namespace partita
