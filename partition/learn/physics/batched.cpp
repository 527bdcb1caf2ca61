// Batches of products: many small results, whose tile the library picks before it knows what is
// fastest.
#include <algorithm>
#include <cmath>
#include <limits>

#include "partition/learn/physics/kinds.h"
#include "partition/learn/physics/tiles.h"

namespace partita::learn {
namespace {

constexpr double kBoost = 1e-3;  // seconds that a boosted clock lasts, about

enum Value : std::size_t {
  kOverhead,
  kRate,
  kTileLoss,
  kBandwidth,
  kStep,
  kDepthOverhead,
  kTileTraffic,
  kTail,
  kHeat,
  kLargest,  // how often the library takes 128 x 128, 128 x 64, 64 x 64 tiles, against the fastest
  kMiddle,
  kSquare
};

// With one tile, in seconds.
struct Term {
  double seconds = std::numeric_limits<double>::infinity();
  double computing = 0, moving = 0, tiles = 0, waiting = 0, waves = 0;
};

Term with_tile(const Tile& tile, std::span<const double> values, const LayerFeatures& layer,
               const Datasheet& sheet) {
  const double b = layer.batch, m = layer.rows, n = layer.columns, k = layer.depth;
  const double bytes = info(layer.type).bytes;
  const double across = std::ceil(n / tile.columns), down = std::ceil(m / tile.rows);
  const double depth = k + values[kDepthOverhead];
  // The last wave is full to some part: blocks of one wave do not end together.
  const double tail = values[kTail] / (1 + values[kTail]);
  const double even = b * across * down / sheet.units;
  Term term;
  term.waves = std::max(1.0, even + tail * (std::ceil(even) - even));
  term.computing = term.waves * 2 * tile.columns * tile.rows * depth * sheet.units *
                   (1 + values[kTileLoss] * operands_of(tile)) / (sheet.rate * values[kRate]);
  term.moving = bytes * b * (m * k + n * k + m * n) / (sheet.bandwidth * values[kBandwidth]);
  term.tiles = bytes * b * k * across * down * (tile.columns + tile.rows) / sheet.bandwidth *
               values[kTileTraffic];
  term.waiting = depth * values[kStep] / sheet.clock;
  const auto cube = [](double x) { return x * x * x; };
  const double all =
      std::cbrt(cube(term.computing) + cube(term.moving) + cube(term.tiles) + cube(term.waiting));
  term.seconds = all * (1 + values[kHeat] * all / (all + kBoost));
  return term;
}

struct Answer {
  double seconds = 0;
  Term fastest;
  Tile tile{};
};

Answer mixed(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet) {
  const double parts[] = {values[kLargest], values[kMiddle], values[kSquare], 1};
  double sum = 0;
  for (const double part : parts) sum += part;
  Answer answer;
  double log_time = 0;
  for (std::size_t i = 0; i < kTiles.size(); ++i) {
    const Term term = with_tile(kTiles[i], values, layer, sheet);
    if (term.seconds < answer.fastest.seconds) answer.fastest = term, answer.tile = kTiles[i];
    if (i == 0) log_time += parts[0] / sum * std::log(term.seconds);
    if (i == 1) log_time += parts[1] / sum * std::log(term.seconds);
    if (i == 3) log_time += parts[2] / sum * std::log(term.seconds);
  }
  log_time += parts[3] / sum * std::log(answer.fastest.seconds);
  answer.seconds = 1e-6 * values[kOverhead] + std::exp(log_time);
  return answer;
}

class Batched : public Physics {
 public:
  std::string_view name() const override { return "batched"; }
  const std::vector<Parameter>& parameters() const override {
    static const std::vector<Parameter> kAll{
        {"overhead_us", 35, 0.5},      {"rate_share", 0.8, 0.25},  {"tile_loss", 0.15, 0.5},
        {"bandwidth_share", 0.7, 0.3}, {"clocks_a_step", 10, 0.7}, {"depth_overhead", 10, 0.7},
        {"tile_traffic", 0.3, 0.7},    {"tail", 1, 0.7},           {"heat", 0.1, 0.7},
        {"tiles_128x128", 1, 1},       {"tiles_128x64", 1, 1},     {"tiles_64x64", 1, 1}};
    return kAll;
  }
  const FitHabits& habits() const override {
    static const FitHabits kHabits{.pooling = 0.6, .sharpening = 2, .ridge = 3};
    return kHabits;
  }
  const std::vector<std::string_view>& features() const override {
    static const std::vector<std::string_view> kAll{
        "log rows",          "log columns",  "log depth",      "log batch",     "log waves",
        "share computing",   "share moving", "share tiles",    "share waiting", "log time",
        "log operands / L2", "tile",         "depth in fours", "full rows",     "full columns"};
    return kAll;
  }

  // overhead + the mean (of logarithms) over the tiles that the library may take of the 3-norm of
  // what units, memory, the tiles' way from the cache and the steps along the depth take.
  double seconds(std::span<const double> values, const LayerFeatures& layer,
                 const Datasheet& sheet) const override {
    return mixed(values, layer, sheet).seconds;
  }
  std::size_t place_size() const override { return 4; }
  void place(const LayerFeatures& layer, std::span<double> place) const override {
    place[0] = std::log(layer.batch);
    place[1] = std::log(layer.rows);
    place[2] = std::log(layer.columns);
    place[3] = std::log(layer.depth);
  }
  void describe(std::span<const double> values, const LayerFeatures& layer, const Datasheet& sheet,
                std::span<double> features) const override {
    const Answer answer = mixed(values, layer, sheet);
    const double m = layer.rows, n = layer.columns, k = layer.depth, b = layer.batch;
    features[0] = std::log(m);
    features[1] = std::log(n);
    features[2] = std::log(k);
    features[3] = std::log(b);
    features[4] = std::log(answer.fastest.waves);
    features[5] = std::log(answer.fastest.computing / answer.seconds);
    features[6] = std::log(answer.fastest.moving / answer.seconds);
    features[7] = std::log(answer.fastest.tiles / answer.seconds);
    features[8] = std::log(answer.fastest.waiting / answer.seconds);
    features[9] = std::log(answer.seconds);
    features[10] = std::log(layer.read / sheet.l2);
    features[11] = answer.tile.rows * answer.tile.columns;
    features[12] = std::fmod(k, 4) == 0 ? 1 : 0;
    features[13] = m / (std::ceil(m / 128) * 128);
    features[14] = n / (std::ceil(n / 128) * 128);
  }
};

}  // namespace

const Physics& batched_physics() {
  static const Batched kBatched;
  return kBatched;
}

}  // namespace partita::learn
