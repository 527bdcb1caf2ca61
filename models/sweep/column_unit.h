// How the names of results say what their numbers are in: "predicted_ps", "copied_bytes".
#pragma once

#include <string>
#include <string_view>

namespace partita {

struct ColumnUnit {
  std::string unit;  // as Measure has it (measure.h): "s", "B/s"; "": plain numbers
  double size = 1;   // of one of the column's numbers, in that unit
};

// "predicted_ps" -> {"s", 1e-12}.
ColumnUnit unit_of_column(std::string_view name);

}  // namespace partita
