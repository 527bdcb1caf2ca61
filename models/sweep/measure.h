// What the numbers of a sweep measure: how they are read, compared and written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace partita {

struct Measure {
  // Of numbers in memory, figures and results: "s", "B/s", ...; "": plain numbers.
  std::string_view unit;
  // The smallest amounts that the command tells apart, in one such unit: 10^12 ps in 1 s. 0: all
  // doubles are.
  double grains = 0;
  std::string_view gap;  // between a number and its unit
};

struct MeasuredNumber {
  double number = 0;  // in the unit of its measure
  const Measure* measure = nullptr;
  std::string unit;      // that it is written in: "GB/s"
  double unit_size = 1;  // in the unit of its measure: 1e9
};

// "10 GB/s", "1.2 us", "24 GiB", "30 %", "500/s", "3.5"; nothing where the text is no such number.
std::optional<MeasuredNumber> read_measured(std::string_view text);

// Of a unit that some measure has: "", "%", "/s", "s", "B", "B/s", "FLOP", "FLOP/s", "W", "J",
// "J/B".
const Measure& measure_of(std::string_view unit);

// Why `text` cannot be read as that measure, with what is allowed; "": it can.
std::string mistake_in(std::string_view text, const Measure& measure);

// The nearest number that can be told apart and has at most so many significant digits. Twelve are
// enough for any study, and few enough that no computer's exp() and log() show in them.
inline constexpr int kMostDigits = 12;
double rounded(double number, const Measure& measure, int digits = kMostDigits);

// The shortest text that reads back as exactly the same number, in the largest decimal unit that is
// not above it: "94.868329805 GB/s". Precondition: `number` can
// be told apart and has at most fifteen significant digits.
std::string number_text(double number, const Measure& measure);

// For people: four significant digits, and the prefix that fits ("40.12 us", "94.87 GB/s", "4 GiB").
std::string readable_text(double number, const Measure& measure);

}  // namespace partita
