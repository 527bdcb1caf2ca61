#include "partition/learn/neighbours.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "models/base/random.h"
#include "partition/learn/least_squares.h"

namespace partita::learn {
namespace {

constexpr int kStarts = 3;
constexpr int kMostRounds = 50;

using Places = std::vector<std::vector<double>>;

double square_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// Each next centre is drawn with a chance in proportion to its square distance from those before.
Places spread_centres(const Places& places, std::size_t count, Random& random) {
  Places centres{places[random.below(places.size())]};
  std::vector<double> nearest(places.size(), std::numeric_limits<double>::infinity());
  while (centres.size() < count) {
    double sum = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      nearest[i] = std::min(nearest[i], square_distance(places[i], centres.back()));
      sum += nearest[i];
    }
    double left = sum * static_cast<double>(random.bits() >> 11) * 0x1p-53;
    std::size_t drawn = 0;
    while (drawn + 1 < places.size() && left >= nearest[drawn]) left -= nearest[drawn++];
    centres.push_back(places[drawn]);
  }
  return centres;
}

// Moves centres to the mean of what is nearest to them until nothing changes; the sum of squares.
double settle(const Places& places, Places& centres) {
  std::vector<std::size_t> owner(places.size(), centres.size());
  double sum = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    bool changed = false;
    sum = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      std::size_t best = 0;
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t c = 0; c < centres.size(); ++c) {
        const double distance = square_distance(places[i], centres[c]);
        if (distance < least) least = distance, best = c;
      }
      changed |= owner[i] != best;
      owner[i] = best;
      sum += least;
    }
    if (!changed) break;
    Places sums(centres.size(), std::vector<double>(places.front().size()));
    std::vector<double> counts(centres.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      counts[owner[i]] += 1;
      for (std::size_t j = 0; j < places[i].size(); ++j) sums[owner[i]][j] += places[i][j];
    }
    for (std::size_t c = 0; c < centres.size(); ++c) {
      if (counts[c] == 0) continue;
      for (std::size_t j = 0; j < sums[c].size(); ++j) centres[c][j] = sums[c][j] / counts[c];
    }
  }
  return sum;
}

}  // namespace

Neighbours::Neighbours(std::vector<std::vector<double>> places, const std::vector<double>& values,
                       double deviation, double reach, double noise)
    : places_(std::move(places)), variance_(deviation * deviation), reach_(reach) {
  const std::size_t n = places_.size();
  std::vector<double> covariance(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      covariance[i * n + j] = likeness(places_[i], places_[j]) + (i == j ? noise * noise : 0);
    }
  }
  weights_ = solve_symmetric(std::move(covariance), values);
}

double Neighbours::likeness(const std::vector<double>& a, const std::vector<double>& b) const {
  return variance_ * std::exp(-0.5 * square_distance(a, b) / (reach_ * reach_));
}

double Neighbours::value(const std::vector<double>& place) const {
  double sum = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) sum += weights_[i] * likeness(place, places_[i]);
  return sum;
}

std::vector<std::size_t> representatives(const std::vector<std::vector<double>>& places,
                                         std::size_t count, std::uint64_t seed) {
  if (places.empty() || count == 0) return {};
  Random random(seed);
  Places best;
  double least = std::numeric_limits<double>::infinity();
  for (int start = 0; start < kStarts; ++start) {
    Places centres = spread_centres(places, std::min(count, places.size()), random);
    const double sum = settle(places, centres);
    if (sum < least) least = sum, best = std::move(centres);
  }
  std::set<std::size_t> chosen;
  for (const auto& centre : best) {
    std::size_t nearest = 0;
    for (std::size_t i = 1; i < places.size(); ++i) {
      if (square_distance(places[i], centre) < square_distance(places[nearest], centre))
        nearest = i;
    }
    chosen.insert(nearest);
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace partita::learn
