// Matrix products: tiles in waves over the units, cut along the depth where there are few.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "partition/learn/physics/kinds.h"

namespace partita::learn {
namespace {

struct Way {
  double rows, columns;  // of a tile of the result, as the kernel sees it: rows run over columns
  double parts;          // the depth is cut into, added up afterwards
};

constexpr std::array<std::array<double, 2>, 7> kTiles{
    {{128, 128}, {128, 64}, {64, 128}, {64, 64}, {128, 32}, {32, 128}, {32, 32}}};
constexpr std::array<double, 5> kParts{1, 2, 4, 8, 16};

enum Value : std::size_t {
  kOverhead,
  kRate,
  kTileLoss,
  kBandwidth,
  kStep,
  kSplit,
  kTileTraffic,
  kDeepTraffic,
  kCache,
  kReread
};

// What the best way takes, and its terms, in seconds.
struct Answer {
  double seconds = std::numeric_limits<double>::infinity();
  double computing = 0, moving = 0, tiles = 0, waiting = 0;
  Way way{};
  double waves = 0;
};

Answer best_way(std::span<const double> values, const LayerFeatures& layer,
                const Datasheet& sheet) {
  // As libraries do it, who store by columns: the result's columns are the kernel's rows.
  const double b = layer.batch, m = layer.rows, n = layer.columns, k = layer.depth;
  const double bytes = info(layer.type).bytes;
  Answer best;
  for (const auto& [ta, tb] : kTiles) {
    const double across = std::ceil(n / ta), down = std::ceil(m / tb);
    const double busy = 1 / (1 + values[kTileLoss] * (1 / ta + 1 / tb) * 32);
    const double resident = std::max(1.0, 2 * sheet.units / across);
    const double again = std::max(1.0, down / resident) - 1;
    const double through = bytes * b * k * across * down * (ta + tb) / sheet.bandwidth *
                           (values[kTileTraffic] + k / (values[kDeepTraffic] * 1e4));
    for (const double parts : kParts) {
      const double depth = std::ceil(k / parts);
      const double waves = b * across * down * parts / sheet.units;
      const double computing = std::ceil(waves) * 2 * ta * tb * depth /
                               (sheet.rate / sheet.units * values[kRate] * busy);
      const double fits = values[kCache] * sheet.l2 / (bytes * n * k / parts);
      const double missed = 1 / (1 + fits * fits);
      const double moving = bytes * b *
                            (m * k + n * k * (1 + again * missed * values[kReread]) +
                             m * n * (2 * parts - 1)) /
                            (sheet.bandwidth * values[kBandwidth]);
      const double waiting = depth * values[kStep] / sheet.clock;
      const double seconds =
          1e-6 * values[kOverhead] +
          std::sqrt(computing * computing + moving * moving + through * through +
                    waiting * waiting) +
          (parts > 1 ? 1e-6 * values[kSplit] : 0);
      if (seconds < best.seconds) {
        best = {seconds, computing, moving, through, waiting, {ta, tb, parts}, waves};
      }
    }
  }
  return best;
}

class Product : public Physics {
 public:
  std::string_view name() const override { return "product"; }
  const std::vector<Parameter>& parameters() const override {
    static const std::vector<Parameter> kAll{
        {"overhead_us", 40, 0.3},    {"rate_share", 0.8, 0.5},  {"tile_loss", 0.3, 0.7},
        {"bandwidth_share", 0.8, 0.3}, {"clocks_a_step", 10, 0.7}, {"split_us", 5, 0.5},
        {"tile_traffic", 0.3, 0.7},  {"deep_traffic", 2, 0.7},  {"cache_share", 1, 0.7},
        {"reread", 0.5, 0.7}};
    return kAll;
  }
  const std::vector<std::string_view>& features() const override {
    static const std::vector<std::string_view> kAll{
        "log rows",          "log columns",       "log depth",         "log batch",
        "log waves",         "idle share of waves", "share computing",   "share moving",
        "share tiles",       "share waiting",     "log time",          "log weights / L2",
        "log operand / L2",  "log result / L2",   "tile",              "parts",
        "depth in fours",    "full rows",         "full columns"};
    return kAll;
  }

  // overhead + the 2-norm of what units, memory, the tiles' way from the cache and the steps along
  // the depth take, of the tile and the cut of the depth that are fastest.
  double seconds(std::span<const double> values, const LayerFeatures& layer,
                 const Datasheet& sheet) const override {
    return best_way(values, layer, sheet).seconds;
  }
  void describe(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet,
                std::span<double> features) const override {
    const Answer best = best_way(values, layer, sheet);
    const double bytes = info(layer.type).bytes;
    const double m = layer.rows, n = layer.columns, k = layer.depth, b = layer.batch;
    features[0] = std::log(m);
    features[1] = std::log(n);
    features[2] = std::log(k);
    features[3] = std::log(b);
    features[4] = std::log(best.waves / best.way.parts);
    features[5] = std::ceil(best.waves) / best.waves;
    features[6] = std::log(best.computing / best.seconds);
    features[7] = std::log(best.moving / best.seconds);
    features[8] = std::log(best.tiles / best.seconds);
    features[9] = std::log(best.waiting / best.seconds);
    features[10] = std::log(best.seconds);
    features[11] = std::log(bytes * n * k / sheet.l2);
    features[12] = std::log(bytes * m * k / sheet.l2);
    features[13] = std::log(bytes * b * m * n / sheet.l2);
    features[14] = best.way.rows * best.way.columns;
    features[15] = best.way.parts;
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
