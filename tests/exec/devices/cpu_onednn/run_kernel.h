// One layer by the oneDNN back end.
#pragma once

#include "tests/exec/devices/one_layer.h"

namespace partita::exec {

// How a test hands its activations to the kernel.
enum class Offer {
  Plain,    // row-major
  Blocked,  // as convolutions like them
  Free,     // the kernel chooses
};

// `overwrite`: the result lies over an operand, where the kernel may do so.
std::vector<TensorValue> run_kernel(const Network& network, const OneLayer& layer, Offer offer,
                                    std::string& implementation, bool skip_zeros = false,
                                    bool overwrite = false);

}  // namespace partita::exec
