// What changes from point to point of a sweep, and the values that it takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/base/diagnostics.h"

namespace partita {

// A value as the command is given it ("10 GB/s") and, of quantities and plain numbers, in the unit
// of its axis (1e10).
struct SweepValue {
  std::string text;
  std::optional<double> number;
  SourceLoc where;
};

// All values between two.
struct SweepRange {
  double from = 0, to = 0;  // in the unit of the axis
  bool logarithmic = false, integer = false;
  std::optional<std::size_t> points;  // where the range is walked through; absent: it is sampled
  // Whole numbers count this: "from: 4 GiB" goes in steps of 2^30 B, written as GiB.
  double step = 1;
  std::string step_unit;
};

// An option of the verb ("method"), a value of the machine ("machine.links.pcie0.latency"), a
// parameter of the network ("model.batch"), a free dimension ("bind.N"), a value of the scenario
// ("scenario.requests").
struct Axis {
  std::string name;
  std::string unit;  // of numbers: "B/s", "FLOP/s", "s", "B", "W", ...; "": none (measure.h)
  std::optional<SweepRange> range;
  std::vector<SweepValue> values;  // of a list, or the points of a walked range
  std::string as;         // what the command is given, "{}" standing for the value; "": the value
  std::size_t group = 0;  // axes of one group step together (zip); groups count up in file order
  SourceLoc where;
  // Something is wrong with its values, which was said: nothing else is judged by them. Only while a
  // file is read: a sweep that was read has no such axis.
  bool is_wrong = false;

  // Of a text that the file compares its numbers with: what is wrong with it, or "". A quantity of
  // another kind of unit may be right, and the axis wrong: that is said once, of both.
  std::string mistake_beside(const std::string& text);

  // Its values have numbers. Lists have them all or none.
  bool is_numeric() const { return range || (!values.empty() && values.front().number); }
  // The value at a position in [0, 1]. Of a range, walked or not: between its ends, on its scale;
  // of whole numbers each has an equal share of the positions. Of a list: the
  // floor(position x count)-th. Its text reads back as the same number.
  SweepValue at(double position) const;
  // Its number alone.
  double number_at(double position) const;
  // A value that is drawn by chance. Of a range with no more digits than tell anybody anything:
  // kSampledDigits, and one more for each power of ten by which it is narrower than its larger end
  // (990 to 1,000: two).
  SweepValue sampled_at(double position) const;
};

inline constexpr int kSampledDigits = 6;

// `as` with the value in the place of its "{}".
std::string with_value(std::string as, const std::string& value);

// The points of a walked range: first and last are its ends, whole numbers the nearest; equal
// neighbours are one. Precondition: `axis` has a range.
std::vector<SweepValue> walked(const Axis& axis, std::size_t points);

}  // namespace partita
