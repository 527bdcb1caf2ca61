// Layers that were not measured, between two that were and differ from them in size only.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "models/cost/cost_table.h"
#include "partition/predict/profile.h"

namespace partita {

// Model: two signatures are of one form if they are the same but for the sizes of their operands. Of the measured
//   layers of a layer's form, the nearest pair is taken of which one is nowhere larger and the other
//   nowhere smaller than it, in any extent. Between the two, time is a power of size: a straight
//   line over logarithms, by the sum of the logarithms of the extents in which the two differ. The
//   spread is from the smaller one's time to the larger one's, for work that grows with size.
// Left out: steps in between, as where a kernel of another shape is chosen, which is why pairs are
//   no further apart than kMostRatio in any extent.
class Interpolation {
 public:
  static constexpr double kMostRatio = 4;

  // Of the layers in `profile` that were measured on `processor`; `profile` must outlive it.
  Interpolation(const Profile& profile, std::string_view processor);

  struct Between {
    Time time{1};
    LayerCost::Spread spread;
    const ProfileRow* smaller = nullptr;
    const ProfileRow* larger = nullptr;
  };
  // Nothing: no pair of its form lies around it. A layer that was measured itself is no pair.
  std::optional<Between> at(const std::string& signature) const;

 private:
  struct Measured {
    std::vector<double> numbers;
    const ProfileRow* row;
  };
  std::unordered_map<std::string, std::vector<Measured>> forms_;
};

}  // namespace partita
