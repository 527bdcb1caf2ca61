#include "exec/profile/copy_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <set>

#include "exec/profile/rising.h"

namespace partita::exec {
namespace {

// Fewer sizes say nothing about how lines change with the size.
constexpr std::size_t kSizesForRegimes = 6;
constexpr std::size_t kLeastSizes = 2;  // of a piece
constexpr double kProof = 2;            // standard errors
// Where errors are mere rounding there is nothing to be won.
constexpr double kNoError = 0.001;
// Of the time of the largest copy: less cannot be told from rounding.
constexpr double kLeastRise = 1e-6;

// time = setup + size * each, in seconds.
struct Line {
  double setup = 0, each = 0;
};

std::optional<Line> line_through(const std::vector<MeasuredCopy>& copies) {
  // With u = 1/t and v = n/t: minimise sum (setup u + each v - 1)^2.
  double uu = 0, uv = 0, vv = 0, u1 = 0, v1 = 0;
  double fastest = 0, largest = 0, longest = 0;
  for (const MeasuredCopy& copy : copies) {
    const double u = 1 / seconds(copy.time), v = static_cast<double>(copy.size.value) * u;
    uu += u * u;
    uv += u * v;
    vv += v * v;
    u1 += u;
    v1 += v;
    fastest = std::max(fastest, v);
    largest = std::max(largest, static_cast<double>(copy.size.value));
    longest = std::max(longest, seconds(copy.time));
  }
  if (vv <= 0) return std::nullopt;
  const double determinant = uu * vv - uv * uv;
  Line line;
  if (determinant > 1e-9 * uu * vv) {
    line.setup = (u1 * vv - v1 * uv) / determinant;
    line.each = (v1 * uu - u1 * uv) / determinant;
  }
  // One size, or noise that makes a negative number the best: one parameter alone.
  if (line.setup < 0 || determinant <= 1e-9 * uu * vv) line = {0, v1 / vv};
  if (line.each * largest <= kLeastRise * longest) line = {uu > 0 ? u1 / uu : 0, 1 / fastest};
  return line;
}

// |ln(said / measured)| of copies that nothing was fitted to; unlike a relative error it does not
// count a copy that was too fast for more than one that was too slow.
template <class Said>
void judge(const Said& said, const std::vector<MeasuredCopy>& copies, std::vector<double>& errors) {
  for (const MeasuredCopy& copy : copies) {
    errors.push_back(std::abs(std::log(said(copy.size) / seconds(copy.time))));
  }
}

double mean(const std::vector<double>& errors) {
  return std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
}
double standard_error(const std::vector<double>& errors) {
  const double middle = mean(errors);
  double sum = 0;
  for (const double error : errors) sum += (error - middle) * (error - middle);
  const auto count = static_cast<double>(errors.size());
  return std::sqrt(sum / (count * (count - 1)));
}

// Copy by copy, so that what no lines can say about some of them does not hide what they do.
std::vector<double> difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all;
  for (std::size_t i = 0; i < a.size(); ++i) all.push_back(a[i] - b[i]);
  return all;
}

// Pieces that follow each other without going back: where a line begins below the end of the one
// before, both meet somewhere between their sizes, or it begins where that one was last measured.
std::vector<Regime> pieces(const std::vector<MeasuredCopy>& risen, double price) {
  std::vector<Regime> regimes = fit_regimes(risen, price, kLeastSizes);
  for (std::size_t i = 1; i < regimes.size(); ++i) {
    const std::vector<Regime> before{regimes[i - 1]};
    Regime& next = regimes[i];
    if (next.time >= copy_time(before, next.from)) continue;
    const Bytes to = i + 1 < regimes.size() ? regimes[i + 1].from : risen.back().size;
    const Time end = copy_time({next}, to);
    const auto last =
        std::prev(std::find_if(risen.begin(), risen.end(), [&](const MeasuredCopy& copy) {
          return copy.size >= regimes[i].from;
        }));
    // How far `next` is above the line before, where that ends and where `next` begins.
    const Time early = copy_time({next}, last->size) - copy_time(before, last->size);
    const Time late = next.time - copy_time(before, next.from);
    const double part = early > Time{0} ? seconds(early) / seconds(early - late) : 0;
    next.from = last->size +
                Bytes{std::llround(part * static_cast<double>((next.from - last->size).value))};
    next.time = copy_time(before, next.from);
    next.bandwidth = std::max(Bandwidth{1}, (to - next.from) / std::max(Time{1}, end - next.time));
  }
  return regimes;
}

// What a piece has to be worth, in squares of relative errors: one that is right to 3 % about one
// size, up to what no data pay.
constexpr std::array kPrices{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0};

// The price at which pieces say most about others than they were fitted to, and no more of them than
// that takes; absent: a straight line says as much.
std::optional<double> price_worth_paying(const std::vector<MeasuredCopy>& copies) {
  std::set<Bytes> sizes;
  for (const MeasuredCopy& copy : copies) sizes.insert(copy.size);
  if (sizes.size() < kSizesForRegimes) return std::nullopt;
  std::array<std::vector<MeasuredCopy>, 2> halves;
  for (const MeasuredCopy& copy : copies) {
    const auto at = std::distance(sizes.begin(), sizes.find(copy.size));
    halves[static_cast<std::size_t>(at % 2)].push_back(copy);
  }
  std::vector<double> straight;
  std::array<std::vector<double>, kPrices.size()> errors;
  for (const std::size_t judging : {0, 1}) {
    const std::vector<MeasuredCopy> fitted = rising(halves[1 - judging]);
    const auto line = line_through(fitted);
    if (!line) return std::nullopt;
    judge([&](Bytes size) { return line->setup + line->each * static_cast<double>(size.value); },
          halves[judging], straight);
    for (std::size_t i = 0; i < kPrices.size(); ++i) {
      const std::vector<Regime> regimes = pieces(fitted, kPrices[i]);
      judge([&](Bytes size) { return seconds(copy_time(regimes, size)); }, halves[judging],
            errors[i]);
    }
  }
  const auto best = std::min_element(
      errors.begin(), errors.end(), [](const auto& a, const auto& b) { return mean(a) < mean(b); });
  std::size_t chosen = kPrices.size() - 1;
  for (; &errors[chosen] != &*best; --chosen) {
    const std::vector<double> lost = difference(errors[chosen], *best);
    if (mean(lost) <= kProof * standard_error(lost)) break;
  }
  const std::vector<double> won = difference(straight, errors[chosen]);
  const bool proved = mean(straight) > kNoError && mean(won) > kProof * standard_error(won);
  return proved ? std::optional(kPrices[chosen]) : std::nullopt;
}

}  // namespace

std::optional<CopyFit> fit_copies(const std::vector<MeasuredCopy>& copies) {
  const std::vector<MeasuredCopy> risen = rising(copies);
  const auto line = line_through(risen);
  if (!line) return std::nullopt;
  std::vector<Regime> regimes;
  if (const auto price = price_worth_paying(copies)) regimes = pieces(risen, *price);
  if (regimes.size() < 2) {
    return CopyFit{
        Time{std::llround(line->setup * 1e12)}, Bandwidth{std::llround(1 / line->each)}, {}};
  }
  Bandwidth fastest{1};
  for (const MeasuredCopy& copy : copies) fastest = std::max(fastest, copy.size / copy.time);
  return CopyFit{Time{0}, fastest, std::move(regimes)};
}

}  // namespace partita::exec
