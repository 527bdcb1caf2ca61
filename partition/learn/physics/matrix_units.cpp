// Products with a weight on matrix units (FP16 and its like): large tiles, cut along the depth into
// few parts, whose sums meet in the cache.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "partition/learn/physics/kinds.h"
#include "partition/learn/physics/tiles.h"

namespace partita::learn {
namespace {

constexpr std::array<Tile, 11> kLargeTiles{{{256, 128},
                                            {128, 256},
                                            {128, 128},
                                            {256, 64},
                                            {64, 256},
                                            {128, 64},
                                            {64, 128},
                                            {64, 64},
                                            {32, 128},
                                            {128, 32},
                                            {64, 32}}};
constexpr std::array<double, 3> kParts{1, 2, 4};
constexpr double kStep = 32;     // along the depth, that a kernel takes at once
constexpr double kBoost = 1e-3;  // seconds that a boosted clock lasts, about

enum Value : std::size_t {
  kOverhead,
  kRate,
  kTileLoss,
  kBandwidth,
  kClocksAStep,
  kSplit,
  kDepthOverhead,
  kTileBandwidth,
  kHeat,
  kCacheBandwidth,
  kTail
};

struct Answer {
  double seconds = std::numeric_limits<double>::infinity();
  double computing = 0, moving = 0, tiles = 0, waiting = 0;
  std::size_t tile = 0, cut = 0;
};

Answer fastest(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet) {
  const double b = layer.batch, m = layer.rows, n = layer.columns, k = layer.depth;
  const double bytes = info(layer.type).bytes;
  const double once = bytes * b * (m * k + n * k + m * n) / (sheet.bandwidth * values[kBandwidth]);
  const auto fourth = [](double x) { return x * x * x * x; };
  const double tail = values[kTail] / (1 + values[kTail]);
  Answer best;
  for (std::size_t i = 0; i < kLargeTiles.size(); ++i) {
    const Tile& tile = kLargeTiles[i];
    const double tiles = b * std::ceil(n / tile.columns) * std::ceil(m / tile.rows);
    const double loss = 1 + values[kTileLoss] * 2 * operands_of(tile);
    for (std::size_t cut = 0; cut < kParts.size(); ++cut) {
      const double parts = kParts[cut];
      const double steps = std::ceil(k / parts / kStep);
      const double depth = steps * kStep + values[kDepthOverhead];
      const double even = tiles * parts / sheet.units;
      // The last wave is full to some part: blocks of one wave do not end together.
      const double waves = std::max(1.0, even + tail * (std::ceil(even) - even));
      const double computing = waves * 2 * tile.columns * tile.rows * depth * sheet.units * loss /
                               (sheet.rate * values[kRate]);
      // Partial sums are FP32: written and read again.
      const double sums =
          parts > 1 ? 8 * parts * b * m * n / (sheet.bandwidth * values[kCacheBandwidth]) : 0;
      // A unit reads 64 bytes a clock from the cache, times what was fitted.
      const double through = waves * bytes * depth * (tile.columns + tile.rows) /
                             (sheet.clock * 64 * values[kTileBandwidth]);
      const double waiting = depth / kStep * values[kClocksAStep] * 10 / sheet.clock;
      const double seconds = std::sqrt(std::sqrt(fourth(computing) + fourth(once + sums) +
                                                 fourth(through) + fourth(waiting))) +
                             (parts > 1 ? 1e-6 * values[kSplit] : 0);
      if (seconds < best.seconds) {
        best = {seconds, computing, once + sums, through, waiting, i, cut};
      }
    }
  }
  best.seconds *= 1 + values[kHeat] * best.seconds / (best.seconds + kBoost);
  best.seconds += 1e-6 * values[kOverhead];
  return best;
}

class MatrixUnits : public Physics {
 public:
  std::string_view name() const override { return "matrix_units"; }
  const std::vector<Parameter>& parameters() const override {
    // What a unit reads of the cache in a clock is all but fixed (38 B): left free, it trades places
    // with the rate, which the device it was fitted on cannot tell apart, but others can.
    static const std::vector<Parameter> kAll{{"overhead_us", 6, 0.5},
                                             {"rate_share", 0.8, 0.2},
                                             {"tile_loss", 0.3, 0.5},
                                             {"bandwidth_share", 0.85, 0.2},
                                             {"tens_of_clocks_a_step", 3, 0.7},
                                             {"split_us", 3, 0.7},
                                             {"depth_overhead", 64, 0.7},
                                             {"tile_bandwidth", 0.6, 0.1},
                                             {"heat", 0.1, 0.7},
                                             {"cache_bandwidth", 2, 0.5},
                                             {"tail", 1, 1}};
    return kAll;
  }
  const FitHabits& habits() const override {
    // Neighbours of points tell nothing: which kernel the library picks jumps from shape to shape.
    static const FitHabits kHabits{
        .deviation = 0.05, .device_count = 400, .sharpening = 0.5, .neighbour_deviation = 0};
    return kHabits;
  }
  BoostingOptions boosting() const override {
    return {.rounds = 150,
            .depth = 7,
            .rate = 0.1,
            .least_weight = 3,
            .ridge = 3,
            .row_share = 0.7,
            .column_share = 0.6};
  }
  const std::vector<std::string_view>& features() const override {
    static const std::vector<std::string_view> kAll{"log rows",
                                                    "log columns",
                                                    "log depth",
                                                    "log batch",
                                                    "share computing",
                                                    "share moving",
                                                    "share tiles",
                                                    "share waiting",
                                                    "log time",
                                                    "log weights / L2",
                                                    "log operand / L2",
                                                    "tile",
                                                    "parts",
                                                    "log waves 128x128",
                                                    "log waves 256x128",
                                                    "log waves 128x64",
                                                    "log waves 128x256",
                                                    "log waves 64x64",
                                                    "idle 128x128",
                                                    "idle 256x128",
                                                    "idle 128x64",
                                                    "idle 128x256",
                                                    "idle 64x64",
                                                    "rows to 64",
                                                    "rows to 128",
                                                    "rows to 256",
                                                    "columns to 128",
                                                    "columns to 256"};
    return kAll;
  }

