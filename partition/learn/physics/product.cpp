// Products with a weight: tiles in waves over the units, cut along the depth where there are few.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "partition/learn/physics/kinds.h"
#include "partition/learn/physics/tiles.h"

namespace partita::learn {
namespace {

constexpr std::array<double, 5> kParts{1, 2, 4, 8, 16};  // that the depth is cut into
constexpr double kBoost = 1e-3;  // seconds that a boosted clock lasts, about

enum Value : std::size_t {
  kOverhead,
  kRate,
  kTileLoss,
  kBandwidth,
  kStep,
  kSplit,
  kTileTraffic,
  kLongRows,
  kCache,
  kReread,
  kResident,
  kLongTraffic,
  kHeat
};

// What the fastest tile and cut take, and its terms, in seconds.
struct Answer {
  double seconds = std::numeric_limits<double>::infinity();
  double computing = 0, moving = 0, tiles = 0, waiting = 0;
  Tile tile{};
  double parts = 1, waves = 0;
};

Answer fastest(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet) {
  const double b = layer.batch, m = layer.rows, n = layer.columns, k = layer.depth;
  const double bytes = info(layer.type).bytes;
  const double per_element =
      values[kTileTraffic] + values[kLongTraffic] * k / (values[kLongRows] * 1e4 + k);
  Answer best;
  for (const Tile& tile : kTiles) {
    const double across = std::ceil(n / tile.columns), down = std::ceil(m / tile.rows);
    const double tiles = b * across * down;
    const double loss = 1 + values[kTileLoss] * operands_of(tile);
    // Rows of tiles that are under way together read the weight once.
    const double together =
        1 + values[kResident] * sheet.units * 16384 / (tile.columns * tile.rows) / across;
    const double again = std::max(0.0, down / together - 1);
    const double fits = values[kCache] * sheet.l2 / (bytes * n * k);
    const double missed = 1 / (1 + fits * fits);
    const double through =
        bytes * b * k * across * down * (tile.columns + tile.rows) / sheet.bandwidth * per_element;
    for (const double parts : kParts) {
      if (parts > 1 && tiles > 2 * sheet.units) break;
      const double depth = std::ceil(k / parts);
      const double waves = tiles * parts / sheet.units;
      const double computing = std::ceil(waves) * 2 * tile.columns * tile.rows * depth *
                               sheet.units * loss / (sheet.rate * values[kRate]);
      const double moving =
          bytes * b *
          (m * k + n * k * (1 + again * missed * values[kReread]) + m * n * (2 * parts - 1)) /
          (sheet.bandwidth * values[kBandwidth]);
      const double waiting = depth * values[kStep] / sheet.clock;
      const double seconds = std::sqrt(computing * computing + moving * moving + through * through +
                                       waiting * waiting) +
                             (parts > 1 ? 1e-6 * values[kSplit] : 0);
      if (seconds < best.seconds) {
        best = {seconds, computing, moving, through, waiting, tile, parts, waves};
      }
    }
  }
  best.seconds *= 1 + values[kHeat] * best.seconds / (best.seconds + kBoost);
  best.seconds += 1e-6 * values[kOverhead];
  return best;
}

class Product : public Physics {
 public:
  std::string_view name() const override { return "product"; }
  const std::vector<Parameter>& parameters() const override {
    static const std::vector<Parameter> kAll{
        {"overhead_us", 50, 0.5},   {"rate_share", 0.85, 0.2},
        {"tile_loss", 0.15, 0.5},   {"bandwidth_share", 0.6, 0.3},
        {"clocks_a_step", 10, 0.7}, {"split_us", 5, 0.5},
        {"tile_traffic", 0.2, 0.7}, {"long_rows", 2, 0.7},
        {"cache_share", 1, 0.5},    {"reread", 1.5, 0.7},
        {"resident", 0.5, 0.7},     {"long_traffic", 1.5, 0.7},
        {"heat", 0.1, 0.7}};
    return kAll;
  }
  const FitHabits& habits() const override {
    static const FitHabits kHabits{.pooling = 0.6, .sharpening = 2};
    return kHabits;
  }
  const std::vector<std::string_view>& features() const override {
    static const std::vector<std::string_view> kAll{"log rows",
                                                    "log columns",
                                                    "log depth",
                                                    "log batch",
                                                    "log waves",
                                                    "idle share of waves",
                                                    "share computing",
                                                    "share moving",
                                                    "share tiles",
                                                    "share waiting",
                                                    "log time",
                                                    "log weights / L2",
                                                    "log operand / L2",
                                                    "log result / L2",
                                                    "tile",
                                                    "parts",
                                                    "depth in fours",
                                                    "full rows",
                                                    "full columns"};
    return kAll;
  }

  // The 2-norm of what units, memory, the tiles' way from the cache and the steps along the depth
  // take, of the tile and cut that are fastest; slower when it lasts; and the overhead.
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
    const double m = layer.rows, n = layer.columns, k = layer.depth, b = layer.batch;
    features[0] = std::log(m);
    features[1] = std::log(n);
    features[2] = std::log(k);
    features[3] = std::log(b);
    features[4] = std::log(best.waves / best.parts);
    features[5] = std::ceil(best.waves) / best.waves;
    features[6] = std::log(best.computing / best.seconds);
    features[7] = std::log(best.moving / best.seconds);
    features[8] = std::log(best.tiles / best.seconds);
    features[9] = std::log(best.waiting / best.seconds);
    features[10] = std::log(best.seconds);
    features[11] = std::log(bytes * n * k / sheet.l2);
    features[12] = std::log(bytes * m * k / sheet.l2);
    features[13] = std::log(bytes * b * m * n / sheet.l2);
    features[14] = best.tile.rows * best.tile.columns;
    features[15] = best.parts;
    features[16] = std::fmod(k, 4) == 0 ? 1 : 0;
    features[17] = m / (std::ceil(m / 128) * 128);
    features[18] = n / (std::ceil(n / 128) * 128);
  }
};

}  // namespace

const Physics& product_physics() {
  static const Product kProduct;
  return kProduct;
}

}  // namespace partita::learn
