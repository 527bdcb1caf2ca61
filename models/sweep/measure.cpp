#include "models/sweep/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <variant>
#include <vector>

#include "models/base/diagnostics.h"
#include "models/base/units.h"

namespace partita {
namespace {

struct NamedUnit {
  std::string name;
  std::int64_t grains = 1;
};

// How a measure's texts become whole grains.
struct Reader {
  Measure measure;
  std::variant<std::int64_t, BadQuantity> (*grains)(std::string_view text);
  std::vector<std::string_view> (*names)();
};

template <class Quantity>
std::variant<std::int64_t, BadQuantity> quantity_grains(std::string_view text) {
  const auto parsed = parse_quantity<Quantity>(text);
  if (const auto* bad = std::get_if<BadQuantity>(&parsed)) return *bad;
  if constexpr (std::is_same_v<Quantity, Time>) {
    return std::get<Quantity>(parsed).count();
  } else {
    return std::get<Quantity>(parsed).value;
  }
}

template <class Quantity>
Reader quantity(std::string_view unit, double grains) {
  return {{unit, grains, " "}, quantity_grains<Quantity>, unit_names<Quantity>};
}

const std::array kQuantities{
    quantity<Time>("s", 1e12),       quantity<Bytes>("B", 1),
    quantity<Bandwidth>("B/s", 1),   quantity<Flops>("FLOP", 1),
    quantity<FlopRate>("FLOP/s", 1), quantity<Power>("W", 1e3),
    quantity<Energy>("J", 1e9),      quantity<EnergyPerByte>("J/B", 1e15),
};
// Numbers with a sign behind them; arrivals and constraints are written so.
constexpr std::array kSigned{Measure{"%", 1e6, ""}, Measure{"/s", 1e6, ""}};
constexpr Measure kPlain{"", 0, ""};
constexpr std::string_view kNumberBegins = "0123456789.+-";

std::optional<double> plain_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(number) ? std::optional<double>{number} : std::nullopt;
}

std::optional<double> signed_number(std::string_view text, std::string_view sign) {
  if (!text.ends_with(sign)) return std::nullopt;
  text.remove_suffix(sign.size());
  while (text.ends_with(' ')) text.remove_suffix(1);
  return plain_number(text);
}

std::string_view unit_in(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of("0123456789.eE+- "), text.size());
  const std::string_view unit = text.substr(begin);
  return unit.substr(0, unit.find_last_not_of(' ') + 1);
}

const Reader* quantity_reader(const Measure& measure) {
  const auto found = std::find_if(kQuantities.begin(), kQuantities.end(), [&](const Reader& each) {
    return each.measure.unit == measure.unit;
  });
  return found != kQuantities.end() ? &*found : nullptr;
}

// Units in which every whole number of grains is a decimal that ends: 10^k grains, the largest
// first.
std::vector<NamedUnit> decimal_units(const Reader& reader) {
  std::vector<NamedUnit> units;
  for (const std::string_view name : reader.names()) {
    const auto grains = std::get<std::int64_t>(reader.grains(fmt::format("1 {}", name)));
    std::int64_t rest = grains;
    while (rest % 10 == 0) rest /= 10;
    if (rest == 1) units.push_back({std::string{name}, grains});
  }
  std::sort(units.begin(), units.end(),
            [](const NamedUnit& a, const NamedUnit& b) { return a.grains > b.grains; });
  return units;
}

const std::vector<NamedUnit>& decimal_units(const Measure& measure) {
  static const auto kAll = [] {
    std::array<std::vector<NamedUnit>, kQuantities.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = decimal_units(kQuantities[i]);
    return all;
  }();
  return kAll[static_cast<std::size_t>(quantity_reader(measure) - kQuantities.data())];
}

std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

// count / 10^digits, without zeros at the end.
std::string decimal(std::int64_t count, std::int64_t unit) {
  const bool negative = count < 0;
  if (negative) count = -count;
  std::string text = fmt::format("{}{}", negative ? "-" : "", count / unit);
  std::int64_t rest = count % unit;
  if (rest == 0) return text;
  text += '.';
  for (; rest != 0; rest = rest * 10 % unit) text += static_cast<char>('0' + rest * 10 / unit);
  return text;
}

constexpr int kShownDigits = 4;

double rounded_plain(double number, int digits) {
  if (number == 0 || !std::isfinite(number)) return 0;
  // Powers of ten up to 10^22 are doubles, so one rounding gives the double nearest to the decimal.
  const int exponent = digits - 1 - static_cast<int>(std::floor(std::log10(std::fabs(number))));
  if (std::abs(exponent) > 18) return *plain_number(fmt::format("{:.{}g}", number, digits));
  const auto power = static_cast<double>(power_of_ten(std::abs(exponent)));
  return exponent < 0 ? std::nearbyint(number / power) * power
                      : std::nearbyint(number * power) / power;
}

std::string plain_text(double number) {
  // Whole numbers in digits: counts are read as such.
  if (number == std::nearbyint(number) && std::fabs(number) < 1e15) {
    return fmt::format("{}", static_cast<std::int64_t>(number));
  }
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.begin(), text.end(), number).ptr};
}

// To the nearest multiple of 10^k that leaves so many significant digits.
std::int64_t with_digits(std::int64_t number, int digits) {
  std::int64_t unit = 1;
  while (std::llabs(number) / unit >= power_of_ten(digits)) unit *= 10;
  return (number + (number < 0 ? -unit : unit) / 2) / unit * unit;
}

