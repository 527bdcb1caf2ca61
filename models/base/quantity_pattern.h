// Quantities as editors see them.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "models/base/units.h"

namespace partita {

// A regular expression (as JSON schemas have them) of the texts that parse_quantity<Quantity>()
// reads.
template <class Quantity>
std::string quantity_pattern() {
  return fmt::format(R"(^\s*\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*({})\s*$)",
                     fmt::join(unit_names<Quantity>(), "|"));
}

}  // namespace partita
