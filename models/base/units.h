// Quantities as types: time, bytes, floating-point operations, and their rates.
//
// All are 64-bit integers, so that every run gives the same bytes on every machine. Only pairs that
// make sense mix: Bytes / Bandwidth and Flops / FlopRate give a Time, rounded up in 128 bits.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace partita {

__extension__ using Wide = __int128;  // 64 bits overflow at 9 MB x 10^12 ps

using Time = std::chrono::duration<std::int64_t, std::pico>;  // reaches 106 days

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ns;
constexpr Time operator""_ps(unsigned long long count) {
  return Time{static_cast<std::int64_t>(count)};
}

template <class Dimension>
struct Amount {
  std::int64_t value = 0;

  friend constexpr auto operator<=>(Amount, Amount) = default;
  friend constexpr Amount operator+(Amount a, Amount b) { return {a.value + b.value}; }
  friend constexpr Amount operator-(Amount a, Amount b) { return {a.value - b.value}; }
  friend constexpr Amount operator*(Amount a, std::int64_t n) { return {a.value * n}; }
  constexpr Amount& operator+=(Amount other) { return value += other.value, *this; }
  constexpr Amount& operator-=(Amount other) { return value -= other.value, *this; }
};

using Bytes = Amount<struct BytesDimension>;
using Flops = Amount<struct FlopsDimension>;                      // one multiply-add counts as two
using Bandwidth = Amount<struct BytesPerSecond>;                  // B/s
using FlopRate = Amount<struct FlopsPerSecond>;                   // FLOP/s
using Power = Amount<struct MilliwattDimension>;                  // mW
using Energy = Amount<struct NanojouleDimension>;                 // nJ
using EnergyPerByte = Amount<struct FemtojoulePerByteDimension>;  // fJ/B

// The one rounding of the house: up to a whole picosecond, so that nothing ends early.
// Precondition: rate > 0, amount >= 0. Saturates at Time::max().
constexpr Time time_for(Wide amount, std::int64_t rate) {
  const Wide picoseconds = (amount * std::pico::den + rate - 1) / rate;
  const Wide longest = std::numeric_limits<std::int64_t>::max();
  return Time{static_cast<std::int64_t>(picoseconds < longest ? picoseconds : longest)};
}
constexpr Time operator/(Bytes size, Bandwidth rate) { return time_for(size.value, rate.value); }
constexpr Time operator/(Flops work, FlopRate rate) { return time_for(work.value, rate.value); }

// Average rate of moving `size` in `time`, rounded down. Precondition: time > 0.
constexpr Bandwidth operator/(Bytes size, Time time) {
  return {static_cast<std::int64_t>(static_cast<Wide>(size.value) * std::pico::den / time.count())};
}
// mW x ps = 10^-15 J; kept in nanojoules, rounded down.
constexpr Energy operator*(Power power, Time time) {
  return {static_cast<std::int64_t>(static_cast<Wide>(power.value) * time.count() / 1'000'000)};
}

// B/s x fJ/B = 10^-15 W; kept in milliwatts, rounded down.
constexpr Power operator*(Bandwidth rate, EnergyPerByte energy) {
  return {
      static_cast<std::int64_t>(static_cast<Wide>(rate.value) * energy.value / 1'000'000'000'000)};
}

// `time * ratio` to the nearest picosecond, at most Time::max(); `ratio` is a statistic (an
// efficiency, a slowdown).
Time scaled(Time time, double ratio);

constexpr double seconds(Time time) { return static_cast<double>(time.count()) * 1e-12; }
constexpr double milliseconds(Time time) { return static_cast<double>(time.count()) * 1e-9; }
constexpr double microseconds(Time time) { return static_cast<double>(time.count()) * 1e-6; }

// Text for people: three significant digits and the unit that fits ("1.21 ms", "16 GB/s").
std::string to_string(Time);
std::string to_string(Bytes);  // binary units (KiB), as memories are sized
std::string to_string(Flops);
std::string to_string(Bandwidth);
std::string to_string(FlopRate);
std::string to_string(Power);
std::string to_string(Energy);

// Text that reads back as exactly the same value, in the largest unit that allows it
// ("2500 us", "1 GB/s", "7 B"). What files are written with.
std::string exact_text(Time);
std::string exact_text(Bytes);
std::string exact_text(Flops);
std::string exact_text(Bandwidth);
std::string exact_text(FlopRate);
std::string exact_text(Power);
std::string exact_text(EnergyPerByte);

// What was wrong with a text that should have been a quantity: for example
// "unknown unit 'GBs' in '16 GBs' (one of B/s, kB/s, MB/s, ...)".
struct BadQuantity {
  std::string message;
};

// The units that parse_quantity() knows, the smallest first of each family ("B", "kB", ..., "KiB",
// ...).
template <class Quantity>
std::vector<std::string_view> unit_names();
template <>
std::vector<std::string_view> unit_names<Time>();
template <>
std::vector<std::string_view> unit_names<Bytes>();
template <>
std::vector<std::string_view> unit_names<Flops>();
template <>
std::vector<std::string_view> unit_names<Bandwidth>();
template <>
std::vector<std::string_view> unit_names<FlopRate>();
template <>
std::vector<std::string_view> unit_names<Power>();
template <>
std::vector<std::string_view> unit_names<Energy>();
template <>
std::vector<std::string_view> unit_names<EnergyPerByte>();

// Reads "16 GB/s", "1.2 us", "24 GiB". A number without a unit is an error, as are negative values,
// values that are no finite number, and values that do not fit. GB = 10^9 B, GiB = 2^30 B,
// Gb = 10^9 bit.
template <class Quantity>
std::variant<Quantity, BadQuantity> parse_quantity(std::string_view text);
template <>
std::variant<Time, BadQuantity> parse_quantity<Time>(std::string_view text);
template <>
std::variant<Bytes, BadQuantity> parse_quantity<Bytes>(std::string_view text);
template <>
std::variant<Flops, BadQuantity> parse_quantity<Flops>(std::string_view text);
template <>
std::variant<Bandwidth, BadQuantity> parse_quantity<Bandwidth>(std::string_view text);
template <>
std::variant<FlopRate, BadQuantity> parse_quantity<FlopRate>(std::string_view text);
template <>
std::variant<Power, BadQuantity> parse_quantity<Power>(std::string_view text);
template <>
std::variant<Energy, BadQuantity> parse_quantity<Energy>(std::string_view text);
template <>
std::variant<EnergyPerByte, BadQuantity> parse_quantity<EnergyPerByte>(std::string_view text);

}  // namespace partita
