// How the names of results say what their numbers are in: "predicted_ps", "copied_bytes".
#pragma once

#include <string>
#include <string_view>

namespace partita {

struct ColumnUnit {
  std::string unit;     // as Measure has it (measure.h): "s", "B/s"; "": plain numbers
  double per_unit = 1;  // what the column says of one such unit: 1e12 of "_ps"
};

// "predicted_ps" -> {"s", 1e12}; of names with dots, the last part that says one:
// "workload.latency_ps.p99" is in picoseconds, too.
ColumnUnit unit_of_column(std::string_view name);

}  // namespace partita
