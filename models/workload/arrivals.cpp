#include "models/workload/arrivals.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/csv.h"
#include "models/base/file.h"
#include "models/base/random.h"

namespace partita {
namespace {

constexpr const char* kForms =
    "one of 'every 2 ms', 'poisson 500/s', 'bursts of 8 every 20 ms', 'saturated', or the name of "
    "a "
    "trace that ends in .csv";

// Takes `word` and the spaces after it off the front of `text`.
bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  std::string_view rest = text.substr(word.size());
  if (!rest.empty() && rest.front() != ' ') return false;
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  text = rest;
  return true;
}

// Whole digits at the front of `text`; nothing where there is none, or a number above 10^9.
std::optional<std::int64_t> take_count(std::string_view& text) {
  std::int64_t number = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    number = 10 * number + (text[digits] - '0');
    if (number > 1'000'000'000) return std::nullopt;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

// "500/s", "0.25/s": in 10^-6 a second; further digits are refused.
std::optional<std::int64_t> rate(std::string_view text) {
  const std::optional<std::int64_t> whole = take_count(text);
  if (!whole) return std::nullopt;
  std::int64_t millionths = *whole * 1'000'000;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    std::int64_t digit = 100'000;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
      if (digit == 0) return std::nullopt;
      millionths += digit * (text.front() - '0');
      digit /= 10;
    }
  }
  if (text != "/s" || millionths == 0) return std::nullopt;
  return millionths;
}

std::variant<Time, BadArrivals> period(std::string_view text) {
  auto parsed = parse_quantity<Time>(text);
  if (const auto* bad = std::get_if<BadQuantity>(&parsed)) return BadArrivals{bad->message};
  if (std::get<Time>(parsed) == Time{0}) return BadArrivals{"a period of 0"};
  return std::get<Time>(parsed);
}

std::vector<Time> read_trace(const std::string& file) {
  Diagnostics diagnostics;
  const std::vector<CsvRecord> records = parse_csv(read_file(file), file, diagnostics);
  std::vector<Time> times;
  const auto found = [&](const CsvField& field, const std::string& message) {
    diagnostics.error({file, field.line, field.column}, message);
  };
  if (records.empty() || records.front().fields.size() != 1 ||
      records.front().fields.front().text != "arrival") {
    diagnostics.error({file, 1, 1}, "a trace of arrivals begins with the line 'arrival'");
    diagnostics.throw_if_any();
  }
  for (std::size_t i = 1; i < records.size(); ++i) {
    const std::vector<CsvField>& fields = records[i].fields;
    if (fields.size() > 1) {
      found(fields[1], fmt::format("one column is expected, this row has {}", fields.size()));
      continue;
    }
    auto parsed = parse_quantity<Time>(fields.front().text);
    if (const auto* bad = std::get_if<BadQuantity>(&parsed)) {
      found(fields.front(), "arrival: " + bad->message);
      continue;
    }
    const Time time = std::get<Time>(parsed);
    if (!times.empty() && time < times.back()) {
      found(fields.front(), fmt::format("arrival {} lies before the one above it, {}",
                                        exact_text(time), exact_text(times.back())));
      continue;
    }
    times.push_back(time);
  }
  if (records.size() == 1) diagnostics.error({file, 1, 1}, "the trace has no arrivals");
  diagnostics.throw_if_any();
  return times;
}

// The sum of `count` gaps. In units of 2^-32 of the mean gap, so that no rounding adds up.
std::vector<Time> poisson(std::int64_t per_second, std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<Time> times;
  Wide gaps = 0;
  for (std::size_t i = 0; i < count; ++i) {
    gaps += static_cast<Wide>(random.exponential());
    // The mean gap is 10^18 / per_second ps; the whole part first, for 128 bits.
    const Wide mean_whole = (gaps >> 32) * 1'000'000'000'000'000'000;
    const Wide mean_part = ((gaps & 0xffff'ffff) * 1'000'000'000'000'000'000) >> 32;
    const Wide time = (mean_whole + mean_part) / per_second;
    times.push_back(time < Time::max().count() ? Time{static_cast<std::int64_t>(time)}
                                               : Time::max());
  }
  return times;
}

std::vector<Time> periodic(Time period, std::size_t size, std::size_t count) {
  std::vector<Time> times;
  for (std::size_t i = 0; i < count; ++i) {
    const Wide time = static_cast<Wide>(period.count()) * static_cast<Wide>(i / size);
    times.push_back(time < Time::max().count() ? Time{static_cast<std::int64_t>(time)}
                                               : Time::max());
  }
  return times;
}

}  // namespace

std::variant<Arrivals, BadArrivals> parse_arrivals(std::string_view text) {
  const auto bad = [&](const std::string& why) {
    return BadArrivals{fmt::format("{} in '{}' ({})", why, text, kForms)};
  };
  std::string_view rest = text;
  Arrivals arrivals;
  if (text == "saturated") return arrivals;
  if (text.ends_with(".csv")) {
    arrivals.kind = Arrivals::Kind::Trace;
    arrivals.file = text;
    return arrivals;
  }
  if (take(rest, "poisson")) {
    const std::optional<std::int64_t> millionths = rate(rest);
    if (!millionths) return bad("a rate like 500/s or 0.25/s is expected after 'poisson'");
    arrivals.kind = Arrivals::Kind::Poisson;
    arrivals.per_second = *millionths;
    return arrivals;
  }
  if (take(rest, "bursts")) {
    std::optional<std::int64_t> size;
    if (take(rest, "of")) size = take_count(rest);
    if (!size || *size == 0) return bad("a size is expected after 'bursts of'");
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    arrivals.kind = Arrivals::Kind::Bursts;
    arrivals.size = static_cast<std::size_t>(*size);
  } else {
    arrivals.kind = Arrivals::Kind::Fixed;
  }
  if (!take(rest, "every")) return bad("unknown arrivals");
  const auto every = period(rest);
  if (const auto* wrong = std::get_if<BadArrivals>(&every)) return bad(wrong->message);
  arrivals.period = std::get<Time>(every);
  return arrivals;
}

std::vector<Time> arrival_times(const Arrivals& arrivals, std::optional<std::size_t> count,
                                std::uint64_t seed, const SourceLoc& where) {
  std::vector<Time> times;
  switch (arrivals.kind) {
    case Arrivals::Kind::Saturated: times.assign(*count, Time{0}); break;
    case Arrivals::Kind::Fixed:
    case Arrivals::Kind::Bursts: times = periodic(arrivals.period, arrivals.size, *count); break;
    case Arrivals::Kind::Poisson: times = poisson(arrivals.per_second, *count, seed); break;
    case Arrivals::Kind::Trace:
      times = read_trace(arrivals.file);
      if (count && *count < times.size()) times.resize(*count);
      break;
  }
  if (!times.empty() && times.back() == Time::max()) {
    throw ConfigError(where,
                      fmt::format("the last of {} arrivals lies beyond 106 days", times.size()));
  }
  return times;
}

}  // namespace partita