// Beyond 2^53 a double says fifteen digits of them.
std::int64_t grains_of(double number, const Measure& measure) {
  const long double product = static_cast<long double>(number) * measure.grains;
  return with_digits(std::llroundl(product), 15);
}

// Without an exponent where that is short.
std::string few_digits(double number) {
  constexpr double kExponent = 1e4, kLong = 1e15;
  const double size = std::fabs(number);
  return size >= kExponent && size < kLong ? fmt::format("{:.0f}", number)
                                           : fmt::format("{:.{}g}", number, kShownDigits);
}

// Memories are sized in these: "4 GiB", where that is a whole number of them; else "".
std::string binary_text(double bytes) {
  constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  std::string text;
  double count = bytes;
  for (const char* unit : kUnits) {
    count /= kStep;
    if (count < 1 || count != std::nearbyint(count)) break;
    text = fmt::format("{} {}", count, unit);
  }
  return text;
}

}  // namespace

std::optional<MeasuredNumber> read_measured(std::string_view text) {
  if (text.empty() || kNumberBegins.find(text.front()) == std::string_view::npos) {
    return std::nullopt;
  }
  if (const auto number = plain_number(text)) return MeasuredNumber{*number, &kPlain, "", 1};
  for (const Measure& measure : kSigned) {
    if (const auto number = signed_number(text, measure.unit)) {
      const auto grains = static_cast<double>(grains_of(*number, measure));
      return MeasuredNumber{grains / measure.grains, &measure, std::string{measure.unit}, 1};
    }
  }
  for (const Reader& reader : kQuantities) {
    const auto grains = reader.grains(text);
    if (const auto* found = std::get_if<std::int64_t>(&grains)) {
      MeasuredNumber read{static_cast<double>(*found) / reader.measure.grains, &reader.measure,
                          std::string{unit_in(text)}, 1};
      const auto one = reader.grains("1 " + read.unit);
      read.unit_size = static_cast<double>(std::get<std::int64_t>(one)) / reader.measure.grains;
      return read;
    }
  }
  return std::nullopt;
}

const Measure& measure_of(std::string_view unit) {
  for (const Measure& measure : kSigned) {
    if (measure.unit == unit) return measure;
  }
  for (const Reader& reader : kQuantities) {
    if (reader.measure.unit == unit) return reader.measure;
  }
  return kPlain;
}

std::string mistake_in(std::string_view text, const Measure& measure) {
  if (measure.unit.empty()) {
    return plain_number(text) ? "" : fmt::format("'{}' is no number", text);
  }
  const Reader* reader = quantity_reader(measure);
  if (reader == nullptr) {
    return signed_number(text, measure.unit)
               ? ""
               : fmt::format("'{}' is no number with '{}' behind it", text, measure.unit);
  }
  const auto read = reader->grains(text);
  const auto* bad = std::get_if<BadQuantity>(&read);
  return bad != nullptr ? bad->message : "";
}

double rounded(double number, const Measure& measure, int digits) {
  if (measure.grains == 0) return rounded_plain(number, digits);
  const std::int64_t grains = with_digits(grains_of(number, measure), digits);
  return static_cast<double>(grains) / measure.grains;
}

std::string number_text(double number, const Measure& measure) {
  if (measure.grains == 0) return plain_text(number);
  const std::int64_t grains = grains_of(number, measure);
  if (quantity_reader(measure) == nullptr) {
    return decimal(grains, static_cast<std::int64_t>(measure.grains)) + std::string{measure.gap} +
           std::string{measure.unit};
  }
  const std::vector<NamedUnit>& units = decimal_units(measure);
  auto unit = std::find_if(units.begin(), units.end(),
                           [&](const NamedUnit& each) { return each.grains <= grains; });
  if (unit == units.end()) unit = units.end() - 1;
  return fmt::format("{}{}{}", decimal(grains, unit->grains), measure.gap, unit->name);
}

std::string readable_text(double number, const Measure& measure) {
  struct Prefix {
    double size;
    std::string_view name;
  };
  constexpr std::array kPrefixes{Prefix{1e15, "P"},  Prefix{1e12, "T"}, Prefix{1e9, "G"},
                                 Prefix{1e6, "M"},   Prefix{1e3, "k"},  Prefix{1, ""},
                                 Prefix{1e-3, "m"},  Prefix{1e-6, "u"}, Prefix{1e-9, "n"},
                                 Prefix{1e-12, "p"}, Prefix{1e-15, "f"}};
  const std::string_view unit = measure.unit;
  if (number == 0 || !std::isfinite(number) || quantity_reader(measure) == nullptr) {
    return fmt::format("{}{}{}", few_digits(number), measure.gap, unit);
  }
  if (unit == "B") {
    if (const std::string text = binary_text(number); !text.empty()) return text;
  }
  // What would be shown as 1000 of one is 1 of the next.
  const double size = std::fabs(rounded_plain(number, kShownDigits));
  // Nobody counts parts of a byte or kiloseconds.
  const double least = unit.starts_with("B") || unit.starts_with("F") ? 1 : 1e-15;
  const double most = unit == "s" ? 1 : 1e15;
  const Prefix* fits = nullptr;
  for (const Prefix& each : kPrefixes) {
    if (each.size < least || each.size > most) continue;
    fits = &each;
    if (each.size <= size) break;
  }
  return fmt::format("{} {}{}", few_digits(number / fits->size), fits->name, unit);
}

}  // namespace partita
