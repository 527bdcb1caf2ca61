// The mean and variance that every tensor of a network is expected to have, and with them the
// variance that its kernels need so that values stay near 1 from the first layer to the last.
#pragma once

#include "models/network/network.h"

namespace partita {

struct Moments {
  double mean = 0;
  double variance = 0;
  double square() const { return mean * mean + variance; }  // expected square
};

// Model: elements are independent and normal; every operator maps the moments of its operands to
// those of its results (elementwise operators by quadrature). A kernel gets the variance with which
// its layer's result has variance 1: 1 / (terms of the sum x expected square of the other operand);
// terms that fall on padding do not count.
// Left out: correlation between elements and between operands, so deep networks drift by a small
// factor, and attention draws the tokens of a sequence together (in BERT-base 3 % of the last layer
// still differs between tokens). Tests hold the drift of the zoo's networks.
IdVector<TensorId, Moments> expected_moments(const Network& network);

}  // namespace partita
