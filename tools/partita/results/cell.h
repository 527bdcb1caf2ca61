// What one column holds of one point.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace partita::command {

// Nothing, a number or a text, as a column has it.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;
// A whole number that a double holds exactly is one.
Cell cell_of(double number);

// By name, ascending.
using NamedCells = std::vector<std::pair<std::string, Cell>>;

}  // namespace partita::command
