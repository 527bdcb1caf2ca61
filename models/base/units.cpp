#include "models/base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <sstream>

namespace partita {
namespace {

struct Unit {
  std::string_view name;
  // Value of one unit in the base unit, as numerator / denominator (Gb = 10^9 / 8 B).
  std::int64_t numerator;
  std::int64_t denominator = 1;
};

constexpr Unit kTimeUnits[] = {
    {"ps", 1}, {"ns", 1'000}, {"us", 1'000'000}, {"ms", 1'000'000'000}, {"s", 1'000'000'000'000}};
constexpr Unit kByteUnits[] = {{"B", 1},
                               {"kB", 1'000},
                               {"MB", 1'000'000},
                               {"GB", 1'000'000'000},
                               {"TB", 1'000'000'000'000},
                               {"KiB", 1LL << 10},
                               {"MiB", 1LL << 20},
                               {"GiB", 1LL << 30},
                               {"TiB", 1LL << 40}};
constexpr Unit kBandwidthUnits[] = {{"B/s", 1},
                                    {"kB/s", 1'000},
                                    {"MB/s", 1'000'000},
                                    {"GB/s", 1'000'000'000},
                                    {"TB/s", 1'000'000'000'000},
                                    {"Mb/s", 1'000'000, 8},
                                    {"Gb/s", 1'000'000'000, 8},
                                    {"Tb/s", 1'000'000'000'000, 8},
                                    {"KiB/s", 1LL << 10},
                                    {"MiB/s", 1LL << 20},
                                    {"GiB/s", 1LL << 30},
                                    {"TiB/s", 1LL << 40}};
constexpr Unit kFlopUnits[] = {{"FLOP", 1},
                               {"kFLOP", 1'000},
                               {"MFLOP", 1'000'000},
                               {"GFLOP", 1'000'000'000},
                               {"TFLOP", 1'000'000'000'000},
                               {"PFLOP", 1'000'000'000'000'000}};
constexpr Unit kFlopRateUnits[] = {{"FLOP/s", 1},
                                   {"kFLOP/s", 1'000},
                                   {"MFLOP/s", 1'000'000},
                                   {"GFLOP/s", 1'000'000'000},
                                   {"TFLOP/s", 1'000'000'000'000},
                                   {"PFLOP/s", 1'000'000'000'000'000}};
constexpr Unit kPowerUnits[] = {{"mW", 1}, {"W", 1'000}, {"kW", 1'000'000}};
constexpr Unit kEnergyPerByteUnits[] = {
    {"fJ/B", 1}, {"pJ/B", 1'000}, {"pJ/b", 8'000}, {"nJ/B", 1'000'000}};
constexpr Unit kEnergyUnits[] = {
    {"nJ", 1}, {"uJ", 1'000}, {"mJ", 1'000'000}, {"J", 1'000'000'000}, {"kJ", 1'000'000'000'000}};

std::string names(std::span<const Unit> units) {
  std::string all;
  for (const Unit& unit : units) all += (all.empty() ? "" : ", ") + std::string{unit.name};
  return all;
}

std::vector<std::string_view> names_of(std::span<const Unit> units) {
  std::vector<std::string_view> all;
  for (const Unit& unit : units) all.push_back(unit.name);
  return all;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Decimal digits are read as integers scaled by a power of ten, never through a double: "0.1 GB/s"
// is exactly 100,000,000 B/s.
std::variant<std::int64_t, BadQuantity> parse(std::string_view written,
                                              std::span<const Unit> units) {
  const std::string_view text = trimmed(written);
  const auto number_end = std::min(text.find_first_not_of("0123456789.eE+-"), text.size());
  // An 'e' that starts a unit would be swallowed above; no unit of ours starts with one.
  const std::string_view number = text.substr(0, number_end);
  const std::string_view unit_name = trimmed(text.substr(number_end));

  const auto bad = [&](std::string_view what) {
    return BadQuantity{
        fmt::format("{} in '{}' (a number and one of {})", what, written, names(units))};
  };
  if (number.empty()) return bad("no number");
  if (number.front() == '-') return bad("negative value");
  if (unit_name.empty()) return bad("no unit");

  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
    return candidate.name == unit_name;
  });
  if (unit == units.end()) {
    return BadQuantity{
        fmt::format("unknown unit '{}' in '{}' (one of {})", unit_name, written, names(units))};
  }

  Wide mantissa = 0;
  int exponent = 0;
  int digits = 0;
  bool after_point = false;
  std::size_t i = number.front() == '+' ? 1 : 0;
  for (; i < number.size(); ++i) {
    const char c = number[i];
    if (c == '.') {
      if (after_point) return bad("malformed number");
      after_point = true;
    } else if (c >= '0' && c <= '9') {
      ++digits;
      if (mantissa > std::numeric_limits<std::int64_t>::max())
        return bad("value too large or too precise");
      mantissa = mantissa * 10 + (c - '0');
      if (after_point) --exponent;
    } else {
      break;
    }
  }
  if (digits == 0) return bad("malformed number");
  if (i < number.size()) {
    if (number[i] != 'e' && number[i] != 'E') return bad("malformed number");
    std::istringstream rest{std::string{number.substr(i + 1)}};
    int written_exponent = 0;
    if (!(rest >> written_exponent) || !rest.eof()) return bad("malformed number");
    if (written_exponent > 40 || written_exponent < -40)
      return bad("value too large or too precise");
    exponent += written_exponent;
  }

  const Wide limit = std::numeric_limits<std::int64_t>::max();
  if (mantissa > limit) return bad("value too large or too precise");
  Wide value = mantissa * unit->numerator;
  Wide divisor = unit->denominator;
  for (; exponent > 0; --exponent) {
    if (value > limit * 8) return bad("value too large");
    value *= 10;
  }
  for (; exponent < 0 && divisor < limit; ++exponent) divisor *= 10;
  const Wide rounded = (value + divisor / 2) / divisor;
  if (rounded > limit) return bad("value too large");
  return static_cast<std::int64_t>(rounded);
}

template <class Quantity>
std::variant<Quantity, BadQuantity> parse_as(std::string_view text, std::span<const Unit> units) {
  const auto value = parse(text, units);
  if (const auto* bad = std::get_if<BadQuantity>(&value)) return *bad;
  return Quantity{std::get<std::int64_t>(value)};
}

// Three significant digits in the largest of `units` that keeps the number at 1 or more.
std::string rounded_text(std::int64_t value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (unit.denominator == 1 && std::llabs(value) >= unit.numerator) best = &unit;
  }
  const double number = static_cast<double>(value) / static_cast<double>(best->numerator);
  // {:g} would switch to exponents from 1000 on, which happens between units and above the last
  // one.
  if (std::fabs(number) >= 999.5) return fmt::format("{:.0f} {}", number, best->name);
  return fmt::format("{:.3g} {}", number, best->name);
}

std::string exact(std::int64_t value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (unit.denominator == 1 && value != 0 && value % unit.numerator == 0 &&
        unit.numerator > best->numerator) {
      best = &unit;
    }
  }
  return fmt::format("{} {}", value / best->numerator, best->name);
}

constexpr auto kDecimalBandwidth = std::span{kBandwidthUnits}.first(5);

}  // namespace

template <>
std::vector<std::string_view> unit_names<Time>() {
  return names_of(kTimeUnits);
}
template <>
std::vector<std::string_view> unit_names<Bytes>() {
  return names_of(kByteUnits);
}
template <>
std::vector<std::string_view> unit_names<Flops>() {
  return names_of(kFlopUnits);
}
template <>
std::vector<std::string_view> unit_names<Bandwidth>() {
  return names_of(kBandwidthUnits);
}
template <>
std::vector<std::string_view> unit_names<FlopRate>() {
  return names_of(kFlopRateUnits);
}
template <>
std::vector<std::string_view> unit_names<Power>() {
  return names_of(kPowerUnits);
}
template <>
std::vector<std::string_view> unit_names<Energy>() {
  return names_of(kEnergyUnits);
}
template <>
std::vector<std::string_view> unit_names<EnergyPerByte>() {
  return names_of(kEnergyPerByteUnits);
}

Time scaled(Time time, double ratio) {
  const double picoseconds = static_cast<double>(time.count()) * ratio;
  // The largest time has no double of its own: the nearest one is a picosecond above it.
  if (picoseconds >= static_cast<double>(Time::max().count())) return Time::max();
  return Time{std::llround(picoseconds)};
}

std::string to_string(Time time) { return rounded_text(time.count(), kTimeUnits); }
std::string to_string(Bytes bytes) {
  static constexpr Unit kBinary[] = {
      {"B", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}, {"TiB", 1LL << 40}};
  return rounded_text(bytes.value, kBinary);
}
std::string to_string(Flops flops) { return rounded_text(flops.value, kFlopUnits); }
std::string to_string(Bandwidth rate) { return rounded_text(rate.value, kDecimalBandwidth); }
std::string to_string(FlopRate rate) { return rounded_text(rate.value, kFlopRateUnits); }
std::string to_string(Power power) { return rounded_text(power.value, kPowerUnits); }
std::string to_string(Energy energy) { return rounded_text(energy.value, kEnergyUnits); }

std::string exact_text(Time time) { return exact(time.count(), kTimeUnits); }
std::string exact_text(Bytes bytes) { return exact(bytes.value, kByteUnits); }
std::string exact_text(Flops flops) { return exact(flops.value, kFlopUnits); }
std::string exact_text(Bandwidth rate) { return exact(rate.value, kDecimalBandwidth); }
std::string exact_text(FlopRate rate) { return exact(rate.value, kFlopRateUnits); }
std::string exact_text(Power power) { return exact(power.value, kPowerUnits); }
std::string exact_text(EnergyPerByte energy) { return exact(energy.value, kEnergyPerByteUnits); }

template <>
std::variant<Time, BadQuantity> parse_quantity<Time>(std::string_view text) {
  const auto value = parse(text, kTimeUnits);
  if (const auto* bad = std::get_if<BadQuantity>(&value)) return *bad;
  return Time{std::get<std::int64_t>(value)};
}
template <>
std::variant<Bytes, BadQuantity> parse_quantity<Bytes>(std::string_view text) {
  return parse_as<Bytes>(text, kByteUnits);
}
template <>
std::variant<Flops, BadQuantity> parse_quantity<Flops>(std::string_view text) {
  return parse_as<Flops>(text, kFlopUnits);
}
template <>
std::variant<Bandwidth, BadQuantity> parse_quantity<Bandwidth>(std::string_view text) {
  return parse_as<Bandwidth>(text, kBandwidthUnits);
}
template <>
std::variant<FlopRate, BadQuantity> parse_quantity<FlopRate>(std::string_view text) {
  return parse_as<FlopRate>(text, kFlopRateUnits);
}
template <>
std::variant<Power, BadQuantity> parse_quantity<Power>(std::string_view text) {
  return parse_as<Power>(text, kPowerUnits);
}
template <>
std::variant<Energy, BadQuantity> parse_quantity<Energy>(std::string_view text) {
  return parse_as<Energy>(text, kEnergyUnits);
}
template <>
std::variant<EnergyPerByte, BadQuantity> parse_quantity<EnergyPerByte>(std::string_view text) {
  return parse_as<EnergyPerByte>(text, kEnergyPerByteUnits);
}

}  // namespace partita
