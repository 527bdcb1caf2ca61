// All sums of an input's blocks, and what features they make.
#pragma once

#include <cstdint>
#include <vector>

#include "partition/analyze/features.h"
#include "partition/analyze/gradients.h"
#include "partition/analyze/input.h"
#include "partition/analyze/moments.h"
#include "partition/analyze/runs.h"

namespace partita::analyze {

// Sums of disjoint parts add up to those of the whole.
struct BlockSums {
  Moments moments;
  Runs runs;
  Gradients gradients;
  std::vector<std::uint64_t> bytes, values;  // histograms; `values` is empty for types of 8 bits

  void merge(const BlockSums& other);
};

// Of ranges of items, in ascending order.
BlockSums sums_of(const Input& input, const std::vector<Range>& ranges);

// The features that follow from sums; counts are scaled to all elements of `input`.
InputFeatures features_of(const Input& input, const BlockSums& sums);

}  // namespace partita::analyze