  // overhead + the 4-norm of what units, memory, the tiles' way from the cache and the steps along
  // the depth take, of the tile and cut that are fastest; slower when it lasts.
  double seconds(std::span<const double> values, const LayerFeatures& layer,
                 const Datasheet& sheet) const override {
    return fastest(values, layer, sheet).seconds;
  }
  std::size_t place_size() const override { return 3; }
  void place(const LayerFeatures& layer, std::span<double> place) const override {
    place[0] = std::log(layer.batch * layer.rows);
    place[1] = std::log(layer.columns);
    place[2] = std::log(layer.depth);
  }
  void describe(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet,
                std::span<double> features) const override {
    const Answer best = fastest(values, layer, sheet);
    const double bytes = info(layer.type).bytes;
    const double m = layer.rows, n = layer.columns, k = layer.depth;
    features[0] = std::log(m);
    features[1] = std::log(n);
    features[2] = std::log(k);
    features[3] = std::log(layer.batch);
    features[4] = std::log(best.computing / best.seconds);
    features[5] = std::log(best.moving / best.seconds);
    features[6] = std::log(best.tiles / best.seconds);
    features[7] = std::log(best.waiting / best.seconds);
    features[8] = std::log(best.seconds);
    features[9] = std::log(bytes * n * k / sheet.l2);
    features[10] = std::log(bytes * m * k / sheet.l2);
    features[11] = static_cast<double>(best.tile);
    features[12] = static_cast<double>(best.cut);
    constexpr std::array<Tile, 5> kWaves{{{128, 128}, {256, 128}, {128, 64}, {128, 256}, {64, 64}}};
    for (std::size_t i = 0; i < kWaves.size(); ++i) {
      const double waves = layer.batch * std::ceil(n / kWaves[i].columns) *
                           std::ceil(m / kWaves[i].rows) / sheet.units;
      features[13 + i] = std::log(waves);
      features[18 + i] = std::ceil(waves) / waves;
    }
    const auto filled = [](double extent, double tile) {
      return std::ceil(extent / tile) * tile / extent;
    };
    features[23] = filled(m, 64);
    features[24] = filled(m, 128);
    features[25] = filled(m, 256);
    features[26] = filled(n, 128);
    features[27] = filled(n, 256);
  }
};

}  // namespace

const Physics& matrix_unit_physics() {
  static const MatrixUnits kMatrixUnits;
  return kMatrixUnits;
}

}  // namespace partita::learn
