// The values of a network's tensors, made from their names and a seed: nothing large is stored or
// sent, and two executions of one network, on whatever devices, compute on the same numbers.
#pragma once

#include <cstdint>
#include <map>

#include "exec/values/recipe.h"
#include "exec/values/tensor_value.h"
#include "models/network/network.h"

namespace partita {

// Model: weights are drawn by their role. Kernels are uniform with mean 0 and variance 1 / (fan-in
// x expected square of what they multiply), so that what they compute has variance 1 however deep
// the network is (He et al., "Delving deep into rectifiers", ICCV 2015, eq. 10, with the expected
// square followed through every operator; moments.h). Biases and means are within +-0.1, scales
// within 1 +- 0.25, variances within [0.5, 1.5], embeddings about normal with variance 1 / width.
// Floating-point inputs are uniform in [-1, 1], like normalised pixels; whole-number inputs that
// index a Gather or ScatterND are below the extent they index; other whole numbers and booleans are
// masks, mostly 1.
// Left out: the statistics of trained weights (sparsity, outliers).
class SeededValues {
 public:
  // The network must outlive this.
  SeededValues(const Network& network, std::uint64_t seed);

  // How a Weight or an Input is made. What fill() writes from it equals value().
  const Recipe& recipe(TensorId tensor) const;

  // A Constant, and a Weight whose values were kept, as they are; else as the recipe says.
  TensorValue value(TensorId tensor) const;

 private:
  const Network& network_;
  IdVector<TensorId, Recipe> recipes_;
};

// value() of each network input.
std::map<TensorId, TensorValue> seeded_inputs(const Network& network, std::uint64_t seed);

}  // namespace partita
