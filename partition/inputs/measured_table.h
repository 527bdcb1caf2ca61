// What inputs cost, measured or computed elsewhere, as a table.
#pragma once

#include <filesystem>

#include "partition/inputs/value_effect.h"

namespace partita::inputs {

// CSV, one input a row. The column "cost" holds a number >= 0; columns whose names begin with
// "known_" what does not depend on values; all others are features, an empty field where one does
// not apply. Throws ConfigError with all mistakes, each at its line and column.
MeasuredInputs load_measured_inputs(const std::filesystem::path& file);

}  // namespace partita::inputs
