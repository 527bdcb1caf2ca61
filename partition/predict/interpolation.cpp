#include "partition/predict/interpolation.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace partita {
namespace {

struct Taken {
  std::string form;  // the signature with '#' for each size
  std::vector<double> numbers;
};

// Sizes are what stands in brackets, the shapes of operands; what an attribute says (a stride, an
// axis) makes another layer of it.
Taken taken_apart(std::string_view signature) {
  Taken taken;
  int depth = 0;
  for (std::size_t at = 0; at < signature.size();) {
    const char next = signature[at];
    if (next == '[') ++depth;
    if (next == ']') --depth;
    if (depth == 0 || next < '0' || next > '9') {
      taken.form += next;
      ++at;
      continue;
    }
    double number = 0;
    const char* from = signature.data() + at;
    at += static_cast<std::size_t>(
        std::from_chars(from, signature.data() + signature.size(), number).ptr - from);
    taken.form += '#';
    taken.numbers.push_back(number);
  }
  return taken;
}

// In each number, at least as large.
bool covers(const std::vector<double>& larger, const std::vector<double>& smaller) {
  return std::equal(larger.begin(), larger.end(), smaller.begin(), smaller.end(),
                    [](double a, double b) { return a >= b; });
}

// The sum of the logarithms of how much larger; infinite where a zero grows, or one number grows
// by more than kMostRatio.
double distance(const std::vector<double>& larger, const std::vector<double>& smaller) {
  double sum = 0;
  for (std::size_t i = 0; i < larger.size(); ++i) {
    if (larger[i] == smaller[i]) continue;
    if (smaller[i] <= 0 || larger[i] > Interpolation::kMostRatio * smaller[i]) {
      return std::numeric_limits<double>::infinity();
    }
    sum += std::log(larger[i] / smaller[i]);
  }
  return sum;
}

}  // namespace

Interpolation::Interpolation(const Profile& profile, std::string_view processor) {
  for (const ProfileRow& row : profile.rows()) {
    if (row.kind != "layer" || row.processor != processor) continue;
    Taken taken = taken_apart(row.signature);
    forms_[std::move(taken.form)].push_back({std::move(taken.numbers), &row});
  }
}

std::optional<Interpolation::Between> Interpolation::at(const std::string& signature) const {
  const Taken wanted = taken_apart(signature);
  const auto found = forms_.find(wanted.form);
  if (found == forms_.end()) return std::nullopt;

  std::optional<Between> best;
  double nearest = std::numeric_limits<double>::infinity();
  for (const Measured& small : found->second) {
    if (!covers(wanted.numbers, small.numbers)) continue;
    const double below = distance(wanted.numbers, small.numbers);
    if (below == 0) return std::nullopt;
    for (const Measured& large : found->second) {
      if (!covers(large.numbers, wanted.numbers)) continue;
      const double whole = distance(large.numbers, small.numbers);
      if (whole >= nearest || small.row->median > large.row->median) continue;
      nearest = whole;
      const auto low = static_cast<double>(small.row->median.count());
      const auto high = static_cast<double>(large.row->median.count());
      const double time = low * std::pow(high / low, below / whole);
      best = Between{std::max(Time{1}, scaled(small.row->median, time / low)),
                     {low / time, high / time},
                     small.row,
                     large.row};
    }
  }
  return best;
}

}  // namespace partita
