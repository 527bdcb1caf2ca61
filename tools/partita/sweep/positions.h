// Points that somebody else chose: partita sweep --positions.
#pragma once

#include <filesystem>
#include <vector>

#include "models/sweep/sweep.h"

namespace partita::command {

// A CSV file: a column for each axis that changes (any order), a row for each point; values from 0
// to 1. Axes without a column stay at their first value, ranges in their middle. A row for each
// point, a value for each axis of the sweep.
// Throws ConfigError with all mistakes.
std::vector<std::vector<double>> read_positions(const std::filesystem::path& file,
                                                const Sweep& sweep);

}  // namespace partita::command
