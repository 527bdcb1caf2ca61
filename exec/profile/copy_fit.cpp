#include "exec/profile/copy_fit.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

namespace partita::exec {
namespace {

// Fewer sizes say nothing about how lines change with the size.
constexpr std::size_t kSizesForRegimes = 6;
constexpr double kWorthRegimes = 0.8;

// time = setup + size * each, in seconds.
struct Line {
  double setup = 0, each = 0;
};

std::optional<Line> line_through(const std::vector<MeasuredCopy>& copies) {
  // With u = 1/t and v = n/t: minimise sum (setup u + each v - 1)^2.
  double uu = 0, uv = 0, vv = 0, u1 = 0, v1 = 0;
  double fastest = 0;
  for (const MeasuredCopy& copy : copies) {
    const double u = 1 / seconds(copy.time), v = static_cast<double>(copy.size.value) * u;
    uu += u * u;
    uv += u * v;
    vv += v * v;
    u1 += u;
    v1 += v;
    fastest = std::max(fastest, v);
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
  if (line.each <= 0) line = {uu > 0 ? u1 / uu : 0, 1 / fastest};
  return line;
}

// Mean, in percent, as errors_of() has it.
double error_of(const Line& line, const std::vector<MeasuredCopy>& copies) {
  double sum = 0;
  for (const MeasuredCopy& copy : copies) {
    const double said = line.setup + line.each * static_cast<double>(copy.size.value);
    sum += std::abs(said / seconds(copy.time) - 1);
  }
  return 100 * sum / static_cast<double>(copies.size());
}

// Where errors are mere rounding there is nothing to be won.
constexpr double kNoError = 0.1;  // percent

// Whether lines that change with the size say more about sizes that they were not fitted to: every
// second one.
bool worth_regimes(const std::vector<MeasuredCopy>& copies) {
  std::set<Bytes> sizes;
  for (const MeasuredCopy& copy : copies) sizes.insert(copy.size);
  if (sizes.size() < kSizesForRegimes) return false;
  std::set<Bytes> judging;
  for (auto size = sizes.begin(); size != sizes.end(); ++size) {
    if (std::distance(sizes.begin(), size) % 2 == 1) judging.insert(*size);
  }
  std::vector<MeasuredCopy> fitted, judged;
  for (const MeasuredCopy& copy : copies) {
    (judging.count(copy.size) != 0 ? judged : fitted).push_back(copy);
  }
  const auto line = line_through(fitted);
  if (!line) return false;
  const double straight = error_of(*line, judged);
  return straight > kNoError &&
         errors_of(fit_regimes(fitted), judged).mean < kWorthRegimes * straight;
}

}  // namespace

std::optional<CopyFit> fit_copies(const std::vector<MeasuredCopy>& copies) {
  const auto line = line_through(copies);
  if (!line) return std::nullopt;
  if (!worth_regimes(copies)) {
    return CopyFit{
        Time{std::llround(line->setup * 1e12)}, Bandwidth{std::llround(1 / line->each)}, {}};
  }
  Bandwidth fastest{1};
  for (const MeasuredCopy& copy : copies) fastest = std::max(fastest, copy.size / copy.time);
  return CopyFit{Time{0}, fastest, fit_regimes(copies)};
}

}  // namespace partita::exec
