// Images that a network with exits is tried on.
#pragma once

#include <string>
#include <vector>

#include "exec/values/tensor_value.h"
#include "partition/inputs/class_model.h"

namespace partita::command {

struct Images {
  std::vector<TensorValue> values;   // as the network takes them
  inputs::Rows features;             // what the analyzer says of each
  std::vector<std::size_t> labels;   // what each shows; empty: nobody says
  Time analysis{0};                  // that the analyzer took for one, in the mean: measured

  std::size_t count() const { return values.size(); }
};

// A .npy file of count x height x width pixels (u1), which the network takes as f32 numbers 0 .. 255
// of that many elements, and one of count labels (u1), if any is named. Throws ConfigError naming
// the files where they do not fit to each other or to the network's input.
Images load_images(const std::string& pixels, const std::string& labels, const Tensor& input);

}  // namespace partita::command
