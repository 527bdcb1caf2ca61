// Learns while inferences run: what layers take now, from what they took just before.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "models/cost/cost_table.h"

namespace partita {

// One layer of one inference. `expected` is what the costs that OnlineCosts was made with say of it,
// under the same conditions (with its launch overhead and contention if `measured` has them).
struct Observation {
  LayerId layer{};
  ProcessorId processor{};
  Time measured{1}, expected{1};
};

// Standard deviations are of natural logarithms: 0.01 is one percent.
struct OnlineOptions {
  double noise = 0.02;             // of one reading, before any was seen; learned from then on
  double processor_drift = 0.005;  // of a processor's scale, from one inference to the next
  double layer_drift = 0.002;      // of what a layer differs from its processor's scale
  double processor_doubt = 0.3;    // of a scale that nothing is known of
  double layer_doubt = 0.1;        // of a bias likewise
  double change_doubt = 0.5;       // of a bias, once it is known to have changed
  // An innovation of more standard deviations is a surprise, and counts as this many.
  double clip = 3;
  // Surprises on the same side, one after the other, that are a change and no outliers: of a layer,
  // and inferences of a processor, most of whose time was surprises.
  int confirm_layer = 4, confirm_processor = 2;
  // One inference is enough where more than this part of a processor's time was surprises on one
  // side, of at least confirm_layer layers: who is stopped by turns has some that are as ever. 1:
  // never.
  double at_once = 1;
  double memory = 20;  // readings over which the noise of a layer is learned
};

// Model: log(measured / expected) = scale of the processor + bias of the layer on it + noise; both
//   are random walks. One reading corrects both in proportion to how uncertain they are: the scalar
//   Kalman filter (Kalman, J. Basic Eng. 82, 1960) with the covariance of the two left out, so that
//   a reading costs a few operations. Its memory is finite because walks go on: forgetting.
//   Robust: the innovation is clipped (Huber, Ann. Math. Stat. 35, 1964; as in Masreliez and Martin,
//   IEEE Trans. Autom. Control 22, 1977), so that one outlier moves an estimate by `clip` standard
//   deviations at most. Surprises that go on are a change: the estimate of a layer is doubted
//   anew, and the readings that showed it count fully; that of a processor becomes what is typical of
//   them. (Not what the first of them says: small layers of real machines are off by factors, until
//   their biases are learned.)
//   Noise: tracked by whether innovations are above or below their median size, one step for each
//   (stochastic approximation of a quantile: Robbins and Monro, Ann. Math. Stat. 22, 1951), so that
//   no size of an outlier matters.
// Left out: that layers of one family drift together, and that a disturbance grows with traffic.
// No allocation after construction.
class OnlineCosts {
 public:
  explicit OnlineCosts(CostTable expected, OnlineOptions options = {});

  // All readings of one inference. Those of layers without an expected cost are ignored.
  void observe(std::span<const Observation> readings);

  // The processor takes so many times as long as before, as somebody has heard; nobody has seen it.
  void rescale(ProcessorId processor, double factor);
  // Nobody has seen the processor for long: its scale is as at first.
  void forget(ProcessorId processor);

  // What layers take now, with the source Learned, and in 90 of 100 cases between the two ends of
  // the spread. `into` has been made of as many layers and processors as `expected`.
  void predict(CostTable& into) const;
  // exp(scale + bias): times as long as expected.
  double factor(LayerId layer, ProcessorId processor) const;
  // exp(scale).
  double slowdown(ProcessorId processor) const;
  // How many changes were seen of the processor, as a whole.
  std::int64_t changes(ProcessorId processor) const;

 private:
  struct Estimate {
    double value = 0, variance = 0;
    int surprises = 0;  // clipped ones in a row; their sign says on which side
  };
  struct OfProcessor {
    Estimate scale;
    std::int64_t changes = 0;
    Estimate before;  // the inference that is being observed
    // Of it: the time that was expected of all readings, and of surprises on either side.
    Wide expected = 0, above = 0, below = 0;
    int readings = 0;
  };
  struct Bias : Estimate {
    double noise = 0;       // variance, of readings of the layer there
    std::int64_t seen = 0;  // the inference that it was last learned in
  };
  std::size_t place(LayerId layer, ProcessorId processor) const {
    return index(layer) * processors_.size() + index(processor);
  }
  double variance(LayerId layer, ProcessorId processor) const;
  // Of the reading's logarithm: what it says beyond what is believed.
  double innovation(const Observation& reading) const;
  // Of readings of the processor: the median, each counting as much as its layer was expected to take.
  double typical_innovation(std::span<const Observation> readings, ProcessorId processor);
  void learn(const Observation& reading);

  CostTable expected_;
  OnlineOptions options_;
  std::vector<OfProcessor> processors_;
  std::vector<Bias> biases_;  // layer by layer
  std::int64_t inferences_ = 0;
  std::vector<Observation> by_time_;                    // of the inference that is being observed
  std::vector<std::pair<double, double>> innovations_;  // and their weights; kept for its memory
};

}  // namespace partita
