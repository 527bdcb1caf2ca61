// The features of an input, of all of it or of a sample.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "partition/analyze/features.h"
#include "partition/analyze/input.h"

namespace partita::analyze {

struct Sample {
  std::int64_t items = 0;  // about as many (pixels, frames, elements); tokens are never sampled
  std::uint64_t seed = 1;
};

struct Analysis {
  InputFeatures features;
  // Half the width of a 95 % interval (sampling.h) of each feature that is an estimate; NaN for the
  // others, and for runs of which the
  // sample saw fewer than 100 begin, or fewer than 100 go on. Where all groups of a sample agree on a share, it is the rule of three.
  std::array<double, kFeatureCount> errors{};
  double read_share = 1;  // of the items

  bool sampled() const { return read_share < 1; }
  double error(Feature feature) const { return errors[static_cast<std::size_t>(feature)]; }
};

// One pass: each block is read from memory once, and everything is computed while it is in the first
// cache. The same input, sample and seed give the same numbers on every machine.
Analysis analyze(const Input& input, std::optional<Sample> sample = std::nullopt);

}  // namespace partita::analyze
