#include "models/sweep/sampling.h"

#include <boost/random/sobol.hpp>
#include <numeric>
#include <utility>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "models/sweep/point_seed.h"

namespace partita {
namespace {

// 53 bits, as many as a double below 1 has.
double position(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

Random stream(const std::string& column, std::uint64_t seed) {
  return Random(splitmix64(splitmix64(seed) ^ fnv1a(column)));
}

class Samples {
 public:
  Samples(std::size_t rows, std::size_t columns) : columns_(columns), positions_(rows * columns) {}
  double& at(std::size_t row, std::size_t column) { return positions_[row * columns_ + column]; }
  std::vector<double> take() { return std::move(positions_); }

 private:
  std::size_t columns_;
  std::vector<double> positions_;
};

void draw_random(Random chance, std::size_t rows, std::size_t column, Samples& samples) {
  for (std::size_t row = 0; row < rows; ++row) samples.at(row, column) = position(chance.bits());
}

void draw_latin(Random chance, std::size_t rows, std::size_t column, Samples& samples) {
  std::vector<std::uint32_t> parts(rows);
  std::iota(parts.begin(), parts.end(), 0U);
  for (std::size_t left = rows; left > 1; --left) {
    std::swap(parts[left - 1], parts[chance.below(left)]);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const double inside = position(chance.bits());
    const double at = (parts[row] + inside) / static_cast<double>(rows);
    // Rounding could reach into the next part.
    const double end = (parts[row] + 1.0) / static_cast<double>(rows);
    samples.at(row, column) = at < end ? at : parts[row] / static_cast<double>(rows);
  }
}

void draw_sobol(const std::vector<std::string>& columns, std::size_t rows, std::uint64_t seed,
                Samples& samples) {
  std::vector<std::uint64_t> shifts;
  for (const std::string& column : columns) {
    shifts.push_back(seed == 0 ? 0 : stream(column, seed).bits());
  }
  boost::random::sobol sequence(columns.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns.size(); ++column) {
      const std::uint64_t bits = row == 0 ? 0 : sequence();
      samples.at(row, column) = position(bits ^ shifts[column]);
    }
  }
}

}  // namespace

std::vector<double> sampled_positions(Sampling sampling, std::size_t rows,
                                      const std::vector<std::string>& columns, std::uint64_t seed) {
  PARTITA_ASSERT(sampling != Sampling::Product, "a product has no samples");
  Samples samples(rows, columns.size());
  if (sampling == Sampling::Sobol) {
    draw_sobol(columns, rows, seed, samples);
    return samples.take();
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto draw = sampling == Sampling::Random ? draw_random : draw_latin;
    draw(stream(columns[i], seed), rows, i, samples);
  }
  return samples.take();
}

}  // namespace partita
