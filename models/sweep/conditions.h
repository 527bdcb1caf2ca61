// Which points of a sweep are meant: `exclude` and `only`.
#pragma once

#include <string>
#include <vector>

#include "models/base/document.h"
#include "models/sweep/axis.h"

namespace partita {

// What one axis has to be: any of these.
struct AxisTest {
  enum class Kind : std::uint8_t { Text, Glob, Less, LessOrEqual, Greater, GreaterOrEqual, Equal };
  struct Alternative {
    Kind kind = Kind::Text;
    std::string text;   // of Text and Glob: '*' is any text, '?' any character, [abc] one of these
    double number = 0;  // of the others, in the unit of the axis
  };
  std::size_t axis = 0;
  std::vector<Alternative> any_of;

  bool holds(const SweepValue& value) const;
};

// All of these tests.
using Condition = std::vector<AxisTest>;

// Reads a list of maps of axes to what they have to be. A text that is a value of its axis means
// that one, whatever it would match as a pattern; a text or number that is none of the values
// of its axis is a mistake. Where an axis has `as`, its numbers are meant alone (80/s) as well as in
// the text that the command is given (poisson 80/s).
std::vector<Condition> read_conditions(const ValueReader& value, std::vector<Axis>& axes);

}  // namespace partita
